/**
 * One value out of JSON text, without opening the rest: a page asks for a key of 200,000 entries. What comes is the
 * value's own text, with every digit.
 *
 * The text is as `JSON.stringify` writes it, so that a key has one spelling only, and stands there once.
 */

const [QUOTE, BACKSLASH, COMMA, OBJECT, OBJECT_END, LIST, LIST_END] = [...'"\\,{}[]'].map((char) => char.charCodeAt(0));

/**
 * @typedef {object} Path
 * @property {readonly string[]} keys
 * @property {readonly string[]} quoted the keys as they stand in the text
 * @property {string} ending the first of them from behind its quote to its colon: there is a quote wherever a search
 * looks
 */

/**
 * Prepares a path for `valueAt`.
 * @param {readonly string[]} keys of objects, or indexes of lists
 * @returns {Path}
 */
export function pathOf(keys) {
  const quoted = keys.map((key) => JSON.stringify(key));
  return { keys, quoted, ending: `${quoted[0].slice(1)}:` };
}

/**
 * Finds a member in the text of an object, without parsing the rest.
 * @param {string} json
 * @param {Path} path
 * @returns {string | undefined} JSON; undefined: nothing stands there
 */
export function valueAt(json, { keys, quoted, ending }) {
  const near = keyWith(json, ending);
  if (near < 0) return undefined; // most entries have not the key at all
  const ahead = keys.length === 1 ? ofOuterKey(json, near, quoted[0]) : -1;
  if (ahead >= 0) return json.slice(ahead, behind(json, ahead));
  let at = 0;
  for (const [depth, key] of keys.entries()) {
    const opening = json.charCodeAt(at);
    at =
      opening === OBJECT
        ? ofKey(json, at + 1, quoted[depth])
        : opening === LIST && /^\d{1,5}$/.test(key)
          ? ofIndex(json, at + 1, Number(key))
          : -1;
    if (at < 0) return undefined;
  }
  return json.slice(at, behind(json, at));
}

/**
 * @param {string} json
 * @param {string} ending
 * @returns {number} where a key of that ending has its first quote; negative: there is none
 */
function keyWith(json, ending) {
  let at = json.indexOf(ending);
  while (at > 0 && json.charCodeAt(at - 1) !== QUOTE) at = json.indexOf(ending, at + 1);
  return at - 1;
}

/**
 * A key that stands before anything is nested needs no walk along the members before it.
 * @param {string} json of an object
 * @param {number} at of the key's first quote
 * @param {string} key in quotes
 * @returns {number} where its value begins; -1: that can't be told so simply
 */
function ofOuterKey(json, at, key) {
  const before = json.charCodeAt(at - 1); // a quote within the key would have a backslash before it
  if (before !== OBJECT && before !== COMMA) return -1;
  return isBetween(json.indexOf("{", 1), at) || isBetween(json.indexOf("[", 1), at) ? -1 : at + key.length + 1;
}

/** @param {number} found @param {number} end */
function isBetween(found, end) {
  return found >= 0 && found < end;
}

/**
 * @param {string} json
 * @param {number} at of the first key, or of the object's end
 * @param {string} key in quotes
 * @returns {number} where its value begins; -1: there is no such key
 */
function ofKey(json, at, key) {
  while (json.charCodeAt(at) === QUOTE) {
    const colon = behindString(json, at);
    if (colon - at === key.length && json.startsWith(key, at)) return colon + 1;
    at = behind(json, colon + 1) + 1;
  }
  return -1;
}

/**
 * @param {string} json
 * @param {number} at of the first element, or of the list's end
 * @param {number} index
 * @returns {number} where that element begins; -1: there are fewer
 */
function ofIndex(json, at, index) {
  if (json.charCodeAt(at) === LIST_END) return -1;
  for (; index > 0; index--) {
    at = behind(json, at);
    if (json.charCodeAt(at++) !== COMMA) return -1;
  }
  return at;
}

/** @param {string} json @param {number} at of a value @returns {number} where it has ended */
function behind(json, at) {
  let depth = 0;
  for (; at < json.length; at++) {
    const char = json.charCodeAt(at);
    if (char === QUOTE) at = behindString(json, at) - 1;
    else if (char === OBJECT || char === LIST) depth++;
    else if (depth > 0 && (char === OBJECT_END || char === LIST_END)) depth--;
    else if (depth === 0 && (char === COMMA || char === OBJECT_END || char === LIST_END)) return at;
  }
  return at;
}

/** @param {string} json @param {number} at of the quote that begins it @returns {number} behind the one that ends it */
function behindString(json, at) {
  for (;;) {
    const end = json.indexOf('"', at + 1);
    if (end < 0) return json.length;
    let escapes = 0;
    while (json.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end + 1;
    at = end;
  }
}
