/**
 * Regular expressions in queries: the part of the syntax that the server's engine and a browser read alike. What is
 * left out is what that engine has not (look-around, back references), repetition within repetition, which would take a
 * browser for ever, and what grows too large once its counts are written out. The server refuses alike
 * (`query/regex.py`).
 */

const MAX_LENGTH = 200;
const MAX_COUNT = 100;
const MAX_DEPTH = 20;
const MAX_WAYS = 4096;
const [PLAIN, CLASS, NEGATED, CHOICE] = [3, 6, 16, 4]; // sizes
const CLASS_ESCAPES = "dDwWsS";
const OTHER_ESCAPES = "bBtnr";

/** What a class escape holds. A browser's own \s holds more than the server's. @type {Record<string, string>} */
const WITHIN = { s: "\\t\\n\\f\\r ", S: "\\0-\\x08\\x0b\\x0e-\\x1f!-\\u{10ffff}" };

/** What a browser reads otherwise, or would not let a count follow. */
const SPELLED = new Map([
  [".", "[^\\n]"],
  ["^", "(?:^)"],
  ["$", "(?:$)"],
]);

/** The largest size of an expression, and of all of a query together. */
export const MAX_SIZE = 200;

/**
 * @typedef {object} Part a part of an expression
 * @property {boolean} repeats without bound
 * @property {number} size once its counts are written out
 * @property {number} ways in which it may be read: a browser tries them all
 */

/** Why an expression is not taken: a sentence for people. */
export class Refused extends Error {}

/**
 * @param {string} pattern
 * @param {boolean} ignoresCase
 * @returns {{regex: RegExp, size: number}} with what it counts for in a query's MAX_SIZE
 * @throws {Refused}
 */
export function compiled(pattern, ignoresCase) {
  if (pattern.length > MAX_LENGTH) throw new Refused(`A regular expression has at most ${MAX_LENGTH} characters.`);
  const { source, size } = new Reader(pattern).read();
  try {
    return { regex: new RegExp(source, ignoresCase ? "iu" : "u"), size };
  } catch {
    throw new Refused("This regular expression cannot be read, or would grow too large.");
  }
}

/** @param {Part} part @throws {Refused} it is too large */
function checked(part) {
  if (part.size > MAX_SIZE || part.ways > MAX_WAYS) {
    throw new Refused("This regular expression is too large with its counts written out. Lower its counts, or use *.");
  }
  return part;
}

/** @param {number} size @returns {Part} */
function one(size) {
  return { repeats: false, size, ways: 1 };
}

/** @param {string[]} atom @returns {string} the character that it stands for, in lower case; "" for any other atom */
function plainCharacter(atom) {
  const char = atom[atom.length - 1] ?? "";
  const isPlain =
    atom.length === 1 ? !".^$".includes(char) : atom.length === 2 && /^\\[^A-Za-z0-9]$/.test(atom.join(""));
  return isPlain && char <= "\x7f" ? char.toLowerCase() : "";
}

/** @param {string} text @returns {number} after how many characters it can begin again at the earliest, at least 1 */
function period(text) {
  for (let shift = 1; shift < text.length; shift++) if (text.startsWith(text.slice(shift))) return shift;
  return Math.max(1, text.length);
}

/** Reads an expression from left to right and spells it for a browser. */
class Reader {
  #chars;
  #at = 0;
  #depth = 0;
  #plain = true; // while it has met characters and alternatives only
  #out = "";

  /** @param {string} pattern */
  constructor(pattern) {
    this.#chars = [...pattern];
  }

  read() {
    const whole = this.#alternatives();
    if (!this.#done)
      throw new Refused("There is a ) too many in this regular expression. Write \\) for the character itself.");
    return { source: this.#out, size: this.#plain ? PLAIN : checked(whole).size };
  }

  get #done() {
    return this.#at === this.#chars.length;
  }

  /** @returns {Part} */
  #alternatives() {
    let found = this.#sequence();
    while (this.#take("|", "|")) {
      const { repeats, size, ways } = this.#sequence();
      found = { repeats: found.repeats || repeats, size: found.size + size + CHOICE, ways: found.ways + ways };
    }
    return found;
  }

