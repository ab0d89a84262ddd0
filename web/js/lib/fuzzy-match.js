/**
 * Finds what is meant by a few letters of it: a part of it, or letters that begin words or follow those that do ("ctf", "clfil"
 * for "Clear the filter"). Letters strewn anywhere are no match: in a long list they would match everything.
 */

/** @typedef {{score: number, at: number[]}} Match `at`: where the letters stand that were found */

const BEGIN = 8; // a letter that begins a word
const NEXT = 5; // one that follows the one before
const FOUND = 1;
const LATER = 0.02; // a place further on in the text

/**
 * @param {string} query words, each of which must be found
 * @param {string} text
 * @returns {Match | null} null: not all of it is there
 */
export function match(query, text) {
  const lower = text.toLowerCase();
  let score = 0;
  /** @type {number[]} */
  const at = [];
  for (const word of query.toLowerCase().split(/\s+/)) {
    const found = word === "" ? { score: 0, at: [] } : matchWord(word, lower);
    if (!found) return null;
    score += found.score;
    at.push(...found.at);
  }
  return { score, at: [...new Set(at)].sort((one, other) => one - other) };
}

/**
 * @param {string} word
 * @param {string} text
 * @returns {Match | null}
 */
function matchWord(word, text) {
  /** @type {Match | null} */
  let best = null;
  /** @type {Set<string>} */
  const dead = new Set();
  for (let start = text.indexOf(word[0]); start >= 0; start = text.indexOf(word[0], start + 1)) {
    const at = begins(text, start) ? path(word, text, start, dead) : text.startsWith(word, start) ? run(start, word.length) : null;
    const score = at ? value(text, at) : 0;
    if (at && (!best || score > best.score)) best = { score, at };
  }
  return best;
}

/**
 * From a letter to the next: the one beside it where that fits, else the next one that begins a word; and back where it leads nowhere.
 * @param {string} word
 * @param {string} text
 * @param {number} place of the first letter
 * @param {Set<string>} dead what was tried and led nowhere, so that nothing is tried twice
 * @returns {number[] | null}
 */
function path(word, text, place, dead) {
  if (word.length === 1) return [place];
  if (dead.has(`${word.length} ${place}`)) return null;
  const rest = word.slice(1);
  for (let next = text.indexOf(rest[0], place + 1); next >= 0; next = text.indexOf(rest[0], next + 1)) {
    if (next !== place + 1 && !begins(text, next)) continue;
    const found = path(rest, text, next, dead);
    if (found) return [place, ...found];
  }
  dead.add(`${word.length} ${place}`);
  return null;
}

/** @param {string} text @param {number} place */
function begins(text, place) {
  return place === 0 || !/[\p{L}\p{N}]/u.test(text[place - 1]);
}

/** @param {number} start @param {number} length */
function run(start, length) {
  return Array.from({ length }, (_, index) => start + index);
}

/** @param {string} text @param {number[]} at */
function value(text, at) {
  return at.reduce((sum, place, index) => sum + FOUND + (begins(text, place) ? BEGIN : at[index - 1] === place - 1 ? NEXT : 0), -at[0] * LATER);
}

/**
 * @template {{id: string, title: string, group: string}} T
 * @param {readonly T[]} all
 * @param {string} query "" for all
 * @param {readonly string[]} recent ids, the last used first
 * @returns {{item: T, at: number[]}[]} the best first; among equals, and without a query, the last used first, then in their order
 */
export function ranked(all, query, recent) {
  const found = [];
  for (const item of all) {
    const inTitle = match(query, item.title);
    const either = inTitle ?? match(query, `${item.group} ${item.title}`);
    if (!either) continue;
    const used = recent.indexOf(item.id);
    found.push({ item, at: inTitle?.at ?? [], used: used < 0 ? Infinity : used, score: either.score - (inTitle ? 0 : 2) });
  }
  const bySearch = query.trim() !== "";
  found.sort((one, other) => (bySearch ? Math.round(other.score) - Math.round(one.score) : 0) || (one.used === other.used ? 0 : one.used - other.used));
  return found.map(({ item, at }) => ({ item, at }));
}
