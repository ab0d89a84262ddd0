/**
 * Addresses of pages. They live behind the `#`, so no page address ever reaches the server or its log.
 *
 *   #/services                         all services
 *   #/services/:id/streams             a service's stream keys and sessions
 *   #/services/:id/watch?level=error   its live log; the query belongs to the page
 *   #token=…                           a one-time sign-in link
 */

/**
 * @typedef {object} Route
 * @property {"services" | "streams" | "watch" | "token"} page
 * @property {string} [serviceId] for streams and watch
 * @property {string} [token] for token
 * @property {URLSearchParams} query
 */

/**
 * @param {string} hash `location.hash`; anything unknown is the services page
 * @returns {Route}
 */
export function parseRoute(hash) {
  const text = hash.replace(/^#/, "");
  if (text.startsWith("token=")) {
    return { page: "token", token: text.slice("token=".length), query: new URLSearchParams() };
  }
  const [path, search = ""] = text.split(/\?(.*)/s);
  const query = new URLSearchParams(search);
  const [root, id, page] = path.split("/").filter((part) => part !== "");
  const serviceId = decode(id);
  if (root === "services" && serviceId && (page === "streams" || page === "watch")) return { page, serviceId, query };
  return { page: "services", query };
}

export const SERVICES = "#/services";

/** @param {string} serviceId @param {"streams" | "watch"} page */
export function serviceAddress(serviceId, page) {
  return `${SERVICES}/${encodeURIComponent(serviceId)}/${page}`;
}

/** @param {string | undefined} part */
function decode(part) {
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch {
    return undefined; // a stray % typed by hand
  }
}
