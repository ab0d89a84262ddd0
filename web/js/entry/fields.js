/** Members of an object that the server sent, each checked to be of its type. */

/** @typedef {{[name: string]: unknown}} Fields */

/** The server said something that the contract does not allow. */
export class WireError extends Error {}

/**
 * @param {unknown} value
 * @param {string} what
 * @returns {Fields}
 */
export function object(value, what) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new WireError(`${what} is not an object`);
  return /** @type {Fields} */ (value);
}

/**
 * @param {Fields} fields
 * @param {string} name
 */
export function string(fields, name) {
  const value = fields[name];
  if (typeof value !== "string") throw new WireError(`${name} is not text`);
  return value;
}

/**
 * @param {Fields} fields
 * @param {string} name
 */
export function number(fields, name) {
  const value = fields[name];
  if (typeof value !== "number") throw new WireError(`${name} is not a number`);
  return value;
}

/**
 * @param {Fields} fields
 * @param {string} name
 */
export function whole(fields, name) {
  const value = number(fields, name);
  if (!Number.isSafeInteger(value)) throw new WireError(`${name} is not a whole number`);
  return value;
}

/**
 * @param {Fields} fields
 * @param {string} name
 */
export function time(fields, name) {
  const value = Date.parse(string(fields, name));
  if (Number.isNaN(value)) throw new WireError(`${name} is not a time`);
  return value;
}

/** @param {unknown} value */
export function text(value) {
  return typeof value === "string" ? value : "";
}
