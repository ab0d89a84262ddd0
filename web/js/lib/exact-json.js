/**
 * JSON that keeps every digit. `JSON.parse` rounds 9007199254740993 to …992 and forgets that 1.10 had two decimals;
 * here a number that a double would spell otherwise becomes an `ExactNumber`, which carries its digits as they came,
 * and is written back as them.
 */

/** A number as its digits, because a double would spell it otherwise. */
export class ExactNumber {
  /** @param {string} digits a JSON number */
  constructor(digits) {
    /** @readonly */
    this.digits = digits;
  }

  toString() {
    return this.digits;
  }
}

/** A string (skipped) or a number; the string is unrolled, so that a long one costs no backtracking. */
const LITERAL = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Only a long run of digits, a fraction that ends in 0, an exponent and -0 can be spelled otherwise: a cheap look at
 * the whole text. A text that holds the like costs the closer look, nothing else.
 */
const SUSPECT = /[0-9.]{16}|\.[0-9]*0(?:[,}\]\s]|$)|(?:^|[:,[\s])(?:-?[0-9][0-9.]*[eE]|-0(?:[,}\]\s]|$))/;

/** Stands before the digits while they travel through JSON.parse as a string. Random: no log can contain it. */
const MARK = `exact-${crypto.getRandomValues(new Uint32Array(4)).join("-")}:`;
const MARKED = new RegExp(`"${MARK}([-+0-9.eE]+)"`, "g");

/**
 * Whether `text` may hold a number that JSON.parse would change. False is certain; true is worth a closer look.
 * @param {string} text JSON
 */
export function mayRound(text) {
  return SUSPECT.test(text);
}

/**
 * JSON.parse, with an `ExactNumber` wherever a double would be spelled otherwise.
 * @param {string} text JSON
 * @returns {unknown}
 * @throws {SyntaxError} as JSON.parse does
 */
export function parse(text) {
  const value = JSON.parse(text);
  if (!mayRound(text)) return value;
  let changed = false;
  const marked = text.replace(LITERAL, (literal) => {
    if (literal.startsWith('"') || String(Number(literal)) === literal) return literal;
    changed = true;
    return `"${MARK}${literal}"`;
  });
  if (!changed) return value;
  // The reviver defines members, it does not assign them: a `__proto__` key stays a key.
  return JSON.parse(marked, (_key, member) =>
    typeof member === "string" && member.startsWith(MARK) ? new ExactNumber(member.slice(MARK.length)) : member,
  );
}

/**
 * JSON.stringify, with an `ExactNumber` written as its digits.
 * @param {unknown} value
 * @param {number} [indent] spaces a level
 * @returns {string}
 */
export function stringify(value, indent = 0) {
  let exact = false;
  const text = JSON.stringify(
    value,
    (_key, member) => {
      if (!(member instanceof ExactNumber)) return member;
      exact = true;
      return MARK + member.digits;
    },
    indent,
  );
  return exact ? text.replace(MARKED, "$1") : text;
}
