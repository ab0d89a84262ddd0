/**
 * The `entries` message, read along its text as this server writes it: members in the contract's order, no space
 * between them. That is most of what a page ever does, and costs a fifth of opening it with JSON.parse and writing the
 * metadata again. Whatever is spelled otherwise is left to `messages.js`, which reads any JSON; both give the same.
 */

import { durationOf, mayTellDuration } from "../entry/derived.js";
import { parse, stringify } from "../lib/exact-json.js";
import { copy, known, Unusual } from "./entry-texts.js";

/** @typedef {import("../entry/entry.js").Entry} Entry */
/** @typedef {import("../entry/entry.js").Level} Level */
/** @typedef {{type: "entries", through: number, entries: Entry[]}} Entries through: everything up to here is known */

const [QUOTE, COMMA, COLON, ZERO, OBJECT, OBJECT_END, LIST, LIST_END, SPACE] = [...'",:0{}[] '].map((char) =>
  char.charCodeAt(0),
);
const HEAD = '{"type":"entries","through":';
const TIME = 24; // characters of 2026-05-14T10:30:00.112Z
const SECOND = 19; // of them up to the second

/** @type {readonly string[]} */
const NONE = [];
/** @type {ReadonlyMap<number, Level>} by the first character */
const LEVELS = new Map(
  /** @type {Level[]} */ (["error", "warn", "info", "debug"]).map((level) => [level.charCodeAt(0), level]),
);

/**
 * @param {string} text a message
 * @param {string} epoch the connection's
 * @returns {Entries | null} null: it has to be read in another way
 */
