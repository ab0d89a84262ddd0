/** What the server keeps of a service: ring buffer and history as one. */

import { ApiError } from "./problem.js";

/** @typedef {import("./client.js").Api} Api */
/** @typedef {import("../query/server-filter-text.js").AskedQuery} AskedQuery */

/**
 * A page of entries before a cursor, newest first.
 * @param {Api} api
 * @param {string} serviceId
 * @param {import("../entry/entry.js").Cursor} before
 * @param {AskedQuery & {limit: number}} asked
 * @param {AbortSignal} [signal]
 * @returns {Promise<string | null>} the answer as text; null: of this numbering nothing is kept any more
 */
export function entriesBefore(api, serviceId, { epoch, seq }, asked, signal) {
  return page(api, serviceId, { before: `${epoch}.${seq}`, ...asked }, signal);
}

/**
 * The oldest entries that there are, as a page, the oldest first.
 * @param {Api} api
 * @param {string} serviceId
 * @param {string} epoch
 * @param {number} limit
 * @returns {Promise<string | null>} as in `entriesBefore`
 */
export function oldestEntries(api, serviceId, epoch, limit) {
  return page(api, serviceId, { after: `${epoch}.0`, limit });
}

/**
 * How many entries of each level came in every step of time.
 * @param {Api} api
 * @param {string} serviceId
 * @param {AskedQuery & {step: number, before?: string}} asked step: seconds
 * @param {AbortSignal} [signal]
 * @returns {Promise<{steps: ({at: string} & import("./client.js").Levels)[], through: number}>}
 *   newest first; counted down to `through`
 */
export async function histogram(api, serviceId, asked, signal) {
  const text = await api.call("GET", path(serviceId, "histogram"), {
    query: asked,
    signal,
    parse: (/** @type {string} */ lines) => lines,
  });
  const lines = text
    .trim()
    .split("\n")
    .map((/** @type {string} */ line) => JSON.parse(line));
  const { through } = lines.pop();
  return { steps: lines, through };
}

/**
 * Where a file of all that matches is had.
 * @param {Api} api
 * @param {string} serviceId
 * @param {AskedQuery & {format: "ndjson" | "csv"}} asked
 */
export function exportAddress(api, serviceId, asked) {
  return api.address(path(serviceId, "export"), asked);
}

/**
 * @param {Api} api
 * @param {string} serviceId
 * @param {import("./client.js").Query} query
 * @param {AbortSignal} [signal]
 * @returns {Promise<string | null>}
 */
async function page(api, serviceId, query, signal) {
  try {
    return await api.call("GET", path(serviceId, "entries"), { query, signal, parse: (text) => text });
  } catch (error) {
    if (error instanceof ApiError && (error.code === "epoch_mismatch" || error.status === 404)) return null;
    throw error;
  }
}

/** @param {string} serviceId @param {string} what */
function path(serviceId, what) {
  return `/services/${encodeURIComponent(serviceId)}/${what}`;
}
