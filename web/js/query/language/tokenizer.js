/**
 * The words of the query language: a query taken apart, each part with its place. The server takes queries apart alike
 * (`query/tokenizer.py`); `tests/golden/queries.json` holds both to it.
 */

import { QueryError } from "./error.js";

/**
 * @typedef {object} Token
 * @property {"(" | ")" | "NOT" | "AND" | "OR" | "word" | "phrase" | "regex" | "field" | "end"} kind
 * @property {number} from
 * @property {number} to
 * @property {string} text what stands there, without quotes and escapes; of a field its name
 * @property {string} op what follows a field's name; else ""
 * @property {boolean} ignoresCase of a regex
 */

const SPACE = /\s*/y;
const WORD = /[^\s()"]+/y;
const REGEX = /\/((?:[^/\\\n]|\\[^\n])+)\/(i?)(?=[\s()]|$)/y;
const PHRASE = /"((?:[^"\\]|\\[^])*)"/y;
const PART = /[A-Za-z0-9_$@-]+|"(?:[^"\\]|\\[^])*"/;
const FIELD = new RegExp(`([A-Za-z][A-Za-z0-9_]*(?:\\.(?:${PART.source}))*)(!=|>=|<=|:|=|>|<)`, "y");
const ADDRESS = /[a-z][a-z0-9+.-]*:\/\//iy;
const DASH = /-(?=[^\s)])/y;

/**
 * @param {string} query
 * @returns {Generator<Token, Token, void>} the last one, returned, is the end
 * @throws {QueryError} a quote that is not closed
 */
export function* tokens(query) {
  let at = 0;
  let expectsValue = false; // behind `field:` whatever stands there is its value, `-` and keywords too
  for (;;) {
    if (!expectsValue) at = match(SPACE, query, at)?.end ?? at;
    if (at >= query.length) return token("end", at, at);
    const next = read(query, at, expectsValue);
    expectsValue = next.kind === "field";
    yield next;
    at = next.to;
  }
}

/**
 * Takes a dotted name apart.
 * @param {string} name
 * @returns {string[]} its parts between dots: `metadata."a.b".0` is metadata, a.b and 0
 */
export function parts(name) {
  return (name.match(new RegExp(PART, "g")) ?? []).map((part) =>
    part.startsWith('"') ? unescaped(part.slice(1, -1)) : part,
  );
}

/**
 * @param {string} query
 * @param {number} at
 * @param {boolean} expectsValue
 * @returns {Token}
 */
function read(query, at, expectsValue) {
  const char = query[at];
  if (char === "(" || char === ")" || (expectsValue && /\s/.test(char))) {
    if (expectsValue) return token("end", at, at); // no value: what stands here is read as if nothing had been expected
    return token(/** @type {"(" | ")"} */ (char), at, at + 1);
  }
  if (char === '"') {
    const phrase = match(PHRASE, query, at);
    if (!phrase)
      throw new QueryError("quote_open", 'This quote is not closed. Add a " behind the phrase.', at, query.length);
    return token("phrase", at, phrase.end, unescaped(phrase.groups[0]));
  }
  const regex = match(REGEX, query, at);
  if (regex) return { ...token("regex", at, regex.end, regex.groups[0]), ignoresCase: regex.groups[1] === "i" };
  if (!expectsValue) {
    if (match(DASH, query, at)) return token("NOT", at, at + 1);
    const field = match(ADDRESS, query, at) ? null : match(FIELD, query, at);
    if (field) return { ...token("field", at, field.end, field.groups[0]), op: field.groups[1] };
  }
  const word = query.slice(at, match(WORD, query, at)?.end);
  const keyword = !expectsValue && (word === "AND" || word === "OR" || word === "NOT");
  return token(keyword ? word : "word", at, at + word.length, word);
}

/**
 * @param {Token["kind"]} kind
 * @param {number} from
 * @param {number} to
 * @returns {Token}
 */
function token(kind, from, to, text = "") {
  return { kind, from, to, text, op: "", ignoresCase: false };
}

/**
 * @param {RegExp} pattern sticky
 * @param {string} text
 * @param {number} at
 */
function match(pattern, text, at) {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  return found && { end: at + found[0].length, groups: found.slice(1) };
}

/** @param {string} text */
function unescaped(text) {
  return text.replace(/\\([^])/g, "$1");
}
