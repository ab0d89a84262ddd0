/** Numbers, times and durations as text. Times are epoch milliseconds. */

/** @typedef {"local" | "utc"} Zone */
/** @typedef {{since: number, until: number}} Day a day of a zone; `until` is no more within it */

const WHOLE = new Intl.NumberFormat("en");
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const TENTHS = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Characters of a time of day. */
const FIGURES = { minutes: 5, seconds: 8, ms: 12 };

/** 1,204 @param {number} value */
export function whole(value) {
  return WHOLE.format(value);
}

/** 1,204 below ten thousand, then 12.3K. @param {number} value */
export function compact(value) {
  return Math.abs(value) < 10_000 ? WHOLE.format(value) : COMPACT.format(value);
}

/** Entries per second: 0, 0.4, 12.5, 340, 12.3K. @param {number} value */
export function rate(value) {
  if (value <= 0) return "0";
  if (value < 0.1) return "<0.1";
  return value < 99.95 ? TENTHS.format(value) : compact(Math.round(value));
}

/** A share of 1: 0%, <0.1%, 2.1%, 48%. @param {number} value */
export function percent(value) {
  const hundredths = value * 100;
  if (hundredths <= 0) return "0%";
  if (hundredths < 0.1) return "<0.1%";
  return `${hundredths < 9.95 ? TENTHS.format(hundredths) : WHOLE.format(Math.round(hundredths))}%`;
}

/**
 * One thing, many things: "1 watcher", "2,000 watchers".
 * @param {number} value
 * @param {string} one
 * @param {string} [many]
 */
export function count(value, one, many = `${one}s`) {
  return `${WHOLE.format(value)} ${value === 1 ? one : many}`;
}

/** A duration: 8 ms, 1.2 s, 42 s, 3 min, 5 h, 2 d. @param {number} ms */
export function duration(ms) {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9_950) return `${TENTHS.format(ms / SECOND)} s`;
  if (ms < MINUTE - SECOND / 2) return `${Math.round(ms / SECOND)} s`;
  if (ms < MINUTE) return "1 min";
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${WHOLE.format(Math.floor(ms / DAY))} d`;
}

/**
 * How long ago, in whole steps; a clock that is a little ahead reads "just now".
 * @param {number} at
 * @param {number} now
 */
export function ago(at, now) {
  const passed = now - at;
  if (passed < 2 * SECOND) return "just now";
  if (passed < MINUTE) return `${Math.floor(passed / SECOND)} s ago`;
  return `${duration(passed)} ago`;
}

/** Time left, as a clock: 12:41, 1:02:03; 0:00 when over. @param {number} ms */
export function countdown(ms) {
  const seconds = Math.max(0, Math.ceil(ms / SECOND));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

/** Time of day: 10:30:00.112 @param {number} at @param {Zone} zone */
export function clock(at, zone) {
  const { hour, minute, second, ms } = parts(at, zone);
  return `${pad(hour)}:${pad(minute)}:${pad(second)}.${pad(ms, 3)}`;
}

/**
 * Time of day, with its date before it where that is another day's than the one that is understood:
 * 10:30:00.112, 2026-11-22 10:30:00.112
 * @param {number} at
 * @param {Zone} zone
 * @param {Day} day that is understood: today's, or that of a time that stands before it
 * @param {"minutes" | "seconds" | "ms"} [precision]
 */
export function moment(at, zone, day, precision = "ms") {
  const time = clock(at, zone).slice(0, FIGURES[precision]);
  return isWithin(day, at) ? time : `${date(at, zone)} ${time}`;
}

/**
 * From one moment to another: 10:30:00–10:35:00
 * @param {Day} stretch
 * @param {Zone} zone
 * @param {Day} day as in `moment`
 */
export function stretch({ since, until }, zone, day) {
  const untilDay = isWithin(day, since) ? day : dayOf(since, zone);
  return `${moment(since, zone, day, "seconds")}–${moment(until, zone, untilDay, "seconds")}`;
}

/**
 * The day around a time, of 23 or 25 hours where clocks are changed.
 * @param {number} at
 * @param {Zone} zone
 * @returns {Day}
 */
export function dayOf(at, zone) {
  if (zone === "utc") {
    const since = Math.floor(at / DAY) * DAY;
    return { since, until: since + DAY };
  }
  const midnight = new Date(at);
  const since = midnight.setHours(0, 0, 0, 0);
  midnight.setDate(midnight.getDate() + 1);
  return { since, until: midnight.setHours(0, 0, 0, 0) };
}

/** Whether a time is of that day. @param {Day} day @param {number} at */
export function isWithin({ since, until }, at) {
  return at >= since && at < until;
}

/** 2026-11-22 @param {number} at @param {Zone} zone */
export function date(at, zone) {
  const { year, month, day } = parts(at, zone);
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
}

/** 2026-11-22 10:30 @param {number} at @param {Zone} zone */
export function dateTime(at, zone) {
  return `${date(at, zone)} ${clock(at, zone).slice(0, FIGURES.minutes)}`;
}

/** With its zone, for titles: 2026-11-22 10:30:00.112 UTC+01:00 @param {number} at @param {Zone} zone */
export function exactTime(at, zone) {
  return `${date(at, zone)} ${clock(at, zone)} ${zoneName(at, zone)}`;
}

/** UTC, UTC+01:00, UTC-09:30 @param {number} at @param {Zone} zone */
export function zoneName(at, zone) {
  const minutes = zone === "utc" ? 0 : -new Date(at).getTimezoneOffset();
  if (minutes === 0) return "UTC";
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** @param {number} at @param {Zone} zone */
function parts(at, zone) {
  const date = new Date(at);
  return zone === "utc"
    ? {
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
        hour: date.getUTCHours(),
        minute: date.getUTCMinutes(),
        second: date.getUTCSeconds(),
        ms: date.getUTCMilliseconds(),
      }
    : {
        year: date.getFullYear(),
        month: date.getMonth() + 1,
        day: date.getDate(),
        hour: date.getHours(),
        minute: date.getMinutes(),
        second: date.getSeconds(),
        ms: date.getMilliseconds(),
      };
}

/** @param {number} value @param {number} [width] */
function pad(value, width = 2) {
  return String(value).padStart(width, "0");
}
