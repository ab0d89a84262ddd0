/** What a chart of entries over time says in words. */

import { clock, count, duration, whole } from "../lib/format.js";
import { summed } from "../log/histogram.js";

/** @typedef {import("../log/histogram.js").Bars} Bars */
/** @typedef {import("./time-axis.js").TimeAxis} TimeAxis */
/** @typedef {import("../lib/format.js").Zone} Zone */

/** @param {number} second epoch seconds @param {Zone} zone */
export function timeOf(second, zone) {
  return clock(second * 1000, zone).slice(0, 8);
}

/**
 * All of it.
 * @param {Bars} bars
 * @param {TimeAxis} axis
 * @param {Zone | null} still null: it moves on, and so is told by its length
 */
export function wholeWords(bars, axis, still) {
  const { entries } = summed(bars);
  const most = bars.heights.reduce((highest, height) => Math.max(highest, height), 0);
  const when = still ? `${timeOf(axis.since, still)}–${timeOf(axis.until, still)}` : `last ${duration((axis.until - axis.since) * 1000)}`;
  const rate = axis.step === 1 ? "a second" : `in ${duration(axis.step * 1000)}`;
  return `${when} · ${entries === 0 ? "nothing" : `${count(entries, "entry", "entries")}, at most ${whole(most)} ${rate}`}`;
}

/**
 * A stretch of it, with every level that occurs and what else does.
 * @param {Bars} bars
 * @param {TimeAxis} axis
 * @param {{since: number, until: number}} stretch epoch seconds
 * @param {Iterable<string>} besides
 * @param {Zone} zone
 */
export function stretchWords(bars, axis, { since, until }, besides, zone) {
  const [from, end] = [axis.barOf(since), axis.barOf(until)];
  const { entries, levels } = summed(bars, Math.max(0, from), Math.max(0, end));
  return [
    until - since > axis.step ? `${timeOf(since, zone)}–${timeOf(until, zone)}` : timeOf(since, zone),
    count(entries, "entry", "entries"),
    ...levels.filter((each) => each.count > 0).map((each) => `${whole(each.count)} ${each.level}`),
    ...besides,
  ].join(" · ");
}
