/**
 * Terms that the reader adds to the query by pointing at a value: with a key for the current row, or wherever a value
 * is offered.
 */

import { routeOf } from "../entry/http-route.js";
import { preferences } from "../lib/store.js";
import { columnOf } from "../log/column-types.js";
import { addTerms, excludeTerm, includeTerm } from "../query/edit.js";
import { Choice } from "../query/filter.js";
import { rememberQuery } from "../query/recent-queries.js";

/** @typedef {import("../watch/watch-page.js").WatchPage} WatchPage */
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
 * @type {import("../log/column-types.js").Reader}
 */
const PLAIN = { zone: "utc", today: { since: -Infinity, until: Infinity }, service: () => null };

/** Adds terms to the query of a Watch page. Call `bind` while the page stands in the document. */
export class TermActions {
  #page;

  /** @param {WatchPage} page */
  constructor(page) {
    this.#page = page;
  }

  /** Listens for what is wished anywhere in the page; returns what ends that. */
  bind() {
    const wished = (/** @type {Event} */ event) => this.add(/** @type {CustomEvent<Wish>} */ (event).detail);
    const narrowed = (/** @type {Event} */ event) => this.narrow(/** @type {CustomEvent<Narrower>} */ (event).detail);
    this.#page.addEventListener("sx-term", wished);
    this.#page.addEventListener("sx-narrow", narrowed);
    return () => {
      this.#page.removeEventListener("sx-term", wished);
      this.#page.removeEventListener("sx-narrow", narrowed);
    };
  }

  /** Only what holds these terms too. @param {Narrower} to */
  narrow({ terms, service }) {
    const page = this.#page;
    const { watch } = page;
    if (!watch) return;
    page.setFilter(
      watch.filter.with({
        text: addTerms(watch.filter.query.text, terms),
        ...(service && { services: new Choice([service], true) }),
      }),
    );
    rememberQuery(preferences, watch.filter.query.text);
  }

  /** @param {Wish} wish */
  add({ field, value, exclude }) {
    const page = this.#page;
    const { watch } = page;
    if (!watch) return;
    const { filter } = watch;
    const edit = exclude ? excludeTerm : includeTerm;
    // What was ticked off beside the log could not come, whatever the query says.
    const choice = field === "level" ? "levels" : "sources";
    const untick = !exclude && (field === "level" || field === "source") && !filter[choice].has(value);
    page.setFilter(
      filter.with({ text: edit(filter.query.text, field, value), ...(untick && { [choice]: new Choice() }) }),
    );
    rememberQuery(preferences, watch.filter.query.text);
  }

  /** The current row's value: the one that is marked in it, else the one that tells most. @param {boolean} exclude */
  addCurrent(exclude) {
    const { list, watch, openEntry } = this.#page;
    const number = list?.current ?? null;
    const row = number !== null && watch?.ring.has(number) ? watch.ring.row(number) : openEntry.entry;
    if (row?.kind !== "entry") return;
    const [field, value] = marked(row, number) ?? telling(row);
    this.add({ field, value, exclude });
  }
}

/** @param {Entry} entry @returns {[field: string, value: string]} */
function telling(entry) {
  const { path } = routeOf(entry);
  return path ? ["route", path] : ["message", entry.message];
}

/** The field in which a text is marked. @param {Entry} entry @param {number | null} number of its row */
function marked(entry, number) {
  const selection = getSelection();
  const node = selection?.isCollapsed ? null : selection?.anchorNode;
  const element = node instanceof Element ? node : node?.parentElement;
  if (!element || number === null || !element.closest(`#row-${number}`)) return null;
  for (const [cell, of] of CELLS) if (element.closest(`.${cell}`)) return of(entry);
  const asked = element.closest(".extra");
  const column =
    asked instanceof HTMLElement && asked.dataset.column !== "number"
      ? columnOf(asked.dataset.column ?? "")
      : undefined;
  const value = column?.text(entry, PLAIN);
  return column && value ? [column.id, value] : null;
}
