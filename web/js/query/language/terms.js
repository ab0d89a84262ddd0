/** What a term of a query means: a field, how to compare, with what. `docs/query.md` tells it for people. */

import { QueryError } from "./error.js";
import { fieldLike, fieldNamed, LEVEL_RANKS, WHOLE } from "./fields.js";
import { ago, moment } from "./moments.js";
import { compared, exact } from "./numbers.js";
import { compiled, Refused } from "./regex.js";
import { parts } from "./tokenizer.js";
import { valueFor } from "../values.js";

/** @typedef {import("./tokenizer.js").Token} Token */
/** @typedef {import("./fields.js").FieldName} FieldName */
/** @typedef {import("../values.js").Value} Value */
/** @typedef {(entry: import("../../entry/entry.js").Entry) => boolean} Test */
/**
 * @typedef {{kind: "term", field: FieldName, path: string[], op: string, value: string, by: Token["kind"], matches:
 * Test, size: number, from: number, to: number}} Term `size` is its expression's, or 0
 */
/** @typedef {{kind: "text", text: string, from: number, to: number}} Text */
/** @typedef {{kind: "pattern", pattern: RegExp, size: number, from: number, to: number}} Pattern */

/** Fields that an expression can't be in. @type {ReadonlySet<FieldName>} */
const NOT_TEXT = new Set(["level", "status", "duration", "since", "time"]);

/** @type {ReadonlyMap<string, (a: number, b: number) => boolean>} */
const COMPARE = new Map([
  [">", (a, b) => a > b],
  [">=", (a, b) => a >= b],
  ["<", (a, b) => a < b],
  ["<=", (a, b) => a <= b],
  ["=", (a, b) => a === b],
  [":", (a, b) => a === b],
]);

/**
 * @param {Token} name of the kind "field"
 * @param {Token} value what stands behind it
 * @param {number} now epoch milliseconds, from which times count
 * @returns {Term}
 * @throws {QueryError}
 */
export function fieldTerm(name, value, now) {
  const { op } = name;
  const [first, ...path] = parts(name.text);
  const field = fieldNamed(first);
  if (!field || (field === "metadata") !== path.length > 0) {
    throw new QueryError("unknown_field", noField(first, path), name.from, name.to - op.length);
  }
  if (value.kind === "end")
    throw new QueryError("missing_value", `Behind ${op} stands what to compare with.`, name.from, name.to);
  if (value.kind === "regex" && op !== ":") throw impossible(name, "A regular expression stands behind : only.");
  const there = value.kind === "word" && value.text === "*" && op === ":";
  const wanted = value.kind === "regex" && !NOT_TEXT.has(field) ? pattern(value) : null;
  const matches = there
    ? isThere(field, path)
    : wanted
      ? holds(valueFor(field, path), wanted.regex)
      : meaning(field, path, name, value, now);
  return {
    kind: "term",
    field,
    path,
    op,
    value: value.text,
    by: value.kind,
    matches,
    size: wanted?.size ?? 0,
    from: name.from,
    to: value.to,
  };
}

/**
 * @param {Token} token of the kind "regex"
 * @throws {QueryError}
 */
export function pattern({ text, ignoresCase, from, to }) {
  try {
    return compiled(text, ignoresCase);
  } catch (error) {
    throw error instanceof Refused ? new QueryError("bad_regex", error.message, from, to) : error;
  }
}

/**
 * Where a text stands, whatever its case.
 * @param {string} text
 * @param {string} [flags]
 * @param {boolean} [whole] with nothing before and behind it
 */
export function insensitive(text, flags = "i", whole = false) {
  // A regular expression looks without making a lower-case copy of every field of every entry.
  const source = text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  return new RegExp(whole ? `^${source}$` : source, flags);
}

/**
 * @param {FieldName} field
 * @param {string[]} path
 * @param {Token} name
 * @param {Token} value
 * @param {number} now
 * @returns {Test}
 */
function meaning(field, path, name, value, now) {
  switch (field) {
    case "level":
      return level(name.op, value);
    case "status":
      return status(name.op, value);
    case "duration":
      return duration(name.op, value);
    case "since":
      return since(name, value, now);
    case "time":
      return time(name, value, now);
    default:
      return text(field, path, name, value);
  }
}

/** @param {FieldName} field @param {string[]} path @returns {Test} */
function isThere(field, path) {
  if (field === "level" || field === "since" || field === "time") return () => true;
  if (field === "status") return (entry) => entry.statusCode !== 0;
  if (field === "duration") return (entry) => entry.duration >= 0;
  const value = valueFor(field, path);
  return (entry) => {
    const found = value(entry);
    return found !== undefined && found.text !== "" && (found.isString || found.text !== "null");
  };
}

/**
 * @param {FieldName} field
 * @param {string[]} path
 * @param {Token} name
 * @param {Token} value
 * @returns {Test}
 */
