/** The texts of entries: one for all that are equal, and none that keeps its whole message in memory. */

const JOINED = 13; // characters; the engines copy shorter parts anyway
const VALUES = 1000; // so many different sources and methods are told from one another

/** The text is not spelled as this server spells it. */
export class Unusual extends Error {}

/** Sources, methods and what fields were read from: the same text for the same value. @type {Map<string, string>} */
let values = new Map();

/** One text for all that are equal. @param {string} text */
export function known(text) {
  const value = values.get(text);
  if (value !== undefined) return value;
  if (values.size >= VALUES) values = new Map();
  values.set(text, text);
  return text;
}

/**
 * A part of a text that does not keep the whole of it in memory, as `slice` alone would: what was joined is copied when
 * it is first looked into.
 * @param {string} text
 * @param {number} from
 * @param {number} end
 * @returns {string} the part; throws Unusual where the engine gave another text
 */
export function copy(text, from, end) {
  if (end - from < JOINED) return text.slice(from, end);
  const joined = text.slice(from, from + 1) + text.slice(from + 1, end);
  if (joined.charCodeAt(0) !== text.charCodeAt(from)) throw new Unusual();
  return joined;
}
