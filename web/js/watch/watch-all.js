/** <sx-watch-all>: the logs of several services in one, a colour each; every service has a session of its own. */

import { html, nothing } from "../../vendor/lit.js";
import { count } from "../lib/format.js";
import { SERVICES } from "../lib/router.js";
import { LightElement } from "../ui/element.js";
import { problemNotice, problemText } from "../ui/problem.js";
import "./watch-page.js";

/** So many at most: each takes a session and a socket. */
const MOST = 12;

/** Properties: `api`, `list` (the shared ServiceList). */
export class WatchAll extends LightElement {
  static properties = {
    api: { attribute: false },
    list: { attribute: false },
    services: { state: true },
    left: { state: true },
    problem: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../api/client.js").Api | null} */
    this.api = null;
    /** @type {import("../services/service-list.js").ServiceList | null} */
    this.list = null;
    /**
     * Those watched; null until the server has said which there are.
     * @type {import("../stream/live-log.js").Service[] | null}
     */
    this.services = null;
    /** How many are not watched because they are too many. */
    this.left = 0;
    /** @type {string | null} */
    this.problem = null;
  }

  connectedCallback() {
    super.connectedCallback();
    void this.load();
  }

  async load() {
    this.problem = null;
    try {
      const services = (await this.list?.refresh()) ?? [];
      const all = services.map(({ id, name }) => ({ id, name }));
      this.services = all.slice(0, MOST);
      this.left = all.length - this.services.length;
    } catch (error) {
      this.problem = problemText(error);
    }
  }

  render() {
    const { services, left } = this;
    if (this.problem)
      return html`<main class="page">${problemNotice(this.problem)}<button
        type="button"
        class="btn"
        @click=${this.load}
      >Try again</button></main>`;
    if (!services) return html`<main class="page" aria-busy="true"></main>`;
    if (services.length === 0) return html`<main class="page">${this.empty()}</main>`;
    return html`${
      left > 0
        ? html`<p class="strip">The first ${count(MOST, "service")} are shown; ${left} more have pages of their
          own.</p>`
        : nothing
    }
      <sx-watch .api=${this.api} .services=${services}></sx-watch>`;
  }

  empty() {
    return html`<section class="empty">
      <h2>There is no service yet</h2>
      <p>Create one, and its log appears here beside the others.</p>
      <div class="actions"><a class="btn" href=${SERVICES}>Services</a></div>
    </section>`;
  }
}

customElements.define("sx-watch-all", WatchAll);
