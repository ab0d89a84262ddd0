/** One query that says what several say: what one finds, without what any of the others does. */

import { QueryError } from "./language/error.js";
import { parse } from "./language/parser.js";

/** @typedef {import("./language/parser.js").Node} Node */

const NOW = 0; // of all that is compared, whenever that is

/**
 * The query that finds what one finds and none of the others.
 * @param {string} query "": everything
 * @param {readonly string[]} others that can be read
 * @returns {string | null} null: it can't be said so, as that would be longer than a query can be
 */
export function excluding(query, others) {
  if (others.length === 0) return query;
  const text = [...(query ? [`(${query})`] : []), ...others.map((other) => `-(${other})`)].join(" ");
  const parts = [
    ...(query ? [meaning(parse(query, NOW))] : []),
    ...others.map((other) => ({ kind: "not", part: meaning(parse(other, NOW)) })),
  ];
  const wanted = parts.length > 1 ? { kind: "and", parts } : parts[0];
  const told = read(text);
  return told && JSON.stringify(meaning(told)) === JSON.stringify(wanted) ? text : null;
}

/** @param {string} text @returns {Node | null} */
function read(text) {
  try {
    return parse(text, NOW);
  } catch (error) {
    if (error instanceof QueryError) return null;
    throw error;
  }
}

/** What a query says, wherever it says it. @param {Node} node @returns {object} */
function meaning({ from: _from, to: _to, ...node }) {
  if (node.kind === "and" || node.kind === "or") return { kind: node.kind, parts: node.parts.map(meaning) };
  if (node.kind === "not") return { kind: "not", part: meaning(node.part) };
  return node.kind === "pattern" ? { ...node, pattern: String(node.pattern) } : node;
}
