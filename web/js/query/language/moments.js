/**
 * Moments of a query: `since:5m`, `time>14:05`, `time<"2026-11-28 23:00"`: which time of receipt each means. A time
 * without a zone is UTC; without a day it is today's. The server reads them alike (`query/moments.py`).
 */

/** @type {ReadonlyMap<string, number>} */
const UNITS = new Map([
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
  ["w", 604_800_000],
]);
const SPAN = /^(\d{1,9})([smhdw])$/;
const CLOCK = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?$/;
const DAY = /^(\d{4}-\d\d-\d\d)(?:[T ](([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * @param {string} text `5m`, in any case
 * @param {number} now epoch milliseconds
 * @returns {number | null} so long ago, not before 1970; null for what is no span
 */
export function ago(text, now) {
  const [, count, unit] = SPAN.exec(text.toLowerCase()) ?? [];
  return count === undefined ? null : Math.max(0, now - Number(count) * (UNITS.get(unit) ?? 0));
}

/**
 * @param {string} text `14:05`, `2026-11-28`, `2026-11-28 23:00`
 * @param {number} now epoch milliseconds
 * @returns {number | null} epoch milliseconds; null for what is no time
 */
export function moment(text, now) {
  if (CLOCK.test(text)) return at(new Date(now).toISOString().slice(0, 10), text, "Z");
  const [, day, clock, , , , zone] = DAY.exec(text.toUpperCase()) ?? [];
  if (day === undefined || at(day, "00:00", "Z") === null) return null;
  return at(day, clock ?? "00:00", zone ?? "Z");
}

/** @param {string} day @param {string} clock @param {string} zone @returns {number | null} */
function at(day, clock, zone) {
  const time = Date.parse(`${day}T${clock}${zone}`);
  if (Number.isNaN(time)) return null;
  const date = new Date(time);
  const year = date.getUTCFullYear();
  // A browser takes the 30th of February for the 2nd of March.
  const isDay = zone !== "Z" || date.toISOString().slice(0, 10) === day;
  return isDay && year >= 1 && year <= 9999 && !day.startsWith("0000") ? time : null;
}
