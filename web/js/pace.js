/** How long each route usually takes, so that a duration can be shown against its own route. */

import { Spread } from "./spread.js";

/** @typedef {import("./wire.js").Entry} Entry */

const ROUTES = 1000;
const MEMORY = 4000; // after so many, the older ones count half

/** Parts of a path that tell one resource from another: numbers, UUIDs, long hexadecimal or mixed ids. */
const ID = /^(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|(?=[^/]*\d)[A-Za-z0-9_-]{20,})$/i;

/**
 * @param {string} endpoint a path, perhaps with a query
 * @returns {string} its route: /users/42?x=1 -> /users/:id
 */
export function route(endpoint) {
  const path = endpoint.split(/[?#]/, 1)[0];
  return path
    .split("/")
    .map((part) => (ID.test(part) ? ":id" : part))
    .join("/");
}

export class Pace {
  /** @type {Map<string, Spread>} of durations in milliseconds */
  #routes = new Map();

  /** @param {Entry} entry */
  add(entry) {
    if (entry.duration < 0) return;
    const key = this.#key(entry);
    let spread = this.#routes.get(key);
    if (!spread) {
      if (this.#routes.size >= ROUTES) return;
      this.#routes.set(key, (spread = new Spread()));
    }
    spread.add(entry.duration);
    if (spread.total >= MEMORY) spread.fade();
  }

  /**
   * @param {Entry} entry
   * @returns {number} the 95th percentile of its route, milliseconds; 0 while too few are known to say
   */
  p95(entry) {
    const spread = this.#routes.get(this.#key(entry));
    return spread && spread.total >= 5 ? spread.quantile(0.95) : 0;
  }

  /** @param {Entry} entry */
  #key(entry) {
    return `${entry.method} ${route(entry.endpoint || entry.message)}`;
  }
}
