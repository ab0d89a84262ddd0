/** <sx-app>: who is here, and what they see: nothing yet, the sign-in page, or the shell. */

import { html, nothing } from "../../vendor/lit.js";
import { Api, ApiError } from "../api/client.js";
import { offerCommands } from "../lib/command-registry.js";
import { setTitle } from "../ui/page-title.js";
import { poll } from "../api/poll.js";
import { isWatch, parseRoute, SERVICES, serviceAddress, SHARED } from "../lib/router.js";
import { ServiceList } from "../services/service-list.js";
import { sharedToken } from "../stream/session/share-session.js";
import { LightElement } from "../ui/element.js";
import { ICONS } from "../ui/icons.js";
import "../ui/copy-button.js";
import { bindGlobalShortcuts } from "./global-shortcuts.js";
import { openShortcutSheet } from "./shortcut-sheet.js";
import { leaveDialogs } from "./leave-dialogs.js";
import { openPalette } from "./palette.js";
import "./shared-log-page.js";
import "./shell.js";
import { SignInDialog } from "./sign-in-dialog.js";
import "./sign-in-page.js";

const COME_BACK_MS = 1000;

export class App extends LightElement {
  static properties = {
    me: { state: true },
    route: { state: true },
    reason: { state: true },
    share: { state: true },
    away: { state: true },
  };

  constructor() {
    super();
    this.api = new Api();
    this.list = new ServiceList(this.api);
    /** null until the server has said. @type {import("../api/client.js").Me | null} */
    this.me = null;
    this.route = parseRoute(location.hash);
    /** Why a sign-in link did not work. @type {ApiError | null} */
    this.reason = null;
    this.away = false;
    /** Whether the page stays though the sign-in is gone: it shows a log, which would be lost. */
    this.holds = false;
    /** @type {SignInDialog | null} */
    this.signInDialog = null;
    /** Of the log that somebody shared with this tab. @type {string | null} */
    this.share = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.listen(window, "hashchange", () => void this.go());
    this.listen(window, "popstate", leaveDialogs);
    this.listen(this.api, "signed-out", () => this.signedOut());
    this.listen(this, "sx-ended", () => void this.askWho());
    this.listen(this, "sx-sign-in", () => this.askToSignIn());
    this.listen(window, "focus", () => void (this.holds && this.askWho()));
    this.listen(this.api, "away", () => this.comeBack());
    this.listen(this.api, "back", () => {
      this.away = false;
    });
    this.atEnd(
      bindGlobalShortcuts({
        palette: () => void (this.inside && openPalette(this.freshen())),
        keys: openShortcutSheet,
      }),
    );
    this.atEnd(
      offerCommands(() => [{ id: "keys", title: "Shortcuts", group: "Help", key: "?", run: openShortcutSheet }]),
    );
    void this.go();
  }

  /** The services by name; where they can't be had, the palette offers those known. */
  async freshen() {
    if (this.me?.signedIn) await this.list.refresh().catch(() => {});
  }

  /** Whether there is anything here to command. */
  get inside() {
    return this.me?.signedIn || this.route.page === "shared";
  }

  /** @param {EventTarget} target @param {string} name @param {() => void} listener */
  listen(target, name, listener) {
    target.addEventListener(name, listener);
    this.atEnd(() => {
      target.removeEventListener(name, listener);
    });
  }

  /** Follows the address. A token leaves it before anything else happens, so that no history and no eye keeps it. */
  async go() {
    const route = parseRoute(location.hash);
    if (route.page === "shared") {
      this.share = sharedToken(route.token, sessionStorage);
      if (route.token !== undefined) history.replaceState(null, "", SHARED);
      this.route = route;
      return;
    }
    if (route.token !== undefined) {
      history.replaceState(null, "", location.pathname + location.search);
      await this.claim(route.token, route.serviceId);
      return;
    }
    this.route = route;
    if (this.me === null) await this.askWho();
  }

