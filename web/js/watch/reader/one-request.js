/**
 * One request, or one trace, in place of whatever was asked before: it takes all services, and a step leads back to the
 * filter as it was.
 */

import { Filter } from "../../query/filter.js";
import { spellTerm } from "../../query/edit.js";

/** @typedef {import("../../entry/entry.js").Entry} Entry */
/** @typedef {import("../../log/service-colors.js").ServiceTag} Service */
/** @typedef {{entries: Entry[], services: Service[]}} Found services: all there are, by name */
/**
 * @typedef {object} Options
 * @property {import("../../stream/live-log.js").LiveLog} watch
 * @property {(filter: Filter) => void} setFilter
 * @property {(() => void)} showAll whatever stretch of the log was shown
 * @property {(id: string) => void} openPanel
 * @property {((query: string) => Promise<Found>) | null} fetch what services that are not watched have of it; null:
 *   they can't be asked
 * @property {() => void} changed
 */

/** @type {import("../../panels/request/request-panel.js").Elsewhere} */
const NOTHING = { entries: [], services: [], problem: "", asking: false };

export class OneRequest {
  /** @type {"request" | "trace"} */
  field = "request";
  /** Its id; "": none is shown. */
  value = "";
  /** @type {import("../../panels/request/request-panel.js").Elsewhere} */
  elsewhere = NOTHING;
  /** What was shown before. @type {Filter} */
  before = new Filter();
  #options;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
  }

  get isShown() {
    return this.value !== "";
  }

  /** @param {"request" | "trace"} field @param {string} value its id */
  show(field, value) {
    const { watch, setFilter, showAll, openPanel } = this.#options;
    if (!this.isShown) this.before = watch.filter;
    this.field = field;
    this.value = value;
    showAll();
    setFilter(new Filter({ text: this.#term }));
    openPanel("request");
    void this.#ask();
  }

  /** Back to what was shown before. */
  leave() {
    const { setFilter, openPanel } = this.#options;
    this.value = "";
    setFilter(this.before);
    openPanel("log");
  }

  /** Another filter than the request's: it is no longer what is shown. @param {Filter} filter */
  filtered(filter) {
    if (this.isShown && filter.toQuery() !== new Filter({ text: this.#term }).toQuery()) this.value = "";
  }

  get #term() {
    return spellTerm(this.field, this.value);
  }

  async #ask() {
    const { fetch, changed } = this.#options;
    const term = this.#term;
    this.elsewhere = { ...NOTHING, asking: fetch !== null };
    if (!fetch) return;
    /** @type {import("../../panels/request/request-panel.js").Elsewhere} */
    let elsewhere;
    try {
      elsewhere = { ...NOTHING, ...(await fetch(term)) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      elsewhere = { ...NOTHING, problem: `the other services could not be asked: ${why}` };
    }
    if (term !== this.#term) return; // another was asked for meanwhile
    this.elsewhere = elsewhere;
    changed();
  }
}
