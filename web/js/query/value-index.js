/**
 * What was seen of a log, for the query line to offer: the values of its fields, the keys of its metadata and their
 * values. Counted when it is asked for, over the newest entries only, so that it costs nothing while nobody types.
 */

import { routeOf } from "../entry/http-route.js";
import { spellPath } from "./edit.js";

/** @typedef {import("../entry/entry.js").Entry} Entry */
/** @typedef {"level" | "source" | "service" | "method" | "status"} Facet what a filter chooses among the values of */
/**
 * @typedef {object} Log what of a log it looks at
 * @property {{first: number, end: number, row(number: number): Entry | {kind: "gap" | "mark" | "session"}}} ring
 * @property {{ranking(facet: Facet): [value: string, count: number][]}} facetCounts
 * @property {{now(): number}} clock
 */
/** @typedef {{value: string, count: number}} Seen */

const ENTRIES = 1000; // so many of the newest are looked at
const KEYS = 200; // so many keys are told apart, each with so many values
const VALUES = 50;
const DEEP = 4;
const LONGEST = 80; // characters; a longer value is no help in a list
const FRESH = 2000; // ms for which a count holds

/** @type {ReadonlyMap<string, (entry: Entry) => string>} */
const FIELDS = new Map([
  ["method", (entry) => entry.method],
  ["status", (entry) => (entry.statusCode ? String(entry.statusCode) : "")],
  ["path", (entry) => entry.endpoint.split("?", 1)[0]],
  ["route", (entry) => routeOf(entry).path],
]);

/** Values and keys that a log has held, most frequent first. */
export class ValueIndex {
  /** @type {Map<string, Map<string, number>>} */
  #fields = new Map();
  #countedAt = -Infinity;
  #log;

  /** @param {Log} log */
  constructor(log) {
    this.#log = log;
  }

  /**
   * @param {string} field as a query names it: `source`, `metadata.user.plan`
   * @returns {Seen[]} the most frequent first
   */
  values(field) {
    if (field === "level" || field === "source")
      return this.#log.facetCounts
        .ranking(field)
        .filter(([value]) => value !== "")
        .map(([value, count]) => ({ value, count }));
    this.#count();
    return ranked(this.#fields.get(field));
  }

  /** @returns {Seen[]} fields of metadata, as a query names them */
  keys() {
    this.#count();
    const keys = [...this.#fields].filter(([field]) => field.startsWith("metadata."));
    return ranked(new Map(keys.map(([field, values]) => [field, sum(values)])));
  }

  #count() {
    const now = this.#log.clock.now();
    if (now - this.#countedAt < FRESH) return;
    this.#countedAt = now;
    this.#fields = new Map();
    const { ring } = this.#log;
    for (let number = ring.end - 1, looked = 0; number >= ring.first && looked < ENTRIES; number--) {
      const row = ring.row(number);
      if (row.kind !== "entry") continue;
      looked++;
      for (const [field, of] of FIELDS) this.#add(field, of(row));
      if (row.metadata) this.#addMembers(JSON.parse(row.metadata), []);
    }
  }

  /** @param {unknown} value @param {readonly string[]} path */
  #addMembers(value, path) {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      if (path.length < DEEP)
        for (const [key, member] of Object.entries(value)) this.#addMembers(member, [...path, key]);
    } else if (path.length > 0 && !Array.isArray(value)) this.#add(spellPath(path), String(value));
  }

  /** @param {string} field @param {string} value */
  #add(field, value) {
    if (value === "") return;
    let values = this.#fields.get(field);
    if (!values) {
      if (this.#fields.size >= KEYS) return;
      this.#fields.set(field, (values = new Map()));
    }
    const shown = value.length > LONGEST ? "" : value; // counted for its key, not offered
    if (values.has(shown) || values.size < VALUES) values.set(shown, (values.get(shown) ?? 0) + 1);
  }
}

/** @param {Map<string, number> | undefined} counts */
function ranked(counts) {
  const found = [...(counts ?? [])].filter(([value]) => value !== "").map(([value, count]) => ({ value, count }));
  return found.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

/** @param {Map<string, number>} counts */
function sum(counts) {
  let all = 0;
  for (const count of counts.values()) all += count;
  return all;
}
