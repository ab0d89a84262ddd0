/** Over what the page's figures are counted, in words. */

import { count, dayOf, duration, moment, stretch, whole } from "../lib/format.js";
import { WHOLE } from "./span.js";

const LEAST = 60_000; // ms: what changes each second is not read
const [HOUR, DAY] = [3_600_000, 86_400_000]; // ms

/** @typedef {import("../lib/format.js").Zone} Zone */
/**
 * How far what is fetched of the server's history has come.
 * @typedef {object} Standing
 * @property {"loading" | "rest" | "looking" | "halted" | "busy" | "full" | "end"} state loading: what comes by itself
 *   is on its way; rest: there may be more; end: there is not
 * @property {number} further entries in history that were not looked at
 * @property {boolean} partial whether older rows are only those that the filter or a time lets through
 */
/**
 * @typedef {object} Counted
 * @property {number} oldestAt when the oldest row that is kept came, epoch milliseconds; 0: there is none
 * @property {number} serverTime now, epoch milliseconds
 * @property {number} earlierLeft entries from before these that are on their way
 * @property {number} [wholeSince] since when nothing is left out
 * @property {{standing: Standing}} [history]
 * @property {import("./span.js").Span} [span] of which alone something is shown
 */

/**
 * The time that they cover: "last 24 min"; "" where there is nothing to cover.
 * @param {Counted} counted
 * @param {Zone} [zone]
 */
export function rangeText({ oldestAt, serverTime, wholeSince = 0, history, span = WHOLE }, zone = "local") {
  if (span.timed) return spanText(span, zone, serverTime);
  if (oldestAt === 0) return "";
  const last = (/** @type {number} */ at) => `last ${duration(Math.max(LEAST, serverTime - at))}`;
  if (!history?.standing.partial || oldestAt >= wholeSince) return last(oldestAt);
  if (history.standing.state === "end") return `${last(wholeSince)}, and all that matches in history`;
  return `${last(wholeSince)}, and what matches since ${moment(oldestAt, zone, dayOf(serverTime, zone), "minutes")}`;
}

/**
 * A time that was chosen: "last hour", "since 10:30:00", "10:30:00–10:35:00".
 * @param {import("./span.js").Span} span
 * @param {Zone} zone
 * @param {number} now epoch milliseconds
 */
export function spanText({ since, until, ago }, zone, now) {
  const today = dayOf(now, zone);
  if (ago > 0) return `last ${ago === HOUR ? "hour" : ago === DAY ? "day" : duration(ago)}`;
  if (until === Infinity) return `since ${moment(since, zone, today, "seconds")}`;
  if (since === -Infinity) return `until ${moment(until, zone, today, "seconds")}`;
  return stretch({ since, until }, zone, today);
}

/** What they lack as yet: "4,176 older entries, loading"; "" where it is nothing. @param {Counted} counted */
export function lackText({ earlierLeft, history }) {
  if (earlierLeft > 0) return `${count(earlierLeft, "older entry", "older entries")}, loading`;
  if (!history) return "";
  const { state, further } = history.standing;
  const more = count(further, "older entry", "older entries");
  switch (state) {
    case "looking":
      return further > 0 ? `looking through history, ${whole(further)} to go` : "looking through history";
    case "busy":
      return "the server is busy, history is asked again";
    case "halted":
      return `${more} not looked at`;
    case "full":
      return "more is in history than this page holds at once";
    case "rest":
      return further > 0 ? `${more} in history` : "";
    default:
      return "";
  }
}

/** Both: "last 3 min; 4,176 older entries, loading". @param {Counted} counted @param {Zone} [zone] */
export function overText(counted, zone) {
  return [rangeText(counted, zone), lackText(counted)].filter(Boolean).join("; ");
}
