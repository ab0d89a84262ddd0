/**
 * Routes: what the app's framework calls it, else the path with what tells one resource from another folded away. The
 * server folds alike (`query/http_route.py`). An entry's route is asked for by all that counts by route; it is found
 * when the first of them asks.
 */

import { Memo } from "../lib/memo.js";
import { routeIn } from "./derived.js";

/**
 * @typedef {{method: string, path: string, key: string}} Route `path` is folded or a name, "" for entries without one;
 * `key` tells routes apart
 */

/** Numbers, UUIDs, long hexadecimal or mixed ids. */
const ID = /^(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|(?=[^/]*\d)[A-Za-z0-9_-]{20,})$/i;
const METHODS = 20; // whose routes are remembered; an app uses a handful

const ROUTES = 4096; // that all their entries share; those beyond have one each

/** @type {Map<string, Route>} by key */
const routes = new Map();
/** @type {Map<string, Memo<Route>>} by method */
const known = new Map();
/** @type {Route} */
const NONE = { method: "", path: "", key: " " };

/** All routes beyond the most that somebody tells apart. @type {Route} */
export const OTHERS = { method: "", path: "…", key: " …" };

/**
 * The route of a path: what tells one resource from another is folded away.
 * @param {string} endpoint a path, perhaps with a query
 * @returns {string} its route: /users/42?x=1 -> /users/:id
 */
export function route(endpoint) {
  return routeOf({ method: "", endpoint, metadata: "" }).path;
}

/**
 * The route of an entry, with its method.
 * @param {{method: string, endpoint: string, metadata: string, route?: Route | null}} entry keeps its route from then
 *   on
 * @returns {Route} the same for all entries of a route; where there is none there is no method either
 */
export function routeOf(entry) {
  return (entry.route ??= found(entry));
}

/** @param {{method: string, endpoint: string, metadata: string}} entry @returns {Route} */
function found({ method, endpoint, metadata }) {
  const name = routeIn(metadata);
  if (name) return made(method, name);
  if (endpoint === "") return NONE;
  let memo = known.get(method);
  if (!memo) {
    memo = new Memo((path) => made(method, folded(path)));
    if (known.size < METHODS) known.set(method, memo);
  }
  return memo.of(endpoint);
}

/** @param {string} method @param {string} path @returns {Route} */
function made(method, path) {
  const verb = method.toUpperCase();
  const key = `${verb} ${path}`;
  let route = routes.get(key);
  if (!route) {
    route = { method: verb, path, key };
    if (routes.size < ROUTES) routes.set(key, route);
  }
  return route;
}

/** @param {string} endpoint */
function folded(endpoint) {
  const end = endpoint.search(/[?#]/);
  const parts = (end < 0 ? endpoint : endpoint.slice(0, end)).split("/");
  for (const [index, part] of parts.entries()) if (mayBeId(part) && ID.test(part)) parts[index] = ":id";
  return parts.join("/");
}

/** A cheap look before the dear one: short ids are numbers. @param {string} part */
function mayBeId(part) {
  return part.length >= 16 || (part[0] >= "0" && part[0] <= "9");
}
