/**
 * Terms that the reader adds to the query by pointing at a value: with a key for the current row, or wherever a value
 * is offered.
 */

import { routeOf } from "../entry/http-route.js";
import { FACETS } from "../log/facet-counts.js";
import { columnOf } from "../log/columns/column-types.js";
import { addTerms, excludeTerm, includeTerm, spellTerm } from "../query/edit.js";
import { Choice } from "../query/filter.js";
import { rememberQuery } from "../query/recent-queries.js";

/** @typedef {import("../entry/entry.js").Entry} Entry */
/** @typedef {{field: string, value: string, exclude: boolean}} Wish */
/** @typedef {{terms: string, service: string}} Narrower service: "" for whatever it is */

/**
 * Cells of a row, and the field that each shows.
 * @type {ReadonlyMap<string, (entry: Entry) => [field: string, value: string]>}
 */
const CELLS = new Map([
  ["level", ({ level }) => ["level", level]],
  ["method", ({ method }) => ["method", method]],
  ["endpoint", ({ endpoint }) => ["path", endpoint]],
  ["message", ({ message }) => ["message", message]],
  ["status", ({ statusCode }) => ["status", String(statusCode)]],
  ["source", ({ source }) => ["source", source]],
]);

/**
 * Values of columns that were asked for are the same to every reader.
 * @type {import("../log/columns/column-types.js").Reader}
 */
const PLAIN = { zone: "utc", today: { since: -Infinity, until: Infinity }, service: () => null };

/**
 * @typedef {object} Options
 * @property {import("../log/log.js").Log} log
 * @property {(filter: import("../query/filter.js").Filter) => void} setFilter
 * @property {() => {row: Entry, number: number | null} | null} current the entry that a key is about, and its row
 * @property {(row: number) => string} marked the column in which a text of the row is marked; "": in none
 * @property {import("../lib/store.js").Preferences} preferences
 */

/** Adds terms to the query of a Watch page. */
export class TermActions {
  #options;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
  }

  /** Only what holds these terms too. @param {Narrower} to */
  narrow({ terms, service }) {
    const { filter } = this.#options.log;
    this.#set(
      filter.with({
        text: addTerms(filter.query.text, terms),
        ...(service && { services: new Choice([service], true) }),
      }),
    );
  }

  /** @param {Wish} wish */
  add({ field, value, exclude }) {
    const { filter } = this.#options.log;
    const edit = exclude ? excludeTerm : includeTerm;
    // What is not ticked beside the log could not come: the term takes the place of what is.
    const facet = FACETS.find((each) => each === field);
    const from = facet && !exclude && !filter.choice(facet).has(value) ? filter.choose(facet, new Choice()) : filter;
    this.#set(from.with({ text: edit(from.query.text, field, value) }));
  }

  /** The current row's value: the one that is marked in it, else the one that tells most. @param {boolean} exclude */
  addCurrent(exclude) {
    const term = this.#currentTerm();
    if (term) this.add({ field: term.field, value: term.value, exclude });
  }

  /** Likewise, as what a mute is made of. @returns {{terms: string, service: string} | null} null: there is no row */
  get current() {
    const term = this.#currentTerm();
    return term && { terms: spellTerm(term.field, term.value), service: term.service };
  }

  #currentTerm() {
    const { current, marked } = this.#options;
    const chosen = current();
    if (!chosen) return null;
    const { row, number } = chosen;
    const [field, value] = (number !== null && inColumn(row, marked(number))) || telling(row);
    return { field, value, service: row.service };
  }

  /** @param {import("../query/filter.js").Filter} filter */
  #set(filter) {
    const { setFilter, preferences, log } = this.#options;
    setFilter(filter);
    rememberQuery(preferences, log.filter.query.text);
  }
}

/** @param {Entry} entry @returns {[field: string, value: string]} */
function telling(entry) {
  const { path } = routeOf(entry);
  return path ? ["route", path] : ["message", entry.message];
}

/** The field that a column shows of an entry. @param {Entry} entry @param {string} id of the column, or its cell */
function inColumn(entry, id) {
  const cell = CELLS.get(id);
  if (cell) return cell(entry);
  const column = id === "number" ? undefined : columnOf(id);
  const value = column?.text(entry, PLAIN);
  return column && value ? /** @type {[field: string, value: string]} */ ([column.id, value]) : null;
}
