/**
 * What the reader does not want to see, whatever the filter: each mute is a query, whose entries are left out. They are
 * counted, each under the first mute that it falls under.
 */

import { Query, readQuery } from "../query/query.js";

/** @typedef {import("../entry/entry.js").Entry} Entry */
/**
 * @typedef {object} Mute
 * @property {string} text its query
 * @property {string} service id of the service whose entries it is about
 * @property {boolean} always whether it holds from now on, and not for this session only
 */

/** A list of mutes; it never changes. */
export class Mutes {
  #tests;

  /**
   * @param {readonly Mute[]} [list]
   * @param {boolean} [several] whether entries say of which service they are
   */
  constructor(list = [], several = false) {
    const read = list.map((mute) => ({ mute, query: readQuery(mute.text) }));
    const meant = read.flatMap(({ mute, query }) => (query instanceof Query && !query.empty ? [{ mute, query }] : []));
    /** Those that can be read and leave anything out. @type {readonly Mute[]} */
    this.list = meant.map(({ mute }) => mute);
    this.#tests = meant.map(
      ({ mute: { service }, query }) =>
        (/** @type {Entry} */ entry) =>
          (!several || entry.service === service) && query.matches(entry),
    );
  }

  /** Which of them leaves an entry out; -1: none does. @param {Entry} entry */
  indexOf(entry) {
    for (let index = 0; index < this.#tests.length; index++) if (this.#tests[index](entry)) return index;
    return -1;
  }
}

/** Nothing is muted. */
export const NO_MUTES = new Mutes();
