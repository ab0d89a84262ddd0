/** <sx-shell>: the bar above every page, what it says about the connection, and the page that the address names. */

import { html, keyed, nothing } from "../../vendor/lit.js";
import { offerCommands } from "../lib/command-registry.js";
import { EXPOSED, isExposed } from "../lib/plain-http.js";
import { setTitle } from "../ui/page-title.js";
import { ALL, isWatch, SERVICES, serviceAddress } from "../lib/router.js";
import { preferences } from "../lib/store.js";
import { LightElement } from "../ui/element.js";
import { ICONS, MARK } from "../ui/icons.js";
import "../ui/menu.js";
import { displayMenu } from "./display-menu.js";
import { openPasswordDialog } from "./password-dialog.js";
import "../services/services-page.js";
import { shellCommands } from "./shell-commands.js";
import "../services/streams-page.js";
import { skipLink } from "../ui/focus/skip-link.js";
import "../ui/focus/toolbar.js";
import "../watch/watch-all.js";

/** With so many services they are looked for by name. */
const MANY = 8;

/** Properties: `api`, `list`, `me`, `route`, `away`. Fires `sign-out` and `me-changed`. */
export class Shell extends LightElement {
  static properties = {
    api: { attribute: false },
    list: { attribute: false },
    me: { attribute: false },
    route: { attribute: false },
    away: { attribute: false },
    services: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../api/client.js").Api | null} */
    this.api = null;
    /** @type {import("../services/service-list.js").ServiceList | null} */
    this.list = null;
    /** @type {import("../api/client.js").Me | null} */
    this.me = null;
    /** @type {import("../lib/router.js").Route} */
    this.route = { page: "services", query: new URLSearchParams() };
    this.away = false;
    /** @type {import("../api/client.js").Service[] | null} */
    this.services = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.services = this.list?.get() ?? null;
    this.atEnd(preferences.subscribe(() => this.requestUpdate()));
    this.atEnd(
      offerCommands(() =>
        shellCommands({
          services: this.services ?? [],
          setPassword: () => void this.setPassword(),
          signOut: () => this.dispatchEvent(new Event("sign-out")),
        }),
      ),
    );
    if (this.list) {
      this.atEnd(
        this.list.subscribe((services) => {
          this.services = services;
        }),
      );
    }
  }

  /** The switcher's list is a convenience: where it cannot be had, the away notice says why. */
  freshen() {
    this.list?.refresh().catch(() => {});
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("route") || changed.has("services")) setTitle(this.pageTitle());
    if (changed.has("route") && this.route.serviceId !== undefined && !this.current) this.freshen();
  }

  pageTitle() {
    const { page } = this.route;
    if (page === "watch" || page === "streams") {
      const name = this.current?.name ?? (this.services ? "Unknown service" : "Service");
      return `${name} · ${page === "watch" ? "Watch" : "Streams"} · Spectrix`;
    }
    return page === "all" ? "All services · Spectrix" : "Services · Spectrix";
  }

  get current() {
    return this.services?.find(({ id }) => id === this.route.serviceId);
  }

  render() {
    const all = this.route.page === "all";
    const inside = all || this.route.serviceId !== undefined;
    return html`${skipLink()}<header class="topbar">
        <nav class="crumbs" aria-label="Breadcrumb">
          <a
            class="brand"
            href=${SERVICES}
            aria-label="Spectrix: all services"
            aria-current=${inside ? "false" : "page"}
          >${MARK}<span>Spectrix</span></a>
          ${
            inside
              ? html`<span class="crumb-sep" aria-hidden="true">/</span>${this.switcher()}${
                  all ? nothing : this.pages()
                }`
              : nothing
          }
        </nav>
        <div class="topbar-page" id="topbar-page"></div>
        <sx-toolbar class="topbar-tools" aria-label="Display and account">${displayMenu()}${this.account()}</sx-toolbar>
      </header>
      ${this.notices()}
      <div class="stage">${this.page()}</div>`;
  }

  switcher() {
    const { current } = this;
    const { page } = this.route;
    const target = page === "streams" ? "streams" : "watch";
    const name = page === "all" ? "All services" : current?.name;
    return html`${target === "watch" ? html`<h1 class="sr-only">Watch ${name}</h1>` : nothing}<sx-menu
      label=${name ? `${name}: switch service` : "Switch service"}
      kind="btn btn-quiet switcher"
      .face=${html`<span class="switcher-name">${
        name ?? (this.services ? "Unknown service" : "…")
      }</span>${ICONS.chevron}`}
      .items=${() => [
        ...((this.services?.length ?? 0) >= MANY
          ? [{ label: "Find a service", aside: "Ctrl K", act: () => this.dispatchEvent(new Event("sx-palette")) }]
          : []),
        { caption: "Services" },
        ...(this.services ?? []).map((service) => ({
          label: html`<span class="clip">${service.name}</span>`,
          href: serviceAddress(service.id, target),
          checked: service.id === this.route.serviceId,
        })),
        { rule: true },
        { label: "All services in one log", href: ALL, checked: page === "all" },
        { label: "Manage services", href: SERVICES },
      ]}
      @opening=${this.freshen}
    ></sx-menu>`;
  }

  pages() {
    const id = this.route.serviceId ?? "";
    return html`<div class="tabs topbar-tabs">
      ${
        /** @type {const} */ (["watch", "streams"]).map(
          (page) =>
            html`<a href=${serviceAddress(id, page)} aria-current=${this.route.page === page ? "page" : "false"}
            >${page === "watch" ? "Watch" : "Streams"}</a
          >`,
        )
      }
    </div>`;
  }

  account() {
    const { me } = this;
    return html`<sx-menu
      label="Account"
      side="end"
      .face=${ICONS.person}
      .items=${() => [
        {
          label: me?.passwordSet ? "Change password…" : "Set a password…",
          icon: ICONS.lock,
          act: () => void this.setPassword(),
        },
        { label: "Sign out", icon: ICONS.out, act: () => this.dispatchEvent(new Event("sign-out")) },
        { rule: true },
        { caption: `Spectrix Lite ${me?.version ?? ""}` },
      ]}
    ></sx-menu>`;
  }

  notices() {
    return html`${
      this.away && !isWatch(this.route)
        ? html`<p class="strip" data-tone="warn" role="alert">
          ${ICONS.warning}<span>The server does not answer. This page keeps trying and goes on by itself.</span>
        </p>`
        : nothing
    }
    ${isExposed(location) ? html`<p class="strip">${EXPOSED}</p>` : nothing}`;
  }

  page() {
    const { api, list, route } = this;
    if (route.page === "services") return html`<sx-services .api=${api} .list=${list}></sx-services>`;
    const { signedIn = false } = this.me ?? {};
    if (route.page === "all")
      return html`<sx-watch-all
        .api=${api}
        .list=${list}
        .signedIn=${signedIn}
        .away=${this.away}
      ></sx-watch-all>`;
    const id = route.serviceId ?? "";
    if (route.page === "streams") {
      return keyed(id, html`<sx-streams .api=${api} .serviceId=${id} @changed=${this.freshen}></sx-streams>`);
    }
    return keyed(id, html`<sx-watch .api=${api} .serviceId=${id} .signedIn=${signedIn} .away=${this.away}></sx-watch>`);
  }

  async setPassword() {
    if (!this.api || !this.me) return;
    if (await openPasswordDialog({ api: this.api, passwordSet: this.me.passwordSet }))
      this.dispatchEvent(new Event("me-changed"));
  }
}

customElements.define("sx-shell", Shell);
