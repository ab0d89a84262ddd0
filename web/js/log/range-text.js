/** Over what the page's figures are counted, in words. */

import { count, duration } from "../lib/format.js";

const LEAST = 60_000; // ms: what changes each second is not read

/**
 * @typedef {object} Counted
 * @property {number} oldestAt when the oldest row that is kept came, epoch milliseconds; 0: there is none
 * @property {number} serverTime now, epoch milliseconds
 * @property {number} earlierLeft entries from before these that are on their way
 */

/**
 * The time that they cover: "last 24 min"; "" where there is nothing to cover.
 * @param {Counted} counted
 */
export function rangeText({ oldestAt, serverTime }) {
  return oldestAt > 0 ? `last ${duration(Math.max(LEAST, serverTime - oldestAt))}` : "";
}

/** What they lack as yet: "4,176 older entries, loading"; "" where it is nothing. @param {Counted} counted */
export function lackText({ earlierLeft }) {
  return earlierLeft > 0 ? `${count(earlierLeft, "older entry", "older entries")}, loading` : "";
}

/** Both: "last 3 min; 4,176 older entries, loading". @param {Counted} counted */
export function overText(counted) {
  return [rangeText(counted), lackText(counted)].filter(Boolean).join("; ");
}
