/** A query as it was typed, and what it means. It never changes; another text is another query. */

import { QueryError } from "./language/error.js";
import { parse } from "./language/parser.js";
import { compile } from "./matcher.js";
import { insensitive } from "./language/terms.js";

/** @typedef {import("../entry/entry.js").Entry} Entry */
/** @typedef {import("./language/parser.js").Node} Node */

const MARKED = 8; // so many different words are marked in the rows

/** What is asked of entries. */
export class Query {
  /** @type {RegExp[] | null} */
  #sought = null;

  /**
   * @param {string} text
   * @throws {QueryError} it can't be read
   */
  constructor(text) {
    this.text = text;
    this.tree = parse(text);
    /** Whether it leaves nothing out because it says nothing. */
    this.empty = this.tree.kind === "and" && this.tree.parts.length === 0;
    /** @type {(entry: Entry) => boolean} */
    this.matches = compile(this.tree);
  }

  /**
   * What to mark where it stands: the words, phrases and expressions that are looked for anywhere.
   * @returns {readonly RegExp[]}
   */
  get sought() {
    this.#sought ??= [...sought(this.tree)].slice(0, MARKED);
    return this.#sought;
  }
}

/**
 * Reads a query, or says why it can't be read.
 * @param {string} text
 * @returns {Query | QueryError}
 */
export function readQuery(text) {
  try {
    return new Query(text);
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
}

export const EVERYTHING = new Query("");

/** @param {Node} node @returns {Generator<RegExp>} */
function* sought(node) {
  if (node.kind === "text") {
    if (node.text !== "") yield insensitive(node.text, "gi");
  } else if (node.kind === "pattern") yield new RegExp(node.pattern, `${node.pattern.flags}g`);
  else if (node.kind === "and" || node.kind === "or") for (const part of node.parts) yield* sought(part);
}
