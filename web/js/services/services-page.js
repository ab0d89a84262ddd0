/** <sx-services>: every service as a card, live once a second while somebody looks. */

import { html, nothing, repeat } from "../../vendor/lit.js";
import { count } from "../lib/format.js";
import { poll } from "../api/poll.js";
import { ALL, serviceAddress } from "../lib/router.js";
import { LightElement } from "../ui/element.js";
import { ICONS } from "../ui/icons.js";
import { problemNotice, problemText } from "../ui/problem.js";
import { createService } from "./service-actions.js";
import "./service-card.js";
import { serviceTable } from "./overview/service-table.js";

const HISTORY = 60;

/** From so many on they are a list, with a look-up by name. */
const MANY = 8;

/** Hundreds of minutes of history each second would be work for nobody's eyes. @param {number} services */
function pause(services) {
  return services > 100 ? 3000 : 1000;
}

/** Properties: `api`, `list` (the shared ServiceList). */
export class ServicesPage extends LightElement {
  static properties = {
    api: { attribute: false },
    list: { attribute: false },
    services: { state: true },
    sought: { state: true },
    order: { state: true },
    problem: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../api/client.js").Api | null} */
    this.api = null;
    /** @type {import("./service-list.js").ServiceList | null} */
    this.list = null;
    /** @type {import("../api/client.js").Service[] | null} */
    this.services = null;
    this.sought = "";
    /** What stands first in a list. @type {import("./overview/activity.js").Order} */
    this.order = "errors";
    /** @type {string | null} */
    this.problem = null;
    /** @type {ReturnType<typeof poll> | null} */
    this.asking = null;
  }

  connectedCallback() {
    super.connectedCallback();
    const { list } = this;
    if (!list) throw new Error("sx-services needs its list before it is shown");
    this.services = list.get();
    this.atEnd(
      list.subscribe((services) => {
        this.services = services;
      }),
    );
    this.asking = poll(
      (signal) => this.load(list, signal),
      () => pause(this.services?.length ?? 0),
    );
    this.atEnd(this.asking.stop);
  }

  /** @param {import("./service-list.js").ServiceList} list @param {AbortSignal} signal */
  async load(list, signal) {
    try {
      await list.refresh({ history: HISTORY, signal });
      this.problem = null;
    } catch (error) {
      this.problem = problemText(error);
      throw error;
    }
  }

  render() {
    const { services } = this;
    if (services === null) return html`<main class="page" aria-busy="true">${problemNotice(this.problem)}</main>`;
    if (services.length === 0) return html`<main class="page">${this.empty()}</main>`;
    const sought = this.sought.trim().toLowerCase();
    const shown = services.filter(({ name }) => name.toLowerCase().includes(sought));
    return html`<main class="page">
      <header class="page-head">
        <h1>Services</h1>
        <span class="faint num">${count(services.length, "service")}</span>
        <span class="grow"></span>
        ${services.length >= MANY ? this.search() : nothing}
        ${services.length > 1 ? html`<a class="btn" href=${ALL}>Watch all</a>` : nothing}
        <button type="button" class="btn btn-primary" @click=${this.create}>${ICONS.plus}Create service</button>
      </header>
      ${problemNotice(this.problem)}
      ${services.length >= MANY && this.api ? this.table(shown, this.api) : this.cards(shown)}
      ${shown.length === 0 ? html`<p class="muted">No service has this in its name.</p>` : nothing}
    </main>`;
  }

  /** @param {readonly import("../api/client.js").Service[]} shown @param {import("../api/client.js").Api} api */
  table(shown, api) {
    return serviceTable({
      services: shown,
      api,
      order: this.order,
      sort: (order) => (this.order = order),
      changed: () => this.refresh(),
    });
  }

  /** @param {readonly import("../api/client.js").Service[]} shown */
  cards(shown) {
    return html`<div class="cards">
      ${repeat(
        shown,
        ({ id }) => id,
        (service) =>
          html`<sx-service-card .api=${this.api} .service=${service} @changed=${this.refresh}></sx-service-card>`,
      )}
    </div>`;
  }

  search() {
    return html`<input
      class="input page-search"
      type="search"
      placeholder="Find a service"
      aria-label="Find a service"
      spellcheck="false"
      .value=${this.sought}
      @input=${this.onSearch}
    />`;
  }

  empty() {
    return html`<section class="empty">
      <h2>Create your first service</h2>
      <p>A service is an application you want to watch. It owns one isolated stream; its stream keys let your app send
        to it.</p>
      <div class="actions">
        <button type="button" class="btn btn-primary btn-lg" @click=${this.create}>Create service</button>
      </div>
    </section>`;
  }

  /** @param {InputEvent & { target: HTMLInputElement }} event */
  onSearch(event) {
    this.sought = event.target.value;
  }

  refresh() {
    this.asking?.now();
  }

  async create() {
    if (!this.api) return;
    const service = await createService(this.api);
    if (service) location.hash = serviceAddress(service.id, "watch");
  }
}

customElements.define("sx-services", ServicesPage);
