/** What a chart of entries over time says in words. */

import { count, duration, moment, stretch, whole } from "../lib/format.js";
import { summed } from "../log/statistics/histogram.js";

/** @typedef {import("../log/statistics/histogram.js").Bars} Bars */
/** @typedef {import("./time-axis.js").TimeAxis} TimeAxis */
/**
 * @typedef {{zone: import("../lib/format.js").Zone, today: import("../lib/format.js").Day}} Moments how times are said
 */

/**
 * What stands below a bar: 10:30, 10:30:05, of another day than today 11-28 10:30.
 * @param {number} second epoch seconds
 * @param {Moments} moments
 */
export function axisTime(second, { zone, today }) {
  const time = moment(second * 1000, zone, today, "seconds").replace(/:00$/, "");
  return time.replace(/^\d+-/, ""); // a year, for which there is no room
}

/**
 * All of it.
 * @param {Bars} bars
 * @param {TimeAxis} axis
 * @param {Moments | null} still null: it moves on, and so is told by its length
 */
export function wholeWords(bars, axis, still) {
  const { entries } = summed(bars);
  const most = bars.heights.reduce((highest, height) => Math.max(highest, height), 0);
  const when = still ? between(axis, still) : `last ${duration((axis.until - axis.since) * 1000)}`;
  const rate = axis.step === 1 ? "a second" : `in ${duration(axis.step * 1000)}`;
  if (entries === 0) return `${when} · nothing`;
  return `${when} · ${count(entries, "entry", "entries")}, at most ${whole(most)} ${rate}`;
}

/**
 * A stretch of it, with every level that occurs and what else does.
 * @param {Bars} bars
 * @param {TimeAxis} axis
 * @param {{since: number, until: number}} stretch epoch seconds
 * @param {Iterable<string>} besides
 * @param {Moments} moments
 */
export function stretchWords(bars, axis, { since, until }, besides, moments) {
  const [from, end] = [axis.barOf(since), axis.barOf(until)];
  const { entries, levels } = summed(bars, Math.max(0, from), Math.max(0, end));
  return [
    until - since > axis.step
      ? between({ since, until }, moments)
      : moment(since * 1000, moments.zone, moments.today, "seconds"),
    count(entries, "entry", "entries"),
    ...levels.filter((each) => each.count > 0).map((each) => `${whole(each.count)} ${each.level}`),
    ...besides,
  ].join(" · ");
}

/** @param {{since: number, until: number}} seconds @param {Moments} moments */
function between({ since, until }, { zone, today }) {
  return stretch({ since: since * 1000, until: until * 1000 }, zone, today);
}
