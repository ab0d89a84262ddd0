/**
 * The shape of a message: what stays the same when numbers, ids, addresses and quoted texts differ, so that what tells
 * of one thing can be counted as one. It is of the first line, and of no more than its beginning: the time it takes
 * grows with the length of the text, and has a bound.
 *
 *     Charge of order 48213 failed after 2.4s: "card declined"  ->  Charge of order # failed after #s: "…"
 *     GET https://pay.example.com/charges/42 from 10.0.0.7:80  ->  GET https://pay.example.com/charges/:id from #
 */

import { Memo } from "../lib/memo.js";
import { route } from "./http-route.js";

/** Characters of a message that count. */
export const LONGEST = 240;

/** What a character is; every other is part of a token. */
const [BLANK, QUOTE, APOSTROPHE, BETWEEN, VARYING] = [1, 2, 3, 4, 5];
const KINDS = new Uint8Array(128);
for (const [kind, chars] of /** @type {[number, string][]} */ ([
  [BLANK, " \t\r\v\f"],
  [QUOTE, '"`'],
  [APOSTROPHE, "'"],
  [BETWEEN, "()[]{}<>;|"],
  [VARYING, "0123456789/@"],
])) {
  for (const char of chars) KINDS[char.charCodeAt(0)] = kind;
}

const AT_END = ".,:!?";
const NUMBERS = /\d+(?:[.,]\d+)*/g;
/** A number, an amount, a date, a time, an address of IPv4 with its port. */
const NUMERIC = /^[+-]?\d[\d.,:_%TZ/+-]*$/;
const IPV6 = /^[\da-f.]*:[\da-f.]*:[\da-f.:]*$/i;
/** UUIDs, hashes, mixed ids; with a figure in them, or they are words. */
const ID = /^(?:0x[\da-f]+|(?=\D*\d)(?:[\da-f-]{8,}|[\w-]{20,}))$/i;
const WORDS = /[^=:]+/g;

/** @type {Memo<string>} */
const known = new Memo(made);

/** The pattern of a message: numbers, ids and quoted texts are folded away. @param {string} message */
export function messagePattern(message) {
  return known.of(message.length > LONGEST * 2 ? message.slice(0, LONGEST * 2) : message);
}

/** @param {string} message */
function made(message) {
  const line = message.trimStart().split("\n", 1)[0].trimEnd();
  const folded = foldedLine(line.slice(0, LONGEST));
  return line.length > LONGEST || folded.length > LONGEST ? `${folded.slice(0, LONGEST)}…` : folded;
}

/** @param {string} line */
function foldedLine(line) {
  let folded = "";
  let kept = 0; // from here on it is as it was
  let at = 0;
  const put = (/** @type {string} */ text, /** @type {number} */ from, /** @type {number} */ end) => {
    folded += line.slice(kept, from) + text;
    kept = end;
  };
  while (at < line.length) {
    const from = at;
    switch (kindAt(line, at)) {
      case BLANK:
        while (kindAt(line, at) === BLANK) at++;
        if (at > from + 1 || line[from] !== " ") put(" ", from, at);
        break;
      case QUOTE:
      case APOSTROPHE: {
        const end = endOfQuoted(line, from);
        if (end > 0) put(`${line[from]}…${line[from]}`, from, end);
        at = end > 0 ? end : from + 1;
        break;
      }
      case BETWEEN:
        at++;
        break;
      default: {
        let varies = false;
        for (let kind = kindAt(line, at); kind === 0 || kind === VARYING; kind = kindAt(line, ++at))
          varies ||= kind === VARYING;
        if (varies) put(token(line.slice(from, at)), from, at);
      }
    }
  }
  return folded + line.slice(kept);
}

/** @param {string} line @param {number} at @returns {number} 0 for what has no kind of its own; -1 behind the end */
function kindAt(line, at) {
  const char = line.charCodeAt(at);
  return char < 128 ? KINDS[char] : Number.isNaN(char) ? -1 : 0;
}

/**
 * @param {string} line
 * @param {number} from of what may begin a quoted text
 * @returns {number} behind its end; -1: it quotes nothing
 */
function endOfQuoted(line, from) {
  const end = line.indexOf(line[from], from + 1);
  // of a word: don't
  const within = line[from] === "'" && (/\w/.test(line[from - 1] ?? " ") || /\w/.test(line[end + 1] ?? " "));
  return end < 0 || within ? -1 : end + 1;
}

/** @param {string} text without blanks */
function token(text) {
  let end = text.length;
  while (end > 0 && AT_END.includes(text[end - 1])) end--;
  return bare(text.slice(0, end)) + text.slice(end);
}

/** @param {string} text a token without punctuation behind it */
function bare(text) {
  if (NUMERIC.test(text) || IPV6.test(text)) return "#";
  const scheme = text.indexOf("://");
  if (scheme > 0) {
    const path = text.indexOf("/", scheme + 3);
    return path < 0
      ? text.replace(NUMBERS, "#")
      : text.slice(0, path).replace(NUMBERS, "#") + pathShape(text.slice(path));
  }
  if (text.indexOf("@", 1) > 0) return "#";
  return text.includes("/") ? pathShape(text) : text.replace(WORDS, word);
}

/** @param {string} path perhaps with a query */
function pathShape(path) {
  const end = path.search(/[?#]/);
  return route(path).replace(NUMBERS, "#") + (end < 0 ? "" : `${path[end]}…`);
}

/** @param {string} text */
function word(text) {
  return ID.test(text) ? "#" : text.replace(NUMBERS, "#");
}
