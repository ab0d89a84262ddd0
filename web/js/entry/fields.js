/** Members of an object that the server sent, each checked to be of its type. */

/** @typedef {{[name: string]: unknown}} Fields */

/** The server said something that the contract does not allow. */
export class WireError extends Error {}

/**
 * A value that must be an object.
 * @param {unknown} value
 * @param {string} what
 * @returns {Fields}
 * @throws {WireError} it is none
 */
export function object(value, what) {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new WireError(`${what} is not an object`);
  return /** @type {Fields} */ (value);
}

/**
 * A member that must be text.
 * @param {Fields} fields
 * @param {string} name
 * @throws {WireError} it is none
 */
export function string(fields, name) {
  const value = fields[name];
  if (typeof value !== "string") throw new WireError(`${name} is not text`);
  return value;
}

/**
 * A member that must be a number.
 * @param {Fields} fields
 * @param {string} name
 * @throws {WireError} it is none
 */
export function number(fields, name) {
  const value = fields[name];
  if (typeof value !== "number") throw new WireError(`${name} is not a number`);
  return value;
}

/**
 * A member that must be a whole number that a double holds exactly.
 * @param {Fields} fields
 * @param {string} name
 * @throws {WireError} it is none
 */
export function whole(fields, name) {
  const value = number(fields, name);
  if (!Number.isSafeInteger(value)) throw new WireError(`${name} is not a whole number`);
  return value;
}

/**
 * A member that must be a time, in epoch milliseconds.
 * @param {Fields} fields
 * @param {string} name
 * @throws {WireError} it is none
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
