/** A page of entries as rows, oldest first, with its gaps where they lie. */

import { gapCause } from "../gap-cause.js";

/** @typedef {import("../../log/ring.js").Row} Row */
/** @typedef {import("../../log/ring.js").GapRow} GapRow */
/** @typedef {import("../messages.js").Gap} Gap */
/** @typedef {import("../messages.js").Page} Page */

/** Among the gaps that have their row: all that was before what the server keeps. */
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
    const name = `${gap.from}-${gap.to}`;
    if (told.has(name)) continue;
    // There is no entry within it: it stands above the first one that is not before it.
    const found = rows.findIndex((row) => row.kind === "entry" && row.seq >= Number(gap.from));
    const place = found < 0 ? rows.length : found;
    const follower = rows[place];
    const at = follower?.kind === "entry" ? follower.receivedAt : newer;
    if (at === Infinity) continue;
    told.add(name);
    if (isBeginning(gap, kept)) told.add(BEGINNING);
    rows.splice(place, 0, gapRow(gap, { service, at, begins: isBeginning(gap, kept) }));
  }
  return rows;
}

/** Whether it is all that was before what the server keeps. @param {Gap} gap @param {Page["kept"]} kept */
export function isBeginning({ from, to }, kept) {
  return from === 1 && to !== null && to === kept.oldest - 1;
}

/**
 * @param {Gap} gap
 * @param {{service: string, at: number, begins: boolean}} place
 * @returns {GapRow}
 */
function gapRow({ from, to, count, reason }, { service, at, begins }) {
  const cause = begins ? "unkept" : gapCause(reason);
  return { kind: "gap", cause, from, to, count, at, ...(service && { service }) };
}

/**
 * A gap's row is gone: it may be told again.
 * @param {Set<string>} told
 * @param {GapRow} row
 */
export function forgetGap(told, { cause, from, to }) {
  told.delete(`${from}-${to}`);
  if (cause === "unkept" || cause === "off") told.delete(BEGINNING);
}
