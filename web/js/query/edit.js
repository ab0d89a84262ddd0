/**
 * A query with one value more or less: what a press on a value does to the text in the line. What was typed stays as it
 * was typed; only terms about the same value, or that could not hold beside the new one, go.
 */

import { parse } from "./language/parser.js";
import { QueryError } from "./language/error.js";

/** @typedef {import("./language/parser.js").Node} Node */
/**
 * @typedef {{term: import("./language/terms.js").Term, negated: boolean, from: number, to: number}} Part of what must
 * hold, with its place
 */

const LONGEST = 200; // characters of a value; of a longer one its beginning is asked for

/** Spelled with `:`, which ignores case; elsewhere with `=`, which asks for the whole value. */
const LOOSE = new Set(["level", "source", "method", "route", "status", "request", "trace"]);

/**
 * Adds a value to a query.
 * @param {string} query
 * @param {string} field as the query names it: `status`, `metadata.user.id`
 * @param {string} value "" for an entry without it
 * @returns {string} only entries with this value
 */
export function includeTerm(query, field, value) {
  return withTerm(query, field, value, false);
}

/**
 * Leaves a value out of a query.
 * @param {string} query
 * @param {string} field
 * @param {string} value
 * @returns {string} no entries with this value
 */
export function excludeTerm(query, field, value) {
  return withTerm(query, field, value, true);
}

/**
 * Adds terms to a query, unless all of them stand there.
 * @param {string} query
 * @param {string} terms all of which are to hold too
 */
export function addTerms(query, terms) {
  const node = treeOf(query);
  if (!node) return terms; // what can't be read can't be added to
  const there = new Set(partsOf(node).map(({ from, to }) => query.slice(from, to)));
  const wanted = partsOf(parse(terms)).map(({ from, to }) => terms.slice(from, to));
  if (wanted.length > 0 && wanted.every((part) => there.has(part))) return query; // it says so already
  return joined(node.kind === "or" && !isWrapped(node) ? `(${query.trim()})` : query, terms);
}

/**
 * The term that finds what has a value in a field, or all but that.
 * @param {string} field
 * @param {string} value
 */
export function spellTerm(field, value, exclude = false) {
  // empty, and not there, are one
  if (value === "" && !field.startsWith("metadata.")) return `${exclude ? "" : "-"}${field}:*`;
  const part = value.length > LONGEST;
  const compare = part || LOOSE.has(field) ? ":" : "=";
  return `${exclude ? "-" : ""}${field}${compare}${spellValue(part ? value.slice(0, LONGEST) : value)}`;
}

/**
 * A value as it can stand behind `:` or `=`: in quotes where it would be read as something else.
 * @param {string} value
 */
export function spellValue(value) {
  const plain = value !== "" && value !== "*" && !/[\s()"]/.test(value) && !/^\/|\/i?$/.test(value);
  return plain ? value : quoted(value);
}

/** @param {string} text */
function quoted(text) {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** The name of a member of metadata: keys that are no plain words stand in quotes. @param {readonly string[]} path */
export function spellPath(path) {
  return ["metadata", ...path.map(spellKey)].join(".");
}

/** Spells a key of metadata as a query takes it. @param {string} key */
export function spellKey(key) {
  return /^[A-Za-z0-9_$@-]+$/.test(key) ? key : quoted(key);
}

/**
 * @param {string} query
 * @param {string} field
 * @param {string} value
 * @param {boolean} exclude
 */
function withTerm(query, field, value, exclude) {
  const term = spellTerm(field, value, exclude);
  const node = treeOf(query);
  if (!node || (node.kind === "or" && !isWrapped(node))) return addTerms(query, term);
  const wanted = onlyPart(term);
  const parts = partsOf(node);
  if (parts.some((part) => part.negated === wanted.negated && says(part, wanted))) return query; // it says so already
  const kept = parts.filter((part) => !clashes(part, wanted));
  const gone = parts.filter((part) => !kept.includes(part));
  return joined(without(query, gone), term);
}

/**
 * A slash in the term could end an expression that a slash before it begins.
 * @param {string} query
 * @param {string} term
 */
export function joined(query, term) {
  const both = term.includes("/") && /(?:^|[\s(:-])\//.test(query) ? [term, query] : [query, term];
  return both.join(" ").trim();
}

/** What a query says, as a tree. @param {string} query @returns {Node | null} null: it can't be read */
export function treeOf(query) {
  try {
    return parse(query);
  } catch (error) {
    if (error instanceof QueryError) return null;
    throw error;
  }
}

/** Whether parentheses stand around it. @param {import("./language/parser.js").Group} group */
export function isWrapped({ parts, from }) {
  return parts.length > 0 && parts[0].from > from;
}

/** The terms all of which must hold. What stands in parentheses is left alone. @param {Node} node @returns {Part[]} */
function partsOf(node) {
  if (node.kind === "and")
    return isWrapped(node) ? [] : node.parts.flatMap((part) => (part.kind === "and" ? [] : partsOf(part)));
  const { from, to } = node;
  if (node.kind === "term") return [{ term: node, negated: node.op === "!=", from, to }];
  if (node.kind === "not" && node.part.kind === "term")
    return [{ term: node.part, negated: node.part.op !== "!=", from, to }];
  return [];
}

/** @param {string} term */
function onlyPart(term) {
  const [part] = partsOf(parse(term));
  return part;
}

/** Whether both are about one value of one field. @param {Part} one @param {Part} other */
function says({ term: a }, { term: b }) {
  return sameField(a, b) && isEquality(a) && isEquality(b) && a.value.toLowerCase() === b.value.toLowerCase();
}

/**
 * Whether a part goes when another comes: it says the contrary, or both ask that one field have two values.
 * @param {Part} part
 * @param {Part} wanted
 */
function clashes(part, wanted) {
  if (!sameField(part.term, wanted.term) || !isEquality(part.term)) return false;
  if (part.negated !== wanted.negated) return says(part, wanted) || (!wanted.negated && isThere(part.term));
  return !wanted.negated;
}

/** @param {Part["term"]} a @param {Part["term"]} b */
function sameField(a, b) {
  return a.field === b.field && a.path.length === b.path.length && a.path.every((key, index) => key === b.path[index]);
}

/** @param {Part["term"]} term */
export function isEquality({ op, by }) {
  return by !== "regex" && (op === ":" || op === "=" || op === "!=");
}

/** @param {Part["term"]} term */
export function isThere({ op, by, value }) {
  return by === "word" && op === ":" && value === "*";
}

/**
 * @param {string} query
 * @param {readonly {from: number, to: number}[]} gone in their order
 */
export function without(query, gone) {
  let left = "";
  let at = 0;
  for (const { from, to } of gone) {
    left += query.slice(at, from).replace(/\s*(?:\bAND\s*)?$/, "");
    at = to;
  }
  const rest = left + query.slice(at);
  return gone.length > 0 ? rest.replace(/^\s*(?:AND\s+)?/, "").trimEnd() : rest.trim();
}
