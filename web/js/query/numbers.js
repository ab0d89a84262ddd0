/** Numbers as they stand in a query and in JSON. */

const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const WHOLE = /^-?\d+$/;

/**
 * @param {string} text
 * @returns {number | null} null: it is none
 */
export function toNumber(text) {
  return NUMBER.test(text) ? Number(text) : null;
}

/**
 * Integers by every digit, other numbers as doubles.
 * @param {string} a
 * @param {string} b
 */
export function sameNumber(a, b) {
  if (!NUMBER.test(a) || !NUMBER.test(b)) return false;
  return WHOLE.test(a) && WHOLE.test(b) ? bare(a) === bare(b) : Number(a) === Number(b);
}

/** Without leading zeros, and zero without a sign: no conversion, so a long one costs nothing. @param {string} integer */
function bare(integer) {
  const [, sign, digits] = /^(-?)0*(\d+)$/.exec(integer) ?? ["", "", integer];
  return digits === "0" ? digits : sign + digits;
}
