/**
 * Regular expressions in queries: the part of the syntax that the server's engine and a browser read alike. What is left
 * out is what that engine has not (look-around, back references), and repetition within repetition, which would take a
 * browser for ever. The server refuses alike (`query_regex.py`).
 */

const MAX_LENGTH = 200;
const MAX_COUNT = 100;
const MAX_DEPTH = 20;
const CLASS_ESCAPES = "dDwWsS";
const OTHER_ESCAPES = "bBtnr";

/** What a class escape holds. A browser's own \s holds more than the server's. @type {Record<string, string>} */
const WITHIN = { s: "\\t\\n\\f\\r ", S: "\\0-\\x08\\x0b\\x0e-\\x1f!-\\u{10ffff}" };

/** What a browser reads otherwise, or would not let a count follow. */
const SPELLED = new Map([[".", "[^\\n]"], ["^", "(?:^)"], ["$", "(?:$)"]]);

/** Why an expression is not taken: a sentence for people. */
export class Refused extends Error {}

/**
 * @param {string} pattern
 * @param {boolean} ignoresCase
 * @returns {RegExp}
 * @throws {Refused}
 */
export function compiled(pattern, ignoresCase) {
  if (pattern.length > MAX_LENGTH) throw new Refused(`A regular expression has at most ${MAX_LENGTH} characters.`);
  const source = new Reader(pattern).source();
  try {
    return new RegExp(source, ignoresCase ? "iu" : "u");
  } catch {
    throw new Refused("This regular expression cannot be read, or would grow too large.");
  }
}

/** Reads an expression from left to right and spells it for a browser; most methods return whether what they read repeats without bound. */
class Reader {
  #chars;
  #at = 0;
  #depth = 0;
  #out = "";

  /** @param {string} pattern */
  constructor(pattern) {
    this.#chars = [...pattern];
  }

  source() {
    this.#alternatives();
    if (!this.#done) throw new Refused("There is a ) too many in this regular expression. Write \\) for the character itself.");
    return this.#out;
  }

  get #done() {
    return this.#at === this.#chars.length;
  }

  /** @returns {boolean} */
  #alternatives() {
    let repeats = this.#sequence();
    while (this.#take("|", "|")) repeats = this.#sequence() || repeats;
    return repeats;
  }

  /** @returns {boolean} */
  #sequence() {
    let repeats = false;
    while (!this.#done && this.#peek !== "|" && this.#peek !== ")") {
      const inner = this.#atom();
      const quantified = this.#quantifier();
      if (quantified && inner) throw new Refused("Repetition within repetition, as in (a+)+, is not possible here. Write it flat.");
      repeats = repeats || inner || quantified;
    }
    return repeats;
  }

  /** @returns {boolean} */
  #atom() {
    const char = this.#next();
    if (char === "(") return this.#group();
    if (char === "[") this.#class();
    else if (char === "\\") this.#escape(CLASS_ESCAPES + OTHER_ESCAPES);
    else if ("*+?".includes(char)) throw new Refused(`There is nothing for ${char} to repeat. Write \\${char} for the character itself.`);
    else if ("{}]".includes(char)) throw new Refused(`Write \\${char} for the character ${char} itself.`);
    else this.#out += SPELLED.get(char) ?? char;
    return false;
  }

  /** @returns {boolean} */
  #group() {
    if (this.#take("?") && !this.#take(":")) throw new Refused("Groups are (…) and (?:…): no look-around, no names.");
    if (++this.#depth > MAX_DEPTH) throw new Refused("The groups of this regular expression are nested too deeply.");
    this.#out += "(?:";
    const repeats = this.#alternatives();
    this.#depth--;
    if (!this.#take(")", ")")) throw new Refused("A group of this regular expression is not closed. Write \\( for the character itself.");
    return repeats;
  }

  #class() {
    this.#out += "[";
    this.#take("^", "^");
    if (this.#peek === "]") throw new Refused("A class […] holds at least one character; write \\] for that one.");
    let afterClass = false; // behind \d a dash is itself
    while (!this.#take("]", "]")) {
      if (this.#done) throw new Refused("A class […] of this regular expression is not closed.");
      const char = this.#next();
      if (char === "[") throw new Refused("Write \\[ for the character [ within a class.");
      const isClass = char === "\\" && CLASS_ESCAPES.includes(this.#peek);
      if (char === "\\") this.#escape(`${CLASS_ESCAPES}tnr`, true);
      else this.#out += char === "-" && afterClass ? "\\-" : char;
      afterClass = isClass;
    }
  }

  /** @param {string} letters */
  #escape(letters, inClass = false) {
    const char = this.#next();
    if (char === "" || !/^[\0-\x7f]$/.test(char) || (/[A-Za-z0-9]/.test(char) && !letters.includes(char))) {
      throw new Refused(`Behind \\ stands one of ${[...letters].join(", ")}, or a sign that is meant as it is.`);
    }
    if (Object.hasOwn(WITHIN, char)) this.#out += inClass ? WITHIN[char] : `[${WITHIN[char]}]`;
    else if (/[bB]/.test(char)) this.#out += `(?:\\${char})`;
    else if (/[A-Za-z]/.test(char)) this.#out += `\\${char}`;
    else this.#out += `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  }

  /** Whether there is one that has no upper bound. */
  #quantifier() {
    if (this.#take("*", "*") || this.#take("+", "+")) {
      this.#take("?", "?");
      return true;
    }
    if (this.#take("?", "?")) {
      this.#take("?", "?");
      return false;
    }
    if (!this.#take("{", "{")) return false;
    const least = this.#number();
    let most = least;
    if (this.#take(",", ",")) most = this.#peek === "}" ? Infinity : this.#number();
    if (!this.#take("}", "}") || most < least) throw new Refused("A count is {n}, {n,} or {n,m}. Write \\{ for the character itself.");
    this.#take("?", "?");
    return most === Infinity;
  }

  #number() {
    let digits = "";
    while (/^[0-9]$/.test(this.#peek)) digits += this.#next();
    if (digits === "" || digits.length > 3 || Number(digits) > MAX_COUNT) {
      throw new Refused(`A count is a number up to ${MAX_COUNT}. Write \\{ for the character { itself.`);
    }
    this.#out += digits;
    return Number(digits);
  }

  get #peek() {
    return this.#chars[this.#at] ?? "";
  }

  #next() {
    const char = this.#peek;
    if (char !== "") this.#at++;
    return char;
  }

  /** @param {string} char @param {string} [out] what it is to the browser */
  #take(char, out = "") {
    if (this.#peek !== char) return false;
    this.#at++;
    this.#out += out;
    return true;
  }
}
