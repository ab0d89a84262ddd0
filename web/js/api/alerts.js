/** Alerts: rules over queries, and where they are told. */

/** @typedef {import("./client.js").Api} Api */
/** @typedef {{ count: number, within: number } | { none: number } | { firstSeen: true }} When seconds */
/** @typedef {"json" | "slack" | "discord" | "ntfy" | "telegram"} Kind */
/**
 * As it is shown, its secrets masked; as it is sent, those of one with an `id` that are left out stay.
 * @typedef {{
 *   id?: string, kind: Kind, url?: string, topic?: string, token?: string, chatId?: string,
 *   headers?: Record<string, string>
 * }} Destination
 */
/**
 * @typedef {object} Notice
 * @property {string} service its id
 * @property {"firing" | "resolved"} kind
 * @property {string} at
 * @property {string | null} since
 * @property {number} count
 * @property {number} missed entries that were not looked at
 * @property {string} link
 * @property {{
 *   destination: string, state: "pending" | "delivered" | "failed", tries: number, status: number | null, said: string
 * }[]} deliveries
 */
/**
 * @typedef {object} Rule
 * @property {string} name
 * @property {string} [query] none where it follows a view
 * @property {string | null} [view] the id of the view whose query it follows
 * @property {string | null} service its id; null: each by itself
 * @property {When} when
 * @property {number} cooldown seconds
 * @property {boolean} resolved whether it is told that it is over
 * @property {Destination[]} destinations
 */
/**
 * @typedef {Rule & {
 *   id: string, query: string, view: string | null, silencedUntil: string | null, createdAt: string,
 *   state: "ok" | "firing", behind: number, lastNotice: Notice | null, failures: number,
 *   trouble: Record<string, string>
 * }} Alert
 */
/** @typedef {{ destination: string, delivered: boolean, status: number | null, said: string }} Tested */
/** @typedef {{ at: string, count: number }} Firing */
/** @typedef {{ firings: Firing[], since: string | null, entries: number }} DryRun `since` is when the first one came */

/**
 * All of them, oldest first.
 * @param {Api} api
 * @param {{ signal?: AbortSignal }} [options]
 * @returns {Promise<Alert[]>}
 */
export async function alerts(api, { signal } = {}) {
  return (await api.call("GET", "/alerts", { signal })).alerts;
}

/** Saves a new one. @param {Api} api @param {Rule} rule @returns {Promise<Alert>} */
export function createAlert(api, rule) {
  return api.call("POST", "/alerts", { body: rule });
}

/**
 * Changes one, or silences it.
 * @param {Api} api
 * @param {string} id
 * @param {Partial<Rule> & { silencedUntil?: string | null }} change what is left out stays
 * @returns {Promise<Alert>}
 */
export function changeAlert(api, id, change) {
  return api.call("PATCH", path(id), { body: change });
}

/** Deletes one with its notices. @param {Api} api @param {string} id @returns {Promise<void>} */
export function deleteAlert(api, id) {
  return api.call("DELETE", path(id));
}

/** Sends a marked notice to each destination. @param {Api} api @param {string} id @returns {Promise<Tested[]>} */
export async function testAlert(api, id) {
  return (await api.call("POST", `${path(id)}/test`)).results;
}

/**
 * What a rule would have told of what is kept; it need not be saved.
 * @param {Api} api
 * @param {Pick<Rule, "query" | "service" | "when" | "cooldown">} rule
 * @returns {Promise<DryRun>}
 */
export function dryRun(api, { query, service, when, cooldown }) {
  return api.call("POST", "/alerts/dry-run", { body: { query, service, when, cooldown } });
}

/** The last hundred, newest first. @param {Api} api @param {string} id @returns {Promise<Notice[]>} */
export async function notices(api, id) {
  return (await api.call("GET", `${path(id)}/notices`)).notices;
}

/** @param {string} id */
function path(id) {
  return `/alerts/${encodeURIComponent(id)}`;
}