function text(field, path, name, value) {
  const of = valueFor(field, path);
  const { op } = name;
  if (op === ":") return holds(of, insensitive(value.text, "i", WHOLE.has(field)));
  if (op === "=" || op === "!=") {
    const equal = equals(of, value.text);
    return op === "=" ? equal : (entry) => !equal(entry);
  }
  if (field !== "metadata")
    throw impossible(name, `${op} compares numbers, and levels: status, duration, level, metadata.….`);
  const wanted = exact(value.text);
  if (wanted === null)
    throw new QueryError("bad_number", "This compares numbers. Write = to compare texts.", value.from, value.to);
  const compare = comparison(op);
  return (entry) => {
    const number = exact(of(entry)?.text ?? "");
    return number !== null && compare(compared(number, wanted), 0);
  };
}

/** @param {Value} value @param {RegExp} wanted @returns {Test} */
function holds(value, wanted) {
  return (entry) => {
    const found = value(entry);
    return found !== undefined && wanted.test(found.text);
  };
}

/** @param {Value} value @param {string} wanted @returns {Test} */
function equals(value, wanted) {
  const number = exact(wanted);
  return (entry) => {
    const text = value(entry)?.text;
    if (text === undefined || text === wanted || number === null) return text === wanted;
    // What is the same number, is next to the same double: a look that costs little.
    const found = Number(text) === number.value ? exact(text) : null;
    return found !== null && compared(found, number) === 0;
  };
}

/** @param {string} op @param {Token} value @returns {Test} */
function level(op, value) {
  const wanted = value.kind === "regex" ? undefined : LEVEL_RANKS.get(value.text.toLowerCase());
  if (wanted === undefined)
    throw new QueryError("bad_level", "A level is error, warn, info or debug.", value.from, value.to);
  if (op === "!=") return (entry) => LEVEL_RANKS.get(entry.level) !== wanted;
  const compare = comparison(op);
  return (entry) => compare(LEVEL_RANKS.get(entry.level) ?? -1, wanted);
}

/** @param {string} op @param {Token} value @returns {Test} */
function status(op, value) {
  if (op === ":" && value.kind !== "regex" && /^[1-5]xx$/i.test(value.text)) {
    const hundreds = Number(value.text[0]);
    return (entry) => Math.floor(entry.statusCode / 100) === hundreds;
  }
  if (value.kind === "regex" || !/^\d{1,3}$/.test(value.text)) {
    throw new QueryError(
      "bad_status",
      "A status is a number such as 404; behind : also a class such as 5xx.",
      value.from,
      value.to,
    );
  }
  const wanted = Number(value.text);
  if (op === "!=") return (entry) => entry.statusCode === 0 || entry.statusCode !== wanted;
  const compare = comparison(op);
  return (entry) => entry.statusCode !== 0 && compare(entry.statusCode, wanted);
}

/** @param {string} op @param {Token} value @returns {Test} */
function duration(op, value) {
  const [, digits, unit] = (value.kind === "regex" ? null : /^(\d+(?:\.\d+)?)(ms|s|)$/.exec(value.text)) ?? [];
  if (digits === undefined)
    throw new QueryError(
      "bad_number",
      "A duration is a number of milliseconds, or of seconds as in 1.5s.",
      value.from,
      value.to,
    );
  const wanted = Number(digits) * (unit === "s" ? 1000 : 1);
  if (op === "!=") return (entry) => entry.duration !== wanted;
  const compare = comparison(op);
  return (entry) => entry.duration >= 0 && compare(entry.duration, wanted);
}

/** @param {Token} name @param {Token} value @param {number} now @returns {Test} */
function since(name, value, now) {
  if (name.op !== ":") throw impossible(name, "since stands before : only, as in since:5m.");
  const from = value.kind === "regex" ? null : ago(value.text, now);
  if (from === null)
    throw new QueryError("bad_time", "Since when is a number with s, m, h, d or w: 5m.", value.from, value.to);
  return (entry) => entry.receivedAt >= from;
}

/** @param {Token} name @param {Token} value @param {number} now @returns {Test} */
function time(name, value, now) {
  if (name.op === ":" || name.op === "=" || name.op === "!=")
    throw impossible(name, "A time is compared, with >, >=, < or <=.");
  const at = value.kind === "regex" ? null : moment(value.text, now);
  if (at === null)
    throw new QueryError(
      "bad_time",
      'A time is 14:05, 2026-11-28 or "2026-11-28 23:00"; without a zone it is UTC.',
      value.from,
      value.to,
    );
  const compare = comparison(name.op);
  return (entry) => compare(entry.receivedAt, at);
}

/** @param {string} op */
function comparison(op) {
  const compare = COMPARE.get(op);
  if (!compare) throw new RangeError(`${op} does not compare`);
  return compare;
}

/** @param {string} name @param {string[]} path */
function noField(name, path) {
  if (fieldNamed(name) === "metadata") return "Name what you look for in the metadata: metadata.userId, say.";
  const whole = [name, ...path].join(".");
  const meant = path.length > 0 ? fieldNamed(name) : fieldLike(name);
  return `There is no field “${whole}”${meant ? `, but “${meant}”` : ""}. For the text itself, put it in quotes.`;
}

/** @param {Token} name @param {string} message */
function impossible({ to, op }, message) {
  return new QueryError("bad_operator", message, to - op.length, to);
}
