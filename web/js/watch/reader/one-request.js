/**
 * One request, or one trace, in place of whatever was asked before: it takes all services, and a step leads back to the
 * filter as it was.
 */

import { Filter } from "../../query/filter.js";
import { spellTerm, treeOf } from "../../query/edit.js";
import { Address } from "../../filters/address.js";
import { Span, WHOLE } from "../../log/span.js";

/** @typedef {import("../../entry/entry.js").Entry} Entry */
/** @typedef {import("../../log/service-colors.js").ServiceTag} Service */
/** @typedef {{entries: Entry[], services: Service[]}} Found services: all there are, by name */
/**
 * @typedef {object} Options
 * @property {import("../../stream/live-log.js").LiveLog} watch
 * @property {Address} address
 * @property {() => string} panel id of the one that is open
 * @property {(shown: import("../../filters/address.js").Shown, besides: import("../../filters/address.js").Besides) =>
 *   void} show has other entries shown, and another panel, as one step
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
  /** The query of the address before; null: none is shown. @type {string | null} */
  #before = null;
  #options;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
  }

  get isShown() {
    return this.value !== "";
  }

  /** What was shown before. */
  get before() {
    return Filter.fromQuery(this.#before ?? "");
  }

  /** @param {"request" | "trace"} field @param {string} value its id */
  show(field, value) {
    const { watch, panel, show } = this.#options;
    this.#before ??= Address.spell(watch, { panel: panel() });
    this.field = field;
    this.value = value;
    show({ filter: new Filter({ text: this.#term }), span: WHOLE }, { panel: "request", before: this.#before });
    void this.#ask();
  }

  /** Back to what was shown before. */
  leave() {
    const before = this.#before ?? "";
    this.value = "";
    this.#before = null;
    const panel = new URLSearchParams(before).get("panel") ?? "log";
    const shown = { filter: Filter.fromQuery(before), span: Span.fromQuery(before) };
    this.#options.show(shown, { panel, before: null, how: "leave" });
  }

  /** What the address says is shown: one request, where it took the place of something or has its panel. */
  readAddress() {
    const { address } = this.#options;
    const { filter, before } = address;
    const [field, value] = ((before !== null || address.panel === "request") && together(filter)) || ["request", ""];
    this.#before = value ? (before ?? "") : null;
    if (field === this.field && value === this.value) return;
    this.field = field;
    this.value = value;
    if (value) void this.#ask();
  }

  /** Another filter than the request's: it is no longer what is shown. @param {Filter} filter */
  filtered(filter) {
    if (!this.isShown || filter.toQuery() === new Filter({ text: this.#term }).toQuery()) return;
    this.value = "";
    this.#before = null;
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

/**
 * The request or the trace that a filter asks for, and nothing else.
 * @param {Filter} filter
 * @returns {[field: "request" | "trace", value: string] | null}
 */
function together(filter) {
  const tree = treeOf(filter.text);
  const term = tree?.kind === "and" && tree.parts.length === 1 ? tree.parts[0] : tree;
  if (term?.kind !== "term" || (term.field !== "request" && term.field !== "trace")) return null;
  const same = new Filter({ text: spellTerm(term.field, term.value) });
  return same.toQuery() === filter.toQuery() ? [term.field, term.value] : null;
}
