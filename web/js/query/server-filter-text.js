/** The page's filter as the server is told it: for a shared link, or where the server is to do the filtering. */

import { LEVELS } from "../entry/entry.js";

/** @typedef {import("./filter.js").Filter} Filter */
/**
 * @typedef {{ levels?: string[], sources?: string[], q?: string }} WireFilter as the contract has it: what is absent
 * leaves nothing out
 */

/**
 * Levels and sources that are wanted go into the lists of the contract's filter; sources that are not wanted become
 * terms of its query.
 * @param {Filter} filter
 * @returns {WireFilter}
 */
export function wireFilter({ levels, sources, query: { text } }) {
  const unwanted = sources.only
    ? []
    : [...sources.values].map((source) => (source === "" ? "source:*" : `-source:${JSON.stringify(source)}`));
  const wanted = text.trim();
  const q = [...(wanted && unwanted.length > 0 ? [`(${wanted})`] : wanted ? [wanted] : []), ...unwanted].join(" ");
  return {
    ...(!levels.all && { levels: LEVELS.filter((level) => levels.has(level)) }),
    ...(sources.only && { sources: [...sources.values] }),
    ...(q && { q }),
  };
}

/** @typedef {{level?: string, source?: string[], q?: string, from?: string, to?: string}} AskedQuery */
/**
 * The same as parameters of a call, within a time.
 * @param {{filter: Filter | null, since: number, until: number}} asked filter null: everything; epoch milliseconds,
 *   -Infinity and Infinity where there is no bound
 * @returns {AskedQuery}
 */
export function askedOf({ filter, since, until }) {
  const { levels, sources, q } = filter ? wireFilter(filter) : {};
  return {
    ...(levels && { level: levels.join(",") }),
    ...(sources && { source: sources }),
    ...(q && { q }),
    ...(since > -Infinity && { from: new Date(since).toISOString() }),
    ...(until < Infinity && { to: new Date(until).toISOString() }),
  };
}

/**
 * The same for people, in one line.
 * @param {Filter} filter
 */
export function describeFilter(filter) {
  const { levels, sources, q } = wireFilter(filter);
  const named = sources?.map((source) => source || "no source");
  return [levels?.join(", "), named?.join(", "), q].filter(Boolean).join(" · ");
}