export function readEntries(text, epoch) {
  if (!text.startsWith(HEAD)) return null;
  try {
    return new Reader(text, epoch).message();
  } catch (error) {
    if (error instanceof Unusual || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The beginning of the last time that was read, up to its second, and what it comes to. */
let second = "";
let secondAt = 0;

/** What `#metadata` answers instead of a duration: there is none; it takes a closer look; all must be written again. */
const UNKNOWN = -1;
const CLOSER = -2;
const UNUSUAL = -3;

/** In which metadata a key was found last, by a number made of its characters: one that comes twice is noticed. */
const keys = new Int32Array(1024);
let serial = 0;

class Reader {
  #at = HEAD.length;
  /** Of the next backslash. Where there is none within a text, it is what it looks like. */
  #escape = -1;
  #text;
  #epoch;

  /** @param {string} text @param {string} epoch */
  constructor(text, epoch) {
    this.#text = text;
    this.#epoch = epoch;
  }

  message() {
    const through = this.#whole();
    this.#pass(',"entries":[');
    /** @type {Entry[]} */
    const entries = [];
    if (!this.#has("]")) {
      do entries.push(this.#entry());
      while (this.#has(","));
      this.#pass("]");
    }
    this.#pass("}");
    if (this.#at !== this.#text.length) throw new Unusual();
    return { type: /** @type {const} */ ("entries"), through, entries };
  }

  /** @returns {Entry} */
  #entry() {
    this.#pass('{"seq":');
    const seq = this.#whole();
    this.#pass(',"receivedAt":"');
    const receivedAt = this.#time();
    this.#pass(',"timestamp":"');
    const timestamp = this.#time();
    this.#pass(',"level":"');
    const level = this.#level();
    this.#pass(',"message":"');
    const message = this.#string();
    const source = this.#has(',"source":"') ? known(this.#string()) : "";
    const endpoint = this.#has(',"endpoint":"') ? this.#string() : "";
    const method = this.#has(',"method":"') ? known(this.#string()) : "";
    const statusCode = this.#has(',"statusCode":') ? this.#whole() : 0;
    let metadata = "";
    let duration = UNKNOWN;
    if (this.#has(',"metadata":')) {
      const from = this.#at;
      duration = this.#metadata();
      metadata = duration === UNUSUAL ? spelled(this.#text.slice(from, this.#at)) : copy(this.#text, from, this.#at);
      if (duration < UNKNOWN) duration = durationOf(metadata);
    }
    const truncated = this.#has(',"truncated":') ? this.#names() : NONE;
    const readFrom = this.#has(',"readFrom":') ? known(this.#texts()) : "";
    this.#pass("}");
    return {
      kind: "entry",
      service: "",
      epoch: this.#epoch,
      seq,
      receivedAt,
      timestamp,
      level,
      message,
      source,
      endpoint,
      method,
      statusCode,
      duration,
      metadata,
      truncated,
      readFrom,
      route: null,
    };
  }

  /** Goes past what must stand here. @param {string} text */
  #pass(text) {
    if (!this.#has(text)) throw new Unusual();
  }

  /** @param {string} text @returns {boolean} whether it stands here; then it is passed */
  #has(text) {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #whole() {
    const from = this.#at;
    let value = 0;
    for (let digit; (digit = this.#text.charCodeAt(this.#at) - ZERO) >= 0 && digit <= 9; this.#at++)
      value = value * 10 + digit;
    const led = this.#at - from > 1 && this.#text.charCodeAt(from) === ZERO; // no JSON
    if (this.#at === from || led || !Number.isSafeInteger(value)) throw new Unusual();
    return value;
  }

  /** Up to and with the quote behind it. @returns {number} epoch milliseconds */
  #time() {
    const text = this.#text;
    const from = this.#at;
    const end = from + TIME;
    if (text.charCodeAt(end) !== QUOTE) throw new Unusual();
    this.#at = end + 1;
    if (second !== "" && text.startsWith(second, from)) {
      const [hundreds, tens, ones] = [
        text.charCodeAt(end - 4) - ZERO,
        text.charCodeAt(end - 3) - ZERO,
        text.charCodeAt(end - 2) - ZERO,
      ];
      if (isDigit(hundreds) && isDigit(tens) && isDigit(ones) && text[end - 1] === "Z")
        return secondAt + hundreds * 100 + tens * 10 + ones;
    }
    const value = Date.parse(text.slice(from, end));
    if (Number.isNaN(value)) throw new Unusual();
    if (text[from + SECOND] === ".") {
      second = copy(text, from, from + SECOND + 1);
      secondAt = Math.floor(value / 1000) * 1000;
    }
    return value;
  }

  #level() {
    const level = LEVELS.get(this.#text.charCodeAt(this.#at));
    if (!level || !this.#has(level)) throw new Unusual();
    this.#pass('"');
    return level;
  }

  /** Up to and with the quote behind it. */
  #string() {
    const from = this.#at;
    const end = this.#quote(from);
    this.#at = end + 1;
    return this.#escape < end ? JSON.parse(this.#text.slice(from - 1, end + 1)) : copy(this.#text, from, end);
  }

  /**
   * Past an object, down to its end, looking only at what tells where that is, and at its own duration.
   * @returns {number} its duration, `UNKNOWN` if it has none, `CLOSER` if it may be under another name or in another
   *   unit; `UNUSUAL` if it is not spelled as JSON.stringify would
   */
  #metadata() {
    const text = this.#text;
    if (text.charCodeAt(this.#at) !== OBJECT) throw new Unusual();
    let duration = UNKNOWN;
    let depth = 0;
    let plain = true;
    let closer = false;
    serial = (serial + 1) | 0;
    for (let at = this.#at; ; at++) {
      const char = text.charCodeAt(at);
      if (char === QUOTE) {
        const end = this.#quote(at + 1);
        if (this.#escape < end) plain = false;
        if (text.charCodeAt(end + 1) === COLON) {
          if (plain && isTwice(text, at + 1, end)) plain = false;
          if (depth === 1) {
            if (end - at === 9 && text.startsWith("duration", at + 1)) {
              duration = milliseconds(text, end + 2);
              if (duration < 0) closer = true;
            } else if (mayTellDuration(text.charCodeAt(at + 1), end - at - 1)) closer = true;
          }
        }
        at = end;
      } else if (char === OBJECT || char === LIST) depth++;
      else if (char === OBJECT_END || char === LIST_END) {
        if (--depth === 0) {
          this.#at = at + 1;
          return plain ? (closer ? CLOSER : duration) : UNUSUAL;
        }
      } else if (char <= SPACE) plain = false;
      else if (Number.isNaN(char)) throw new Unusual(); // behind the end of the text
    }
  }

  /** An object of texts, as its JSON. */
  #texts() {
    const from = this.#at;
    this.#pass("{");
    do {
      this.#pass('"');
      this.#at = this.#quote(this.#at) + 1;
      this.#pass(':"');
      this.#at = this.#quote(this.#at) + 1;
    } while (this.#has(","));
    this.#pass("}");
    return copy(this.#text, from, this.#at);
  }

  /** A list of texts, none of which holds a bracket. */
  #names() {
    const from = this.#at;
    this.#at = orInfinity(this.#text.indexOf("]", from)) + 1;
    const names = this.#at < Infinity ? JSON.parse(this.#text.slice(from, this.#at)) : null;
    if (!Array.isArray(names)) throw new Unusual();
    return names.map(String);
  }

  /** @param {number} from within a text @returns {number} where the quote stands that ends it */
  #quote(from) {
    const text = this.#text;
    if (this.#escape < from) this.#escape = orInfinity(text.indexOf("\\", from));
    let end = orInfinity(text.indexOf('"', from));
    for (let slash = this.#escape; slash < end; slash = orInfinity(text.indexOf("\\", slash + 2))) {
      if (end === slash + 1) end = orInfinity(text.indexOf('"', end + 1));
    }
    if (end === Infinity) throw new Unusual();
    return end;
  }
}

/** @param {number} index as indexOf gives it */
function orInfinity(index) {
  return index < 0 ? Infinity : index;
}

/** @param {number} digit */
function isDigit(digit) {
  return digit >= 0 && digit <= 9;
}

/**
 * Whether a key may have come before in this metadata; two keys that differ are taken for one now and then.
 * @param {string} text
 * @param {number} from
 * @param {number} end
 */
function isTwice(text, from, end) {
  const [first, middle, last] = [text.charCodeAt(from), text.charCodeAt((from + end) >> 1), text.charCodeAt(end - 1)];
  const key = (Math.imul(first, 31) + Math.imul(middle, 17) + Math.imul(last, 7) + Math.imul(end - from, 131)) & 1023;
  if (keys[key] === serial) return true;
  keys[key] = serial;
  return false;
}

/**
 * @param {string} text
 * @param {number} from where a value stands
 * @returns {number} the value, if it can be a duration; else -1
 */
function milliseconds(text, from) {
  let end = from;
  let char = text.charCodeAt(end);
  while (char !== COMMA && char !== OBJECT_END && char >= 0) char = text.charCodeAt(++end);
  const first = text.charCodeAt(from);
  const ms = first === QUOTE || first === OBJECT || first === LIST ? NaN : Number(text.slice(from, end));
  return ms >= 0 && ms < Infinity ? ms : -1;
}

/**
 * The metadata as JSON.stringify would write it, with every digit.
 * @param {string} json
 */
function spelled(json) {
  return stringify(parse(json));
}
