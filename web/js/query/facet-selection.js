/**
 * Values of one field that are ticked beside the log: what a query says of them, and a query that says it. What else
 * the query asks, of this field too (`status>=500`, `status:404`), stays as it was typed.
 */

import { LEVELS } from "../entry/entry.js";
import { isEquality, isThere, isWrapped, joined, spellTerm, treeOf, without } from "./edit.js";

/** @typedef {import("./language/parser.js").Node} Node */
/** @typedef {"level" | "method" | "source" | "status"} Field */
/** @typedef {{values: string[], only: boolean}} Ticked these only, or all but these; "" for an entry without any */
/** @typedef {Ticked & {from: number, to: number}} Saying with its place in the query */

/**
 * How a value is named where it can be ticked; undefined: it can't be.
 * @type {Record<Field, (value: string) => string | undefined>}
 */
const NAMES = {
  level: (value) => LEVELS.find((level) => level === value.toLowerCase()),
  source: (value) => value,
  method: (value) => value.toUpperCase(),
  status: (value) => (/^[1-5]xx$/i.test(value) ? value.toLowerCase() : undefined),
};

/**
 * @param {Node} tree
 * @param {Field} field
 * @returns {Ticked}
 */
export function choiceIn(tree, field) {
  const sayings = sayingsOf(tree, field);
  const [first, ...more] = sayings.filter(({ only }) => only);
  const unwanted = sayings.flatMap(({ values, only }) => (only ? [] : values));
  if (!first) return { values: unwanted, only: false };
  return {
    values: first.values.filter(
      (value) => more.every(({ values }) => values.includes(value)) && !unwanted.includes(value),
    ),
    only: true,
  };
}

/**
 * @param {string} query
 * @param {Field} field
 * @param {{values: Iterable<string>, only: boolean}} ticked
 */
export function withChoice(query, field, { values, only }) {
  const terms = Array.from(values, (value) => spellTerm(field, value, !only));
  const wish = only && terms.length > 1 ? `(${terms.join(" OR ")})` : terms.join(" ");
  const tree = treeOf(query);
  if (!tree) return wish; // what can't be read can't be added to
  const sayings = sayingsOf(tree, field);
  const rest =
    tree.kind === "or" && !isWrapped(tree) && sayings.length === 0 && wish
      ? `(${query.trim()})`
      : without(query, sayings);
  return wish ? joined(rest, wish) : rest;
}

/**
 * What must hold and is about values that can be ticked.
 * @param {Node} tree
 * @param {Field} field
 * @returns {Saying[]}
 */
function sayingsOf(tree, field) {
  const parts = tree.kind === "and" && !isWrapped(tree) ? tree.parts : [tree];
  return parts.flatMap((part) => sayingOf(part, field) ?? anyOf(part, field) ?? []);
}

/** `method:GET`, `-method:GET`, `-method:*`. @param {Node} node @param {Field} field @returns {Saying | undefined} */
function sayingOf(node, field) {
  const term = node.kind === "not" ? node.part : node;
  if (term.kind !== "term" || term.field !== field || !isEquality(term)) return undefined;
  const there = isThere(term);
  const value = there ? "" : NAMES[field](term.value);
  if (value === undefined) return undefined;
  const denied = (node.kind === "not") !== (term.op === "!=");
  return { values: [value], only: denied === there, from: node.from, to: node.to };
}

/** `(method:GET OR method:PUT)` @param {Node} node @param {Field} field @returns {Saying | undefined} */
function anyOf(node, field) {
  if (node.kind !== "or") return undefined;
  const sayings = node.parts.map((part) => sayingOf(part, field));
  return sayings.every((saying) => saying?.only)
    ? { values: sayings.flatMap((saying) => saying?.values ?? []), only: true, from: node.from, to: node.to }
    : undefined;
}
