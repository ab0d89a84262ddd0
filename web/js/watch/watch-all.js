/** <sx-watch-all>: the logs of several services in one, a colour each; every service has a session of its own. */

import { html, nothing } from "../../vendor/lit.js";
import { count, rate } from "../lib/format.js";
import { SERVICES } from "../lib/router.js";
import { preferences } from "../lib/store.js";
import { inOrder, watchedOf } from "../services/overview/activity.js";
import { LightElement } from "../ui/element.js";
import { problemNotice, problemText } from "../ui/problem.js";
import "../ui/menu.js";
import "./watch-page.js";

/** So many at most: each takes a session and a socket. */
const MOST = 12;
/** Of the preferences: ids. */
const CHOSEN = "watchedServices";

/** Properties: `api`, `list` (the shared ServiceList), `signedIn`, `away`. */
export class WatchAll extends LightElement {
  static properties = {
    api: { attribute: false },
    list: { attribute: false },
    signedIn: { attribute: false },
    away: { attribute: false },
    services: { state: true },
    isChosen: { state: true },
    draft: { state: true },
    problem: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../api/client.js").Api | null} */
    this.api = null;
    /** @type {import("../services/service-list.js").ServiceList | null} */
    this.list = null;
    /** As `WatchPage` has them. */
    this.signedIn = true;
    this.away = false;
    /**
     * Those watched; null until the server has said which there are.
     * @type {import("../stream/live-log.js").Service[] | null}
     */
    this.services = null;
    /** All there are, the most active first. @type {import("../api/client.js").Service[]} */
    this.all = [];
    /** Whether those watched were chosen; else they are the most active. */
    this.isChosen = false;
    /** Ids of those that are to be watched, while they are being chosen. @type {readonly string[]} */
    this.draft = [];
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
      this.all = inOrder(services, "rate");
      this.watch(preferences.get(CHOSEN) ?? []);
    } catch (error) {
      this.problem = problemText(error);
    }
  }

  /** @param {readonly string[]} chosen ids; none: the most active */
  watch(chosen) {
    const { watched, isChosen } = watchedOf(this.all, chosen, MOST);
    this.services = watched.map(({ id, name }) => ({ id, name })).sort(byName);
    this.isChosen = isChosen;
    this.draft = watched.map(({ id }) => id);
  }

  /** From now on, and the next time. @param {readonly string[]} chosen */
  choose(chosen) {
    preferences.set(CHOSEN, chosen);
    this.watch(chosen);
  }

  /** @param {string} id */
  toggle(id) {
    this.draft = this.draft.includes(id) ? this.draft.filter((each) => each !== id) : [...this.draft, id];
  }

  render() {
    const { services } = this;
    if (this.problem)
      return html`<main class="page">${problemNotice(this.problem)}<button
        type="button"
        class="btn"
        @click=${this.load}
      >Try again</button></main>`;
    if (!services) return html`<main class="page" aria-busy="true"></main>`;
    if (services.length === 0) return html`<main class="page">${this.empty()}</main>`;
    return html`${this.all.length > MOST || this.isChosen ? this.strip(services.length) : nothing}
      <sx-watch
        .api=${this.api}
        .services=${services}
        .signedIn=${this.signedIn}
        .away=${this.away}
      ></sx-watch>`;
  }

  /** @param {number} watched */
  strip(watched) {
    return html`<div class="strip" role="status">${
      this.isChosen ? `${count(watched, "service")} that you chose` : `The ${watched} most active`
    } of ${count(this.all.length, "service")}
      <sx-menu label="Choose services" kind="btn btn-quiet" .face=${"Choose"} .items=${() => this.choices()}></sx-menu>
    </div>`;
  }

  choices() {
    const { draft } = this;
    return [
      { label: `Watch these ${draft.length}`, disabled: draft.length === 0, act: () => this.choose(draft) },
      { label: "Watch the most active", disabled: !this.isChosen, act: () => this.choose([]) },
      { rule: true },
      { caption: `At most ${MOST}, by what comes in` },
      ...this.all.map(({ id, name, stats }) => ({
        label: html`<span class="clip">${name}</span>`,
        aside: `${rate(stats.rate)}/s`,
        checked: draft.includes(id),
        disabled: draft.length >= MOST && !draft.includes(id),
        stays: true,
        act: () => this.toggle(id),
      })),
    ];
  }

  empty() {
    return html`<section class="empty">
      <h2>There is no service yet</h2>
      <p>Create one, and its log appears here beside the others.</p>
      <div class="actions"><a class="btn" href=${SERVICES}>Services</a></div>
    </section>`;
  }
}

/** @param {{name: string}} one @param {{name: string}} other */
function byName(one, other) {
  return one.name.localeCompare(other.name, "en", { numeric: true });
}

customElements.define("sx-watch-all", WatchAll);
