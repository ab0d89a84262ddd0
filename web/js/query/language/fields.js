/** The fields that a query can name. */

export const LEVEL_RANKS = new Map([
  ["debug", 0],
  ["info", 1],
  ["warn", 2],
  ["error", 3],
]);

/**
 * @typedef {"level" | "message" | "source" | "method" | "path" | "route" | "status" | "duration" | "request" | "trace"
 * | "since" | "time" | "metadata"} FieldName
 */

/** With what each holds, for people. @type {ReadonlyMap<FieldName, string>} */
export const FIELDS = new Map([
  ["level", "error, warn, info, debug"],
  ["source", "what wrote the entry"],
  ["method", "GET, POST, …"],
  ["path", "part of the path"],
  ["route", "path with ids folded"],
  ["status", "404, 5xx, >=500"],
  ["duration", "milliseconds, or 1.5s"],
  ["message", "part of the message"],
  ["request", "id of a request"],
  ["trace", "id of a trace"],
  ["since", "5m, 2h, 7d: how long ago"],
  ["time", ">14:05, in UTC"],
  ["metadata", "a key: metadata.userId"],
]);

/** @type {ReadonlyMap<string, FieldName>} */
const ALIASES = new Map([
  ["endpoint", "path"],
  ["statuscode", "status"],
]);

/** Where `:` asks for the whole value and not for a part of it. @type {ReadonlySet<FieldName>} */
export const WHOLE = new Set(["level", "source", "method", "route", "request", "trace"]);

/**
 * The field of a name.
 * @param {string} name in any case
 * @returns {FieldName | undefined}
 */
export function fieldNamed(name) {
  const lower = name.toLowerCase();
  return (
    ALIASES.get(lower) ?? (FIELDS.has(/** @type {FieldName} */ (lower)) ? /** @type {FieldName} */ (lower) : undefined)
  );
}

/**
 * @param {string} name that is none
 * @returns {FieldName | undefined} the field that was perhaps meant
 */
export function fieldLike(name) {
  const lower = name.toLowerCase();
  return [...FIELDS.keys()].find((field) => distance(field, lower) <= Math.min(2, field.length - 3));
}

/** How many letters to change, add, leave out or swap. @param {string} a @param {string} b */
function distance(a, b) {
  let [before, last] = [/** @type {number[]} */ ([]), Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + Number(a[i - 1] !== b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}
