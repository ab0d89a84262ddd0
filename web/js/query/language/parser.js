/**
 * The grammar of queries: `level:error (status>=500 OR duration>300) -path:/healthz`. `docs/query.md` tells it.
 *
 *     or      = and { "OR" and }
 *     and     = unary { [ "AND" ] unary }
 *     unary   = ( "-" | "NOT" ) unary | primary
 *     primary = "(" or ")" | field op value | word | "phrase" | /regex/
 *
 * The server reads queries alike (`query/parser.py`).
 */

import { QueryError } from "./error.js";
import { MAX_SIZE } from "./regex.js";
import { fieldTerm, pattern } from "./terms.js";
import { tokens } from "./tokenizer.js";

/** @typedef {import("./tokenizer.js").Token} Token */
/** @typedef {import("./terms.js").Term} Term */
/** @typedef {import("./terms.js").Text} Text */
/** @typedef {import("./terms.js").Pattern} Pattern */
/**
 * @typedef {{kind: "and" | "or", parts: Node[], from: number, to: number}} Group where each of the parts matches, or
 * any
 */
/** @typedef {{kind: "not", part: Node, from: number, to: number}} Not */
/** @typedef {Group | Not | Term | Text | Pattern} Node with its place in the query */

const MAX_LENGTH = 1024;
const MAX_TERMS = 64;
const MAX_DEPTH = 32;

/**
 * @param {string} query
 * @param {number} [now] epoch milliseconds, from which `since:5m` counts
 * @returns {Node} the empty query is an "and" of nothing
 * @throws {QueryError}
 */
export function parse(query, now = Date.now()) {
  if (query.length > MAX_LENGTH)
    throw new QueryError("too_long", `A query has at most ${MAX_LENGTH} characters.`, MAX_LENGTH, query.length);
  return new Parser(query, now).query();
}

class Parser {
  #tokens;
  /** @type {Token} */
  #token;
  #terms = 0;
  #depth = 0;
  #size = 0;

  #now;

  /** @param {string} query @param {number} now */
  constructor(query, now) {
    this.#now = now;
    this.#tokens = tokens(query);
    this.#token = this.#tokens.next().value;
  }

  query() {
    if (this.#token.kind === "end") return /** @type {Group} */ ({ kind: "and", parts: [], from: 0, to: 0 });
    const node = this.#or();
    if (this.#token.kind === ")")
      throw this.#wrong("group_close", "This ) closes nothing. Take it away, or put it in quotes.");
    return node;
  }

  /** @returns {Node} */
  #or() {
    const parts = [this.#and()];
    while (this.#token.kind === "OR") {
      this.#advance();
      parts.push(this.#and());
    }
    return joined("or", parts);
  }

  /** @returns {Node} */
  #and() {
    const parts = [this.#unary()];
    while (this.#token.kind !== "OR" && this.#token.kind !== ")" && this.#token.kind !== "end") {
      if (this.#token.kind === "AND") this.#advance();
      parts.push(this.#unary());
    }
    return joined("and", parts);
  }

  /** @returns {Node} */
  #unary() {
    const { kind, from } = this.#token;
    if (kind !== "NOT") return this.#primary();
    this.#deeper();
    this.#advance();
    const part = this.#unary();
    this.#depth--;
    return { kind: "not", part, from, to: part.to };
  }

  /** @returns {Node} */
  #primary() {
    const token = this.#token;
    const { kind, from, to } = token;
    if (kind === "AND" || kind === "OR" || kind === ")" || kind === "end") {
      throw this.#wrong("missing_operand", "Something to look for is missing here. Put the word in quotes to find it.");
    }
    if (kind === "(") return this.#group(token);
    if (++this.#terms > MAX_TERMS) throw this.#wrong("too_many_terms", `A query has at most ${MAX_TERMS} terms.`);
    this.#advance();
    if (kind === "field") {
      const term = fieldTerm(token, this.#token, this.#now);
      this.#count(term.size, this.#token);
      this.#advance();
      return term;
    }
    if (kind === "regex") {
      const { regex, size } = pattern(token);
      this.#count(size, token);
      return { kind: "pattern", pattern: regex, size, from, to };
    }
    return { kind: "text", text: token.text, from, to };
  }

  /** @param {Token} opening @returns {Node} */
  #group({ from, to }) {
    this.#deeper();
    this.#advance();
    const node = this.#or();
    if (this.#token.kind !== ")")
      throw new QueryError("group_open", "This ( is not closed. Add a ), or put it in quotes.", from, to);
    const end = this.#token.to;
    this.#advance();
    this.#depth--;
    return { ...node, from, to: end };
  }

  /** @param {number} size of an expression @param {Token} token where it stands */
  #count(size, { from, to }) {
    this.#size += size;
    if (size === 0 || this.#size <= MAX_SIZE) return;
    throw new QueryError(
      "bad_regex",
      "The regular expressions of this query are too large together. Leave one out, or lower a count.",
      from,
      to,
    );
  }

  #deeper() {
    if (++this.#depth > MAX_DEPTH) throw this.#wrong("too_deep", `A query is nested at most ${MAX_DEPTH} deep.`);
  }

  #advance() {
    this.#token = this.#tokens.next().value ?? this.#token;
  }

  /** @param {string} about @param {string} message */
  #wrong(about, message) {
    return new QueryError(about, message, this.#token.from, this.#token.to);
  }
}

/**
 * @param {"and" | "or"} kind
 * @param {Node[]} parts at least one
 * @returns {Node}
 */
function joined(kind, parts) {
  return parts.length === 1 ? parts[0] : { kind, parts, from: parts[0].from, to: parts[parts.length - 1].to };
}
