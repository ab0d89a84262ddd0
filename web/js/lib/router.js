/**
 * Addresses of pages. They live behind the `#`, so no page address ever reaches the server or its log.
 *
 *   #/services                         all services
 *   #/services/:id/streams             a service's stream keys and sessions
 *   #/services/:id/watch?level=error   its live log; the query belongs to the page
 *   #/all                              the logs of several services in one
 *   #/shared                           a log that somebody shared, opened before in this tab
 *   #token=…                           a one-time sign-in link; with &service=:id it leads to that log
 *   #share=…                           a link to a shared log
 */

/**
 * @typedef {object} Route
 * @property {"services" | "streams" | "watch" | "all" | "shared" | "token"} page
 * @property {string} [serviceId] for streams and watch; for token, where the link leads to one
 * @property {string} [token] for token; for shared, where the address holds it
 * @property {URLSearchParams} query
 */

const SECRETS = /** @type {const} */ ([
  ["token=", "token"],
  ["share=", "shared"],
]);

/**
 * Which page an address means.
 * @param {string} hash `location.hash`; anything unknown is the services page
 * @returns {Route}
 */
export function parseRoute(hash) {
  const text = hash.replace(/^#/, "");
  for (const [name, page] of SECRETS) {
    if (!text.startsWith(name)) continue;
    const [token, service] = text.slice(name.length).split("&service=");
    const serviceId = page === "token" ? decode(service) : undefined;
    return { page, token, ...(serviceId && { serviceId }), query: new URLSearchParams() };
  }
  const [path, search = ""] = text.split(/\?(.*)/s);
  const query = new URLSearchParams(search);
  const [root, id, page] = path.split("/").filter((part) => part !== "");
  const serviceId = decode(id);
  if ((root === "all" || root === "shared") && id === undefined) return { page: root, query };
  if (root === "services" && serviceId && (page === "streams" || page === "watch")) return { page, serviceId, query };
  return { page: "services", query };
}

/** The address of the services page. */
export const SERVICES = "#/services";
/** The address of the page that watches several services. */
export const ALL = "#/all";
/** The address of a log that somebody shared, opened before in this tab. */
export const SHARED = "#/shared";

/** A link that shows a shared log to whoever opens it. @param {string} origin @param {string} token */
export function shareLink(origin, token) {
  return `${origin}/#share=${token}`;
}

/** The address of a service's page. @param {string} serviceId @param {"streams" | "watch"} page */
export function serviceAddress(serviceId, page) {
  return `${SERVICES}/${encodeURIComponent(serviceId)}/${page}`;
}

/** Whether a page shows a log of the operator's, which goes on whatever becomes of all else. @param {Route} route */
export function isWatch({ page }) {
  return page === "watch" || page === "all";
}

/** @param {string | undefined} part */
function decode(part) {
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch {
    return undefined; // a stray % typed by hand
  }
}
