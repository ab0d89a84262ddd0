/**
 * What differs between two samples of one route or of one kind of error, of windows of one length, and whether chance
 * alone would do that.
 * A difference is named only if it is large enough to matter, and holds against all the others that were looked for.
 */

import { dispersionOf, rankTest, rateTest, shareTest } from "../../lib/statistics/significance.js";
import { KindSample, RouteSample } from "./samples.js";
import { OTHER_KINDS } from "../errors/error-kind.js";
import { OTHERS } from "../../entry/http-route.js";

/**
 * @typedef {"failing" | "failing more" | "new" | "slower" | "more" | "fewer" | "gone" | "faster" | "failing less" |
 *   "mended"} Change
 */
/** @typedef {{change: Change | "", p: number}} Finding `change` "": it is too small to matter, whatever its p */

/** @typedef {RouteSample | KindSample} Counted */

/** So many of a kind on each side, before two are compared. */
export const ENOUGH = 20;
const MUCH = 2; // so many times as often, or as great a share, is more
const SLOWER = 1.5; // so many times as long is slower
const UNHEARD = 3; // of a route that nobody had heard of, before it is called new
const SLICES = 16; // of a window, for how much its counts vary

/** No entry at all. */
export const NOTHING = new RouteSample(OTHERS);
/** Likewise. */
export const NO_ERROR = new KindSample(OTHER_KINDS);

/**
 * Everything that was tested.
 * @param {RouteSample} now
 * @param {RouteSample} was
 * @param {object} windows
 * @param {number} windows.width milliseconds, of each of the two
 * @param {number} windows.unheard milliseconds of the log before both of them, in which this route does not appear; 0
 *   if it does
 * @returns {Finding[]}
 */
export function findings(now, was, { width, unheard }) {
  const found = [];
  if (Math.max(now.count, was.count) >= ENOUGH) found.push(rate(now, was, width));
  else found.push(...unheardOf(now, was, width, unheard));
  if (Math.min(now.count, was.count) >= ENOUGH) found.push(failures(now, was));
  if (Math.min(now.durations.total, was.durations.total) >= ENOUGH) found.push(latency(now, was));
  return found;
}

/**
 * Everything that was tested of a kind of error: it has to differ both in its number and in its share of all entries,
 * so that neither more traffic nor less makes a difference.
 * @param {KindSample} now
 * @param {KindSample} was
 * @param {object} windows as in `findings`
 * @param {number} windows.width
 * @param {number} windows.unheard
 * @param {number} windows.entries of all, in the window now
 * @param {number} windows.before likewise in the one before
 * @returns {Finding[]}
 */
export function errorFindings(now, was, { width, unheard, entries, before }) {
  if (Math.max(now.count, was.count) < ENOUGH) return unheardOf(now, was, width, unheard);
  const [share, shareBefore] = [now.count * before, was.count * entries];
  const more = now.count >= was.count * MUCH && share >= shareBefore * MUCH;
  const fewer = was.count >= now.count * MUCH && shareBefore >= share * MUCH;
  const change = more ? (was.count === 0 ? "new" : "more") : fewer ? (now.count === 0 ? "gone" : "fewer") : "";
  // Errors come in bursts: what counts is how many bursts there are.
  const dispersion = change ? dispersionOf([now.slicesOf(SLICES, entries), was.slicesOf(SLICES, before)]) : 1;
  return [{ change, p: shareTest(now.count, entries, was.count, before, dispersion) }];
}

/**
 * How many there are of a kind of error, where that is too few to tell; 0: there are enough.
 * @param {KindSample} now
 * @param {KindSample} was
 */
export function tooFewErrors(now, was) {
  const most = Math.max(now.count, was.count);
  return most < ENOUGH ? most : 0;
}

/**
 * How many entries there are on the smaller side, where that is too few to tell; 0: there are enough. What has come on
 * one side alone is told by that one.
 * @param {RouteSample} now
 * @param {RouteSample} was
 */
export function tooFew(now, was) {
  const [least, most] = [now.count, was.count].sort((one, other) => one - other);
  if (most < ENOUGH) return most;
  return least < ENOUGH ? Math.max(1, least) : 0;
}

/**
 * Of what nobody had heard of before: it fell into the last part of the log, by chance each time with the share that
 * this has. What comes at once came one time.
 * @param {Counted} now
 * @param {Counted} was
 * @param {number} width
 * @param {number} unheard
 * @returns {Finding[]} none: it was heard of, or too seldom yet
 */
function unheardOf(now, was, width, unheard) {
  if (unheard <= 0 || was.count > 0) return [];
  const times = now.slices(SLICES, width).filter((count) => count > 0).length;
  return times >= UNHEARD ? [{ change: "new", p: (width / (2 * width + unheard)) ** times }] : [];
}

/** @param {Counted} now @param {Counted} was @param {number} width @returns {Finding} */
function rate(now, was, width) {
  const [more, fewer] = [now.count >= was.count * MUCH, was.count >= now.count * MUCH];
  const change = more ? (was.count === 0 ? "new" : "more") : fewer ? (now.count === 0 ? "gone" : "fewer") : "";
  const dispersion = change ? dispersionOf([now.slices(SLICES, width), was.slices(SLICES, width)]) : 1;
  return { change, p: rateTest(now.count, was.count, dispersion) };
}

/** @param {RouteSample} now @param {RouteSample} was @returns {Finding} */
function failures(now, was) {
  const [share, before] = [now.errors / now.count, was.errors / was.count];
  const change =
    share > before && share >= before * MUCH
      ? before === 0
        ? "failing"
        : "failing more"
      : before > share && before >= share * MUCH
        ? share === 0
          ? "mended"
          : "failing less"
        : "";
  return { change, p: shareTest(now.errors, now.count, was.errors, was.count) };
}

/** @param {RouteSample} now @param {RouteSample} was @returns {Finding} */
function latency(now, was) {
  const { p, higher } = rankTest(now.durations.counts, was.durations.counts);
  const longer = (/** @type {RouteSample} */ one, /** @type {RouteSample} */ other) =>
    [0.5, 0.95].some((share) => one.durations.quantile(share) >= other.durations.quantile(share) * SLOWER);
  return { change: higher > 0 && longer(now, was) ? "slower" : higher < 0 && longer(was, now) ? "faster" : "", p };
}
