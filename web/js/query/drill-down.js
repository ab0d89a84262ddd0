/**
 * Terms for what a table counts together: a route, the failures of one shape. They stand in the query beside what is
 * there.
 */

import { OTHERS, routeOf } from "../entry/http-route.js";
import { spellTerm } from "./edit.js";
import { compiled, MAX_SIZE, Refused } from "./language/regex.js";

/** @typedef {import("../entry/http-route.js").Route} Route */
/**
 * @typedef {object} Failure what failures that are counted as one have in common
 * @property {string} key
 * @property {string} told where it is told: "message", "status", or a member of metadata
 * @property {string} name of the error; "" if it has none
 * @property {string} words its shape
 * @property {import("../entry/entry.js").Entry} latest
 * @property {readonly {route: Route}[]} routes the most frequent first
 */

const LONGEST = 150; // characters of an expression; it may have 200
const LARGEST = (MAX_SIZE * 3) / 4; // the rest is for what stands in the query beside it
/** What a shape has folded, and what stood there. */
const FOLDED = /#|…|:id|\s+/g;
const STOOD = new Map([
  ["#", "\\S+"],
  ["…", ".*"],
  [":id", "[^\\/\\s]+"],
]);

/**
 * The terms that find the entries of a route, or all but these.
 * @param {Route} route
 * @param {boolean} [exclude]
 * @returns {string} "" where no term can say it
 */
export function routeTerms({ method, path }, exclude = false) {
  if (path === OTHERS.path) return "";
  if (path === "") return spellTerm("route", "", exclude);
  const terms = `${spellTerm("route", path)} ${spellTerm("method", method)}`;
  return exclude ? `-(${terms})` : terms;
}

/** The terms that find the failures of a group. @param {Failure} group @returns {string} "" where no term can say it */
export function failureTerms({ key, told, name, words, latest, routes: [first] }) {
  if (key === OTHERS.key) return "";
  const failed = latest.level === "error" ? "level:error" : "status:5xx";
  if (told === "status") {
    const status = latest.statusCode ? `status:${latest.statusCode}` : failed;
    return `${routeTerms(first?.route ?? routeOf(latest))} ${status}`;
  }
  const member = told === "message" ? "message" : `metadata.${told}`;
  const named = name && spellTerm(`${member}.${told === "err" ? "type" : "name"}`, name);
  const pattern = patternOf(words);
  const says = pattern && `${member}${name && ".message"}:/${pattern}/`;
  return [failed, named, says].filter((term) => term !== "").join(" ");
}

/** @param {string} shape @returns {string} an expression that finds every text of this shape */
export function patternOf(shape) {
  let pattern = "";
  let at = 0;
  const add = (/** @type {string} */ part) => {
    if (!fits(pattern + part)) return false;
    pattern += part;
    return true;
  };
  for (const { 0: folded, index } of shape.matchAll(FOLDED)) {
    if (!add(escaped(shape.slice(at, index))) || !add(STOOD.get(folded) ?? "\\s+")) return pattern;
    at = index + folded.length;
  }
  add(escaped(shape.slice(at)));
  return pattern;
}

/** @param {string} pattern */
function fits(pattern) {
  try {
    return pattern.length <= LONGEST && compiled(pattern, true).size <= LARGEST;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
