/**
 * What the operator wants to see: a query, and of which services where there are several. A filter is compiled once and
 * never changes; a change makes a new one. What is ticked beside the log is read from the query, and written there.
 */

import { choiceIn, withChoice } from "./facet-selection.js";
import { EVERYTHING, Query, readQuery } from "./query.js";

/** @typedef {import("../entry/entry.js").Entry} Entry */
/** @typedef {import("./value-index.js").Facet} Facet */

/**
 * A choice among values that are not all known yet. All but a few: what comes new is in. Only a few: it is out.
 */
export class Choice {
  /**
   * @param {Iterable<string>} [values]
   * @param {boolean} [only] the values are what is wanted, not what is not
   * @param {boolean} [folds] whether case does not matter
   */
  constructor(values = [], only = false, folds = false) {
    /** @type {ReadonlySet<string>} */
    this.values = new Set(values);
    this.only = only && this.values.size > 0;
    this.folds = folds;
  }

  /** Whether it leaves nothing out. */
  get all() {
    return this.values.size === 0;
  }

  /** @param {string} value */
  has(value) {
    return this.#names(value).length > 0 === this.only;
  }

  /** Those of the values that mean this one. @param {string} value */
  #names(value) {
    if (!this.folds) return this.values.has(value) ? [value] : [];
    const folded = value.toLowerCase();
    return [...this.values].filter((each) => each.toLowerCase() === folded);
  }

  /**
   * In if it was out, out if it was in. With the last wanted one gone, everything is wanted again.
   * @param {string} value
   */
  toggle(value) {
    const values = new Set(this.values);
    const named = this.#names(value);
    if (named.length === 0) values.add(value);
    for (const name of named) values.delete(name);
    return new Choice(values, this.only, this.folds);
  }

  /**
   * This value alone; everything again, where it was alone already.
   * @param {string} value
   */
  toggleOnly(value) {
    const alone = this.only && this.values.size === 1 && this.has(value);
    return alone ? new Choice([], false, this.folds) : new Choice([value], true, this.folds);
  }
}

/** What is to be shown; it never changes. */
export class Filter {
  /**
   * @param {object} [parts]
   * @param {Choice} [parts.services] by id
   * @param {string} [parts.text] the query as it stands in its line
   * @param {Query} [former] what goes on to hold while the text can't be read
   */
  constructor({ services = new Choice(), text = "" } = {}, former = EVERYTHING) {
    this.services = services;
    this.text = text;
    const read = text === former.text ? former : readQuery(text);
    /** What is asked of entries. */
    this.query = read instanceof Query ? read : former;
    /** Why the text can't be read; null: it can, and `query` is what it says. */
    this.error = read instanceof Query ? null : read;
  }

  /** Whether it lets everything through. */
  get empty() {
    return this.services.all && this.query.empty;
  }

  /** @param {{services?: Choice, text?: string}} parts what is to be different */
  with(parts) {
    return new Filter({ services: this.services, text: this.text, ...parts }, this.query);
  }

  /**
   * What is ticked of a facet: terms of the query, but for services. What was pressed can be read and edited there, and
   * the server, a shared link, a view and the address are told it without more ado. "" is an entry without any.
   * @param {Facet} facet
   */
  choice(facet) {
    if (facet === "service") return this.services;
    const { values, only } = choiceIn(this.query.tree, facet);
    return new Choice(values, only, facet === "source");
  }

  /** @param {Facet} facet @param {Choice} choice what is to be ticked of it */
  choose(facet, choice) {
    return this.with(facet === "service" ? { services: choice } : { text: withChoice(this.query.text, facet, choice) });
  }

  /** Whether the other lets the same through, as it was made from this one. @param {Filter} other */
  selectsAs(other) {
    return this.services === other.services && this.query === other.query;
  }

  /** @param {Entry} entry */
  matches(entry) {
    return this.services.has(entry.service) && (this.query.empty || this.query.matches(entry));
  }

  /** The filter as the query of an address, "" if it is empty. */
  toQuery() {
    const query = new URLSearchParams();
    const { values, only } = this.services;
    for (const value of values) query.append(only ? "service" : "-service", value);
    if (this.text) query.set("q", this.text);
    return query.toString();
  }

  /**
   * @param {string} text what `toQuery` gave, or `level=error&-source=worker`, which becomes terms of the query; other
   * members are left alone
   */
  static fromQuery(text) {
    const query = new URLSearchParams(text);
    const choice = (/** @type {string} */ name) => {
      const only = query.getAll(name);
      return only.length > 0 ? new Choice(only, true) : new Choice(query.getAll(`-${name}`));
    };
    const filter = new Filter({ services: choice("service"), text: query.get("q") ?? "" });
    const ticked = /** @type {const} */ (["level", "source"]).filter((facet) => !choice(facet).all);
    return ticked.reduce((narrowed, facet) => narrowed.choose(facet, choice(facet)), filter);
  }
}
