/**
 * How long each route usually takes, so that a duration can be shown against its own route. Durations are counted in
 * buckets that grow by an eighth of a power of two: 9% wide, from 0.1 ms to some hours, a fixed few bytes a route.
 */

/** @typedef {import("./wire.js").Entry} Entry */

const BUCKETS = 256;
const PER_OCTAVE = 8;
const LEAST = 0.1; // ms
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
  /** @type {Map<string, {counts: Uint16Array, total: number}>} */
  #routes = new Map();

  /** @param {Entry} entry */
  add(entry) {
    if (entry.duration < 0) return;
    const key = this.#key(entry);
    let paces = this.#routes.get(key);
    if (!paces) {
      if (this.#routes.size >= ROUTES) return;
      this.#routes.set(key, (paces = { counts: new Uint16Array(BUCKETS), total: 0 }));
    }
    paces.counts[bucket(entry.duration)]++;
    if (++paces.total < MEMORY) return;
    paces.total = 0;
    for (let i = 0; i < BUCKETS; i++) paces.total += paces.counts[i] >>= 1;
  }

  /**
   * @param {Entry} entry
   * @returns {number} the 95th percentile of its route, milliseconds; 0 while too few are known to say
   */
  p95(entry) {
    const paces = this.#routes.get(this.#key(entry));
    if (!paces || paces.total < 5) return 0;
    let rest = paces.total * 0.05;
    for (let i = BUCKETS - 1; i > 0; i--) {
      rest -= paces.counts[i];
      if (rest < 0) return LEAST * 2 ** ((i + 1) / PER_OCTAVE);
    }
    return LEAST;
  }

  /** @param {Entry} entry */
  #key(entry) {
    return `${entry.method} ${route(entry.endpoint || entry.message)}`;
  }
}

/** @param {number} duration */
function bucket(duration) {
  const index = Math.ceil(Math.log2(Math.max(duration, LEAST) / LEAST) * PER_OCTAVE);
  return Math.min(BUCKETS - 1, index);
}