  /** @param {string} token @param {string} [serviceId] whose log to open */
  async claim(token, serviceId) {
    try {
      await this.api.claimToken(token);
      this.reason = null;
      await this.askWho();
      await this.openFirst(serviceId);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "unreachable") return this.claimLater(token, serviceId);
      await this.askWho();
      this.reason = this.me?.signedIn ? null : error; // a link opened twice by one who is in already needs no word
    }
    this.route = parseRoute(location.hash);
  }

  /**
   * A token that nobody heard is still good: it is claimed once the server is back.
   * @param {string} token
   * @param {string} [serviceId]
   */
  claimLater(token, serviceId) {
    this.api.addEventListener("back", () => void this.claim(token, serviceId), { once: true });
  }

  /** The log that the link names, or the only one there is: nothing to choose. @param {string} [serviceId] */
  async openFirst(serviceId) {
    const services = await this.list.refresh();
    const first = services.find(({ id }) => id === serviceId) ?? (services.length === 1 ? services[0] : undefined);
    if (first !== undefined) history.replaceState(null, "", serviceAddress(first.id, "watch"));
  }

  /** Where the server is away, `comeBack` asks again. */
  async askWho() {
    try {
      this.me = await this.api.me();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** Asks until the server answers; whatever was on the page stays there. */
  comeBack() {
    this.away = true;
    const asking = poll(async () => {
      this.me = await this.api.me();
      asking.stop();
    }, COME_BACK_MS);
    this.atEnd(asking.stop);
  }

  /** @param {Map<PropertyKey, unknown>} changed */
  willUpdate(changed) {
    const { me, route } = this;
    const former = /** @type {typeof route | undefined} */ (changed.get("route"));
    if (former && (former.page !== route.page || former.serviceId !== route.serviceId)) this.holds = false;
    if (!changed.has("me")) return;
    const wasIn = /** @type {typeof me} */ (changed.get("me"))?.signedIn;
    if (me?.signedIn) {
      this.holds = false;
      this.signInDialog?.finish();
    } else if (wasIn) this.holds = isWatch(route);
    if (wasIn && !me?.signedIn && !this.holds) this.list.clear();
  }

  signedOut() {
    if (this.me) this.me = { ...this.me, signedIn: false };
    void this.askWho();
  }

  /** In place: what the page holds stays. */
  askToSignIn() {
    if (!this.me || this.signInDialog) return;
    const dialog = new SignInDialog(this.api, this.me);
    this.signInDialog = dialog;
    dialog.addEventListener("signed-in", () => void this.signIn());
    void dialog.show().then(() => {
      this.signInDialog = null;
    });
  }

  async signIn() {
    this.reason = null;
    await this.askWho();
  }

  async signOut() {
    try {
      await this.api.logout();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== 401) return; // away: the notice says so, and the sign-in is still there
    }
    history.replaceState(null, "", SERVICES);
    this.route = parseRoute(location.hash);
    this.signedOut();
  }

  updated() {
    if (this.me && !this.me.signedIn && !this.holds && this.route.page !== "shared") setTitle("Sign in · Spectrix");
  }

  render() {
    const { api, list, me, route, away } = this;
    if (route.page === "shared") return html`<sx-shared .token=${this.share}></sx-shared>`;
    if (me === null) return away ? this.unreachable() : nothing;
    if (!me.signedIn && !this.holds) {
      return html`<sx-sign-in .api=${api} .me=${me} .reason=${this.reason} @signed-in=${this.signIn}></sx-sign-in>`;
    }
    return html`<sx-shell
      .api=${api}
      .list=${list}
      .me=${me}
      .route=${route}
      .away=${away}
      @sign-out=${this.signOut}
      @sx-palette=${() => void openPalette(this.freshen())}
      @me-changed=${this.askWho}
    ></sx-shell>`;
  }

  unreachable() {
    return html`<main class="gate">
      <p class="notice" data-tone="warn" role="alert">${ICONS.warning}<span>The server does not answer. This page keeps
        trying and goes on by itself.</span></p>
    </main>`;
  }
}

customElements.define("sx-app", App);