  #sequence() {
    let found = one(0);
    let literal = ""; // the plain characters that stand before the next part
    while (!this.#done && this.#peek !== "|" && this.#peek !== ")") {
      const start = this.#at;
      const atom = this.#atom();
      const end = this.#at;
      const { repeats, size, ways } = this.#quantified(atom, literal);
      const char = this.#at === end ? plainCharacter(this.#chars.slice(start, end)) : "";
      literal = char && literal + char;
      found = { repeats: found.repeats || repeats, size: found.size + size, ways: found.ways * ways };
    }
    return checked(found);
  }

  /** @param {Part} part @param {string} before the plain characters that stand before it */
  #quantified(part, before) {
    const counts = this.#quantifier();
    if (!counts) return part;
    this.#plain = false;
    const [least, most] = counts;
    if (most === Infinity) {
      if (part.repeats)
        throw new Refused("Repetition within repetition, as in (a+)+, is not possible here. Write it flat.");
      return checked({ repeats: true, size: part.size * (least || 1) + CHOICE, ways: part.ways });
    }
    const size = Math.floor((part.size * most + CHOICE * (most - least)) / period(before));
    return checked({ repeats: part.repeats, size, ways: part.ways ** most * (most - least + 1) });
  }

  /** @returns {Part} */
  #atom() {
    const char = this.#next();
    if (char === "(") return this.#group();
    if (char === "[") return this.#class();
    if (char === "\\") return this.#escape(CLASS_ESCAPES + OTHER_ESCAPES);
    if ("*+?".includes(char))
      throw new Refused(`There is nothing for ${char} to repeat. Write \\${char} for the character itself.`);
    if ("{}]".includes(char)) throw new Refused(`Write \\${char} for the character ${char} itself.`);
    this.#out += SPELLED.get(char) ?? char;
    if (char === ".") this.#plain = false;
    return one(char === "." ? CLASS : 1);
  }

  #group() {
    this.#plain = false;
    if (this.#take("?") && !this.#take(":")) throw new Refused("Groups are (…) and (?:…): no look-around, no names.");
    if (++this.#depth > MAX_DEPTH) throw new Refused("The groups of this regular expression are nested too deeply.");
    this.#out += "(?:";
    const found = this.#alternatives();
    this.#depth--;
    if (!this.#take(")", ")"))
      throw new Refused("A group of this regular expression is not closed. Write \\( for the character itself.");
    return found;
  }

  #class() {
    this.#plain = false;
    this.#out += "[";
    let size = this.#take("^", "^") ? NEGATED : CLASS;
    if (this.#peek === "]") throw new Refused("A class […] holds at least one character; write \\] for that one.");
    let afterClass = false; // behind \d a dash is itself
    while (!this.#take("]", "]")) {
      if (this.#done) throw new Refused("A class […] of this regular expression is not closed.");
      const char = this.#next();
      if (char === "[") throw new Refused("Write \\[ for the character [ within a class.");
      const isClass = char === "\\" && CLASS_ESCAPES.includes(this.#peek);
      if (char === "\\") size += this.#escape(`${CLASS_ESCAPES}tnr`, true).size;
      else this.#out += char === "-" && afterClass ? "\\-" : char;
      if (char > "\x7f") size++;
      afterClass = isClass;
    }
    return one(size);
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
    if (!CLASS_ESCAPES.includes(char)) return one(1);
    this.#plain = false;
    return one(/[DWS]/.test(char) ? NEGATED : CLASS);
  }

  /** @returns {[number, number] | null} least and most of a repetition, Infinity where it has no upper bound */
  #quantifier() {
    /** @type {[number, number]} */
    let counts;
    if (this.#take("*", "*")) counts = [0, Infinity];
    else if (this.#take("+", "+")) counts = [1, Infinity];
    else if (this.#take("?", "?")) counts = [0, 1];
    else if (this.#take("{", "{")) counts = this.#counts();
    else return null;
    this.#take("?", "?");
    return counts;
  }

  /** @returns {[number, number]} */
  #counts() {
    const least = this.#number();
    let most = least;
    if (this.#take(",", ",")) most = this.#peek === "}" ? Infinity : this.#number();
    if (!this.#take("}", "}") || most < least)
      throw new Refused("A count is {n}, {n,} or {n,m}. Write \\{ for the character itself.");
    return [least, most];
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
