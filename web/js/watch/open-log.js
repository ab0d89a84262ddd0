/** The stream that a watch page shows: which service, with whose sessions, from where. */

import { preferences } from "../lib/store.js";
import { readPage } from "../stream/messages.js";
import { LiveLog } from "../stream/live-log.js";

/** @typedef {import("../stream/connection.js").Sessions} Sessions */

/** Entries: all there are. A guest can't ask for more later, as the operator can. */
const EVERYTHING = 200_000;

/**
 * @param {object} options as the page's properties
 * @param {import("../api/client.js").Api | null} options.api
 * @param {Sessions | null} options.grant
 * @param {string} options.serviceId
 * @param {readonly import("../stream/live-log.js").Service[]} options.services
 * @param {import("../filters/address.js").Address} address
 * @returns {LiveLog | null} not started; null: there is nothing to watch yet
 */
export function openLog({ api, grant, serviceId, services }, address) {
  const sessions = grant ?? operatorSessions(api, serviceId, services);
  if (!sessions) return null;
  const url = new URL("api/v1/stream", location.origin + location.pathname);
  url.protocol = url.protocol.replace("http", "ws");
  return new LiveLog({
    sessions,
    services,
    url: url.href,
    filter: address.filter,
    backlog: grant ? EVERYTHING : undefined,
    fetchEarlier: api && ((service, before, limit) => earlier(api, service || serviceId, before, limit)),
  });
}

/**
 * @param {import("../api/client.js").Api} api
 * @param {string} serviceId
 * @param {import("../entry/entry.js").Cursor} before
 * @param {number} limit
 */
async function earlier(api, serviceId, before, limit) {
  const text = await api.entriesBefore(serviceId, before, limit);
  return text === null ? null : { page: readPage(text), size: text.length };
}

/**
 * The operator's own, of one service or of each.
 * @param {import("../api/client.js").Api | null} api
 * @param {string} serviceId
 * @param {readonly import("../stream/live-log.js").Service[]} services
 */
function operatorSessions(api, serviceId, services) {
  if (!api) return null;
  const of = (/** @type {string} */ id) => ({
    create: () => api.createSession(id, { ttl: preferences.get("sessionSeconds") }),
    end: (/** @type {string} */ session) => api.endSession(session),
  });
  if (services.length > 0) return (/** @type {{id: string}} */ { id }) => of(id);
  return serviceId ? of(serviceId) : null;
}
