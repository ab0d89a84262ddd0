/** What services that are not watched have of something, asked of the server one after the other. */

import { readEntry } from "../entry/entry.js";
import { stringify } from "../lib/exact-json.js";

const MOST = 500; // entries of a service

/**
 * @param {import("../api/client.js").Api} api
 * @param {readonly string[]} watched ids of those that need not be asked
 * @param {string} q a query
 * @returns {Promise<import("./reader/one-request.js").Found>}
 * @throws {import("../api/client.js").ApiError}
 */
export async function askOthers(api, watched, q) {
  const services = (await api.services()).map(({ id, name }) => ({ id, name }));
  const entries = [];
  for (const { id } of services) {
    if (watched.includes(id)) continue;
    const answer = await api.entries(id, { q, limit: MOST });
    for (const fields of answer.entries)
      entries.push({ ...readEntry(fields, String(fields.epoch ?? answer.epoch), stringify), service: id });
  }
  return { entries, services };
}
