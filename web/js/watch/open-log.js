/** The stream that a watch page shows: which service, with whose sessions, from where. */

import { entriesBefore, histogram, oldestEntries } from "../api/history.js";
import { preferences } from "../lib/store.js";
import { askedOf } from "../query/server-filter-text.js";
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
    kept: api && {
      before: (service, cursor, limit, asked) => earlier(api, service || serviceId, cursor, limit, asked),
      count: (service, { signal, step, before, ...asked }) =>
        histogram(api, service || serviceId, countedOf({ step, before, ...asked }), signal),
      begin: (service, epoch) => beginning(api, service || serviceId, epoch),
    },
  });
}

/**
 * @param {import("../api/client.js").Api} api
 * @param {string} serviceId
 * @param {import("../entry/entry.js").Cursor} before
 * @param {number} limit
 * @param {import("../stream/history/history.js").Asked} asked
 */
async function earlier(api, serviceId, before, limit, { signal, ...asked }) {
  const text = await entriesBefore(api, serviceId, before, { limit, ...askedOf(asked) }, signal);
  return text === null ? null : { page: readPage(text), size: text.length };
}

/**
 * @param {object} asked
 * @param {number} asked.step
 * @param {import("../entry/entry.js").Cursor | null} asked.before
 * @param {import("../query/filter.js").Filter} asked.filter
 * @param {number} asked.since
 * @param {number} asked.until
 */
function countedOf({ step, before, ...asked }) {
  return { step, ...(before && { before: `${before.epoch}.${before.seq}` }), ...askedOf(asked) };
}

/**
 * What there is of a service at all: its oldest entry, and what was taken out before that.
 * @param {import("../api/client.js").Api} api
 * @param {string} serviceId
 * @param {string} epoch
 * @returns {Promise<import("../stream/earlier-entries.js").Beginning>}
 */
async function beginning(api, serviceId, epoch) {
  const text = await oldestEntries(api, serviceId, epoch, 1);
  if (text === null) return { kept: { oldest: 1, from: null }, removed: 0, hasHistory: true };
  const { kept, oldest, gaps } = readPage(text);
  const before = gaps.filter(({ to }) => to !== null && to < kept.oldest);
  const removed = before.reduce((sum, { reason, count }) => sum + (reason === "removed" ? Number(count) : 0), 0);
  const isEvicted = before.some(({ reason }) => reason === "overrun");
  return { kept, removed, hasHistory: before.length > 0 ? !isEvicted : kept.oldest < oldest };
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
