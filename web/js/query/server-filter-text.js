/** The page's filter as the server is told it: for a shared link, or where the server is to do the filtering. */

/** @typedef {import("./filter.js").Filter} Filter */
/**
 * @typedef {{ q?: string }} WireFilter as the contract has it, without its lists of levels and sources: what is absent
 * leaves nothing out
 */

/**
 * All of it is in the query; an empty one is none.
 * @param {Filter} filter
 * @returns {WireFilter}
 */
export function wireFilter({ query: { text } }) {
  const q = text.trim();
  return q ? { q } : {};
}

/** @typedef {{q?: string, from?: string, to?: string}} AskedQuery */
/**
 * The same as parameters of a call, within a time.
 * @param {{filter: Filter | null, since: number, until: number}} asked filter null: everything; epoch milliseconds,
 *   -Infinity and Infinity where there is no bound
 * @returns {AskedQuery}
 */
export function askedOf({ filter, since, until }) {
  return {
    ...(filter && wireFilter(filter)),
    ...(since > -Infinity && { from: new Date(since).toISOString() }),
    ...(until < Infinity && { to: new Date(until).toISOString() }),
  };
}
