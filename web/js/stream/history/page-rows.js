/** A page of entries as rows, oldest first, with its gaps where they lie. */

import { gapCause } from "../gap-cause.js";

/** @typedef {import("../../log/ring.js").Row} Row */
/** @typedef {import("../../log/ring.js").GapRow} GapRow */
/** @typedef {import("../messages.js").Gap} Gap */
/** @typedef {import("../messages.js").Page} Page */

/** Among the gaps that have their row: the one that the log begins with, before what the server keeps. */
export const BEGINNING = "beginning";

/**
 * @param {Page} page its entries are put into the order of the rows
 * @param {object} options
 * @param {string} options.service id that the rows carry; "" where there is one only
 * @param {Set<string>} options.told gaps that have their row, which a page at their other end tells of again
 * @param {number} options.newer when the row came that follows the page; Infinity: there is none, and so nothing that a
 *   gap could stand above
 * @returns {Row[]}
 */
export function pageRows({ entries, gaps, kept }, { service, told, newer }) {
  /** @type {Row[]} */
  const rows = entries.reverse();
  if (service) for (const row of rows) row.service = service;
  for (const gap of [...gaps].sort((one, other) => Number(other.from) - Number(one.from))) {
    const begins = isBeginning(gap, kept);
    const cause = begins && gap.reason !== "removed" ? "unkept" : gapCause(gap.reason);
    const name = nameOf({ ...gap, cause });
    if (told.has(name)) continue;
    // There is no entry within it: it stands above the first one that is not before it, and above a later gap there.
    const found = rows.findIndex((row) => numberOf(row) >= Number(gap.from));
    const place = found < 0 ? rows.length : found;
    const follower = rows[place];
    const at = follower?.kind === "entry" ? follower.receivedAt : follower?.kind === "gap" ? follower.at : newer;
    if (at === Infinity) continue;
    told.add(name);
    if (begins) told.add(BEGINNING);
    const { from, to, count } = gap;
    rows.splice(place, 0, { kind: "gap", cause, from, to, count, at, ...(service && { service }) });
  }
  return rows;
}

/** @param {Row} row */
function numberOf(row) {
  return row.kind === "entry" ? row.seq : row.kind === "gap" ? Number(row.from) : Number.NaN;
}

/** Whether the log begins with it, before what the server keeps. @param {Gap} gap @param {Page["kept"]} kept */
function isBeginning({ from, to }, kept) {
  return from === 1 && to !== null && to < kept.oldest;
}

/** @param {Pick<GapRow, "cause" | "from" | "to">} gap */
function nameOf({ cause, from, to }) {
  return `${cause} ${from}-${to}`;
}

/**
 * A gap's row is gone: it may be told again.
 * @param {Set<string>} told
 * @param {GapRow} gap
 */
export function forgetGap(told, gap) {
  told.delete(nameOf(gap));
  if (gap.from === 1) told.delete(BEGINNING);
}
