/**
 * What belongs to one request or trace, in the order of time, whatever services it went through: when each entry was
 * written, what it tells a duration of as a bar from its beginning, how long nothing was written, what is missing.
 */

import { hasFailed } from "../../entry/failure.js";

/** @typedef {import("../../entry/entry.js").Entry} Entry */
/** @typedef {import("../../log/ring.js").GapRow} GapRow */
/**
 * @typedef {object} Moment times in epoch milliseconds, by the server's clock as far as that can be told
 * @property {Entry | GapRow} row
 * @property {number} start of what it tells of; where it tells no duration, when it was written
 * @property {number} at when it was written
 * @property {number} quiet milliseconds in which nothing of this is told before it, neither written nor within a bar
 * @property {boolean} failed
 */
/** @typedef {{moments: Moment[], since: number, until: number, failures: number, services: number}} Timeline */

const MARGIN = 1000; // ms around it, in which missing entries may be of it

/**
 * @param {readonly Entry[]} entries in any order
 * @param {readonly GapRow[]} gaps of the log
 * @param {(entry: Entry) => number} writtenAt
 * @returns {Timeline} `since` and `until` 0 where there is no entry
 */
export function requestTimeline(entries, gaps, writtenAt) {
  const told = entries.map((row) => {
    const at = writtenAt(row);
    return { row, start: at - Math.max(0, row.duration), at, quiet: 0, failed: hasFailed(row) };
  });
  if (told.length === 0) return { moments: [], since: 0, until: 0, failures: 0, services: 0 };
  const since = Math.min(...told.map(({ start }) => start));
  const until = Math.max(...told.map(({ at }) => at));
  const missing = gaps
    .filter(({ at }) => at >= since - MARGIN && at <= until + MARGIN)
    .map((row) => ({ row, start: row.at, at: Math.min(Math.max(row.at, since), until), quiet: 0, failed: false }));
  /** @type {Moment[]} */
  const moments = [...told, ...missing].sort((one, other) => one.at - other.at || inStream(one.row, other.row));
  for (const [index, moment] of moments.entries()) moment.quiet = quietBefore(moments, index);
  return {
    moments,
    since,
    until,
    failures: told.filter(({ failed }) => failed).length,
    services: new Set(entries.map(({ service }) => service)).size,
  };
}

/** Those of one stream as they are numbered. @param {Entry | GapRow} one @param {Entry | GapRow} other */
function inStream(one, other) {
  return one.kind === "entry" && other.kind === "entry" && one.service === other.service && one.epoch === other.epoch
    ? one.seq - other.seq
    : 0;
}

/**
 * From whatever was written or under way before, to the beginning of this one. A bar that takes in everything hides no
 * silence within.
 * @param {readonly Moment[]} moments
 * @param {number} index
 */
function quietBefore(moments, index) {
  const { start } = moments[index];
  const before = moments[index - 1];
  return before ? Math.max(0, start - before.at) : 0;
}
