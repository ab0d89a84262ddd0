/**
 * Numbers as they stand in a query and in JSON, compared by every digit. The server compares alike
 * (`query/numbers.py`).
 */

const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const PARTS = /^(-?)0*(\d*)(?:\.(\d+))?(?:[eE]([+-]?)0*(\d*))?$/;
// what an exponent of more than 15 digits counts as: an entry can't hold so many digits as would tell
const MOST = 1e15;

/** @typedef {{text: string, value: number}} Exact as it stands, and the double next to it */

/**
 * @param {string} text
 * @returns {Exact | null} null: it is none
 */
export function exact(text) {
  return NUMBER.test(text) ? { text, value: Number(text) } : null;
}

/**
 * @param {Exact} a
 * @param {Exact} b
 * @returns {number} below 0, 0 or above: a is less than b, the same, more
 */
export function compared(a, b) {
  // Rounding keeps the order: only what falls on one double is told apart by its digits, without a conversion.
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  if (a.text === b.text) return 0;
  const [one, other] = [parts(a.text), parts(b.text)];
  if (one.sign !== other.sign) return one.sign - other.sign; // where both are next to zero
  if (one.exponent !== other.exponent) return one.sign * (one.exponent - other.exponent);
  return one.digits === other.digits ? 0 : one.digits < other.digits ? -one.sign : one.sign;
}

/** What is 0.digits × 10^exponent; the sign of zero is 0. @param {string} text */
function parts(text) {
  const [, minus, whole, fraction = "", below, exponent = ""] = /** @type {RegExpExecArray} */ (PARTS.exec(text));
  const all = whole + fraction;
  const first = leadingZeros(all);
  const digits = all.slice(first, trailingZeros(all, first));
  const shift = (exponent.length > 15 ? MOST : Number(exponent)) * (below === "-" ? -1 : 1);
  return { sign: digits === "" ? 0 : minus ? -1 : 1, digits, exponent: whole.length - first + shift };
}

/** @param {string} digits */
function leadingZeros(digits) {
  let count = 0;
  while (digits[count] === "0") count++;
  return count;
}

/** @param {string} digits @param {number} first @returns {number} where the zeros at the end begin */
function trailingZeros(digits, first) {
  let end = digits.length;
  while (end > first && digits[end - 1] === "0") end--;
  return end;
}
