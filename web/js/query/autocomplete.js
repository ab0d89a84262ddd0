/** What can stand where the caret is, from the fields there are and the values that were seen. */

import { spellValue } from "./edit.js";
import { FIELDS, fieldNamed } from "./language/fields.js";

/** @typedef {import("./value-index.js").Seen} Seen */
/** @typedef {{values(field: string): Seen[], keys(): Seen[]}} Source */
/**
 * @typedef {object} Option
 * @property {"field" | "value" | "recent"} kind
 * @property {string} insert what it puts in place of what stands there
 * @property {string} label
 * @property {string} [aside] what it is
 * @property {number} [count] how often it was seen
 */
/** @typedef {{from: number, to: number, options: Option[]}} Completion in place of what stands from..to */

const MOST = 12;

const KEY = String.raw`(?:[A-Za-z0-9_$@-]+|"(?:[^"\\]|\\.)*")`;
/**
 * What is being typed, up to the caret: behind `field op` a value, perhaps with an open quote; else a word, perhaps a
 * field's name.
 */
const TERM = new RegExp(
  String.raw`(?:^|[\s(])-?((?:[A-Za-z][A-Za-z0-9_]*)(?:\.${KEY})*)(!=|>=|<=|:|=|>|<)("(?:[^"\\]|\\.)*|[^\s()"]*)$`,
);
const WORD = /(?:^|[\s(])-?([^\s()"]*(?:\."[^"]*)?)$/;

/** Statuses come in classes too, which only `:` knows. */
const CLASSES = ["5xx", "4xx", "2xx"];

/**
 * What could stand at the caret of a query.
 * @param {string} text
 * @param {number} caret
 * @param {Source} seen
 * @param {readonly string[]} recent queries used lately, the newest first
 * @returns {Completion}
 */
export function complete(text, caret, seen, recent = []) {
  const before = text.slice(0, caret);
  const rest = /^[^\s()"]*/.exec(text.slice(caret))?.[0].length ?? 0;
  const term = TERM.exec(before);
  if (term) {
    const [, field, op, value] = term;
    return {
      from: caret - value.length,
      to: caret + rest,
      options: values(field, op, value.replace(/^"/, "").toLowerCase(), seen),
    };
  }
  const word = WORD.exec(before)?.[1];
  if (word === undefined) return { from: caret, to: caret, options: [] };
  const options = [...(text.trim() === "" ? recent.map(asRecent) : []), ...fields(word.toLowerCase(), seen)];
  return { from: text.trim() === "" ? 0 : caret - word.length, to: caret + rest, options: options.slice(0, MOST) };
}

/** @param {string} text @returns {Option} */
function asRecent(text) {
  return { kind: "recent", insert: text, label: text, aside: "used lately" };
}

/** @param {string} word @param {Source} seen @returns {Option[]} */
function fields(word, seen) {
  /** @type {Option[]} */
  const named = [...FIELDS]
    .filter(([name]) => name !== "metadata")
    .map(([name, aside]) => ({ kind: "field", insert: name === "time" ? "time>" : `${name}:`, label: name, aside }));
  /** @type {Option[]} */
  const keys = seen.keys().map(({ value, count }) => ({ kind: "field", insert: `${value}:`, label: value, count }));
  const begins = [...named, ...keys].filter(({ label }) => label.toLowerCase().startsWith(word));
  // "userId" finds metadata.userId; one letter would find anything.
  const within =
    word.length < 2 ? [] : keys.filter(({ label }) => label.slice("metadata.".length).toLowerCase().includes(word));
  return [...begins, ...within.filter((option) => !begins.includes(option))];
}

/**
 * @param {string} name
 * @param {string} op
 * @param {string} typed in lower case
 * @param {Source} seen
 * @returns {Option[]}
 */
function values(name, op, typed, seen) {
  const field = name.toLowerCase().startsWith("metadata.")
    ? `metadata${name.slice("metadata".length)}`
    : fieldNamed(name);
  if (!field || field === "metadata") return [];
  /** @type {Option[]} */
  const found = seen
    .values(field)
    .map(({ value, count }) => ({ kind: "value", insert: spellValue(value), label: value, count }));
  if (field === "status" && op === ":")
    found.push(
      ...CLASSES.map((label) => /** @type {Option} */ ({ kind: "value", insert: label, label, aside: "all of them" })),
    );
  const begins = found.filter(({ label }) => label.toLowerCase().startsWith(typed));
  const within =
    typed.length < 2
      ? []
      : found.filter((option) => !begins.includes(option) && option.label.toLowerCase().includes(typed));
  const all = [...begins, ...within];
  // Nothing to offer where the one that fits stands there already.
  return all.length === 1 && all[0].label.toLowerCase() === typed ? [] : all.slice(0, MOST);
}
