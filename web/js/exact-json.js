/**
 * JSON that keeps every digit. `JSON.parse` rounds 9007199254740993 to …992; here a number that would change its
 * value becomes an `ExactNumber`, which carries its digits as they came, and is written back as them.
 */

/** A number as its digits, because a double can't hold it. */
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

/** Only a long run of digits or a three-digit exponent can change in a double: a cheap look at the whole text. */
const SUSPECT = /[0-9.]{16}|[0-9][eE][+-]?[0-9]{3}/;

/** Stands before the digits while they travel through JSON.parse as a string. Random: no log can contain it. */
const MARK = `exact-${crypto.getRandomValues(new Uint32Array(4)).join("-")}:`;
const MARKED = new RegExp(`"${MARK}([-+0-9.eE]+)"`, "g");

/**
 * Whether `text` may hold a number that JSON.parse would round. False is certain; true is worth a closer look.
 * @param {string} text JSON
 */
export function mayRound(text) {
  return SUSPECT.test(text);
}

/**
 * JSON.parse, with an `ExactNumber` wherever a double would change the value.
 * @param {string} text JSON
 * @returns {unknown}
 * @throws {SyntaxError} as JSON.parse does
 */
export function parse(text) {
  const value = JSON.parse(text);
  if (!mayRound(text)) return value;
  let rounded = false;
  const marked = text.replace(LITERAL, (literal) => {
    if (literal.startsWith('"') || !changes(literal)) return literal;
    rounded = true;
    return `"${MARK}${literal}"`;
  });
  if (!rounded) return value;
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

/** @param {string} literal a JSON number */
function changes(literal) {
  return decimal(literal) !== decimal(String(Number(literal)));
}

/**
 * One spelling for each decimal value, so that 1.50, 15e-1 and 1.5 are equal.
 * @param {string} number
 */
function decimal(number) {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number);
  if (!parts) return number; // Infinity
  const [, sign, whole, fraction = "", exponent = "0"] = parts;
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
