/** <sx-shared>: a log that somebody shared: one service, read-only, without a sign-in, until the link runs out. */

import { html, nothing } from "../../vendor/lit.js";
import { offerCommands } from "../lib/command-registry.js";
import { EXPOSED, isExposed } from "../lib/plain-http.js";
import { setTitle } from "../ui/page-title.js";
import { sharedSessions } from "../stream/session/share-session.js";
import { preferences } from "../lib/store.js";
import { LightElement } from "../ui/element.js";
import { MARK } from "../ui/icons.js";
import { skipLink } from "../ui/focus/skip-link.js";
import { displayMenu } from "./display-menu.js";
import { displayCommands } from "./shell-commands.js";

/** Properties: `token` of the link, null where this tab has none. */
export class SharedLogPage extends LightElement {
  static properties = { token: {}, name: { state: true } };

  constructor() {
    super();
    /** @type {string | null} */
    this.token = null;
    /** Of the service, as soon as the server has said it. */
    this.name = "";
    /** @type {import("../stream/connection.js").Sessions | null} */
    this.sessions = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.atEnd(preferences.subscribe(() => this.requestUpdate()));
    this.atEnd(offerCommands(displayCommands));
  }

  /** @param {Map<PropertyKey, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("token")) this.sessions = this.token === null ? null : sharedSessions(this.token);
    setTitle(`${this.name || "Shared log"} · Shared · Spectrix`);
  }

  render() {
    return html`${skipLink()}<header class="topbar">
        <div class="crumbs">
          <span class="brand">${MARK}<span>Spectrix</span></span>
          <span class="crumb-sep" aria-hidden="true">/</span>
          <h1 class="shared-name clip">${this.name || "Shared log"}</h1>
          <span
            class="badge"
            title="Whoever has the link sees this log, and nothing else, until it runs out"
          >shared, read-only</span>
        </div>
        <div class="topbar-page" id="topbar-page"></div>
        <div class="topbar-tools">${displayMenu()}</div>
      </header>
      ${isExposed(location) ? html`<p class="strip">${EXPOSED}</p>` : nothing}
      <div class="stage">${
        this.sessions ? html`<sx-watch .grant=${this.sessions} @sx-service=${this.#named}></sx-watch>` : this.#missing()
      }</div>`;
  }

  #missing() {
    return html`<main class="page">
      <section class="empty">
        <h2>This tab has no shared log</h2>
        <p>Open the link again, or ask whoever sent it for a new one.</p>
      </section>
    </main>`;
  }

  /** @param {CustomEvent<{name: string}>} event */
  #named = (event) => {
    this.name = event.detail.name;
  };
}

customElements.define("sx-shared", SharedLogPage);
