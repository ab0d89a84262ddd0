/**
 * What the operator wants to see: levels, sources, services where there are several, a query. A filter is compiled once
 * and never changes; a change makes a new one. It means what the contract's filter means: OR within levels and sources,
 * AND between them and the query.
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
   */
  constructor(values = [], only = false) {
    /** @type {ReadonlySet<string>} */
    this.values = new Set(values);
    this.only = only && this.values.size > 0;
  }

  /** Whether it leaves nothing out. */
  get all() {
    return this.values.size === 0;
  }

  /** @param {string} value */
  has(value) {
    return this.values.has(value) === this.only;
  }

  /**
   * In if it was out, out if it was in. With the last wanted one gone, everything is wanted again.
   * @param {string} value
   */
  toggle(value) {
    const values = new Set(this.values);
    if (!values.delete(value)) values.add(value);
    return new Choice(values, this.only);
  }

  /**
   * This value alone; everything again, where it was alone already.
   * @param {string} value
   */
  toggleOnly(value) {
    return this.only && this.values.size === 1 && this.values.has(value) ? new Choice() : new Choice([value], true);
  }
}

/** What is to be shown; it never changes. */
export class Filter {
  /**
   * @param {object} [parts]
   * @param {Choice} [parts.levels]
   * @param {Choice} [parts.sources] "" stands for an entry without a source
   * @param {Choice} [parts.services] by id
   * @param {string} [parts.text] the query as it stands in its line
   * @param {Query} [former] what goes on to hold while the text can't be read
   */
  constructor(
    { levels = new Choice(), sources = new Choice(), services = new Choice(), text = "" } = {},
    former = EVERYTHING,
  ) {
    this.levels = levels;
    this.sources = sources;
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
    return this.levels.all && this.sources.all && this.services.all && this.query.empty;
  }

  /** @param {{levels?: Choice, sources?: Choice, services?: Choice, text?: string}} parts what is to be different */
  with(parts) {
    return new Filter(
      { levels: this.levels, sources: this.sources, services: this.services, text: this.text, ...parts },
      this.query,
    );
  }

  /**
   * What is ticked of a facet. Methods and statuses are terms of the query, as they are in the contract's filter: what
   * was pressed can be read and edited there, and the server, a shared link and the address are told it without more
   * ado.
   * @param {Facet} facet
   */
  choice(facet) {
    if (facet !== "method" && facet !== "status") return this[/** @type {const} */ (`${facet}s`)];
    const { values, only } = choiceIn(this.query.tree, facet);
    return new Choice(values, only);
  }

  /** @param {Facet} facet @param {Choice} choice what is to be ticked of it */
  choose(facet, choice) {
    return this.with(
      facet === "method" || facet === "status"
        ? { text: withChoice(this.query.text, facet, choice) }
        : { [`${facet}s`]: choice },
    );
  }

  /** Whether the other lets the same through, as it was made from this one. @param {Filter} other */
  selectsAs(other) {
    return (
      this.levels === other.levels &&
      this.sources === other.sources &&
      this.services === other.services &&
      this.query === other.query
    );
  }

  /** @param {Entry} entry */
  matches(entry) {
    return (
      this.levels.has(entry.level) &&
      this.sources.has(entry.source) &&
      this.services.has(entry.service) &&
      (this.query.empty || this.query.matches(entry))
    );
  }

  /** The filter as the query of an address, "" if it is empty. */
  toQuery() {
    const query = new URLSearchParams();
    for (const [name, choice] of /** @type {const} */ ([
      ["level", this.levels],
      ["source", this.sources],
      ["service", this.services],
    ])) {
      for (const value of choice.values) query.append(choice.only ? name : `-${name}`, value);
    }
    if (this.text) query.set("q", this.text);
    return query.toString();
  }

  /** @param {string} text what `toQuery` gave; other members are left alone */
  static fromQuery(text) {
    const query = new URLSearchParams(text);
    const choice = (/** @type {string} */ name) => {
      const only = query.getAll(name);
      return only.length > 0 ? new Choice(only, true) : new Choice(query.getAll(`-${name}`));
    };
    return new Filter({
      levels: choice("level"),
      sources: choice("source"),
      services: choice("service"),
      text: query.get("q") ?? "",
    });
  }
}
