/** Read tokens: scripts' rights to read. */

/** @typedef {import("./client.js").Api} Api */
/**
 * @typedef {object} ReadToken
 * @property {string} id
 * @property {string} name
 * @property {string} preview
 * @property {string[] | null} services ids; null stands for all
 * @property {string} createdAt
 * @property {string} expiresAt
 * @property {string | null} lastUsedAt
 * @property {string | null} revokedAt
 */
/** @typedef {ReadToken & { token: string }} NewReadToken */

/**
 * All of them, revoked ones too.
 * @param {Api} api
 * @param {{ signal?: AbortSignal }} [options]
 * @returns {Promise<ReadToken[]>}
 */
export async function readTokens(api, { signal } = {}) {
  return (await api.call("GET", "/read-tokens", { signal })).readTokens;
}

/**
 * Makes one.
 * @param {Api} api
 * @param {{ name: string, services?: string[], days: number }} wanted without `services` all of them
 * @returns {Promise<NewReadToken>} the only answer that holds the token
 */
export function createReadToken(api, wanted) {
  return api.call("POST", "/read-tokens", { body: wanted });
}

/** What reads by it is cut off within a second. @param {Api} api @param {string} id @returns {Promise<void>} */
export function revokeReadToken(api, id) {
  return api.call("DELETE", `/read-tokens/${encodeURIComponent(id)}`);
}

/**
 * Those that read a service now, newest first.
 * @param {readonly ReadToken[]} tokens
 * @param {string} serviceId
 * @param {number} now
 */
export function reading(tokens, serviceId, now) {
  return tokens
    .filter(({ revokedAt, expiresAt }) => revokedAt === null && Date.parse(expiresAt) > now)
    .filter(({ services }) => services === null || services.includes(serviceId))
    .sort((one, other) => other.createdAt.localeCompare(one.createdAt));
}
