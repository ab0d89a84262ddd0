/**
 * The routes of what the log shows, each with how often it came, how fast, how it was answered and how long it took. Counted
 * are the entries that are kept and shown, so the table follows the query and forgets what the log forgets; rate and picture
 * tell of arrivals, and go on telling of what was let go since.
 */

import { Arrivals } from "./arrivals.js";
import { hasFailed } from "./failure.js";
import { OTHERS, routeOf } from "./route.js";
import { ShownGroups } from "./shown-groups.js";
import { Spread } from "./spread.js";

/** @typedef {import("./wire.js").Entry} Entry */
/** @typedef {import("./route.js").Route} Route */
/**
 * A route at a moment. Shares are of entries with a status, -1 where none has one; durations in milliseconds, -1 where none
 * has one.
 * @typedef {object} RouteLine
 * @property {string} key
 * @property {Route} route
 * @property {string} service
 * @property {number} count
 * @property {number} rate entries a second
 * @property {number} clientErrors share
 * @property {number} serverErrors share
 * @property {number} p50
 * @property {number} p95
 * @property {import("./sparkline.js").Bucket[]} bars
 */

const MOST = 1000; // routes told apart; the others are one

class RouteCount {
  count = 0;
  answered = 0;
  clientErrors = 0;
  serverErrors = 0;
  spread = new Spread();
  arrivals = new Arrivals();

  /** @param {string} key @param {Route} route @param {string} service */
  constructor(key, route, service) {
    this.key = key;
    this.route = route;
    this.service = service;
  }

  /** @param {Entry} entry @param {1 | -1} step */
  add({ statusCode, duration }, step) {
    this.count += step;
    if (statusCode > 0) this.answered += step;
    if (statusCode >= 500) this.serverErrors += step;
    else if (statusCode >= 400) this.clientErrors += step;
    if (duration < 0) return;
    if (step > 0) this.spread.add(duration);
    else this.spread.remove(duration);
  }

  /** @param {number} now epoch milliseconds, the server's clock @returns {RouteLine} */
  line(now) {
    const { key, route, service, count, answered, spread, arrivals } = this;
    return {
      key, route, service, count,
      rate: arrivals.rate(now),
      clientErrors: answered > 0 ? this.clientErrors / answered : -1,
      serverErrors: answered > 0 ? this.serverErrors / answered : -1,
      p50: spread.total > 0 ? spread.quantile(0.5) : -1,
      p95: spread.total > 0 ? spread.quantile(0.95) : -1,
      bars: arrivals.bars(now),
    };
  }
}

export class RouteTable {
  /** Entries counted. */
  entries = 0;
  /** @type {Map<string, RouteCount>} */
  #routes = new Map();
  #shown;

  /** @param {import("./shown-groups.js").ShownLog} log */
  constructor(log) {
    this.#shown = new ShownGroups(log, {
      enter: (entry) => this.#enter(entry),
      leave: (entry, route) => this.#leave(entry, route),
      reset: () => {
        this.entries = 0;
        this.#routes.clear();
      },
    });
  }

  stop() {
    this.#shown.stop();
  }

  /** @param {() => boolean} spent @returns {boolean} whether everything that is shown was counted */
  advance(spent) {
    return this.#shown.advance(spent);
  }

  /** @param {number} now epoch milliseconds, the server's clock @returns {RouteLine[]} */
  lines(now) {
    return [...this.#routes.values()].map((route) => route.line(now));
  }

  /** @param {Entry} entry */
  #enter(entry) {
    const route = this.#routeOf(entry);
    this.entries++;
    route.add(entry, 1);
    route.arrivals.add(entry.receivedAt, hasFailed(entry));
    return route;
  }

  /** @param {Entry} entry @param {RouteCount} route */
  #leave(entry, route) {
    this.entries--;
    route.add(entry, -1);
    if (route.count === 0) this.#routes.delete(route.key);
  }

  /** @param {Entry} entry */
  #routeOf(entry) {
    const { service } = entry;
    const route = routeOf(entry);
    const key = service ? `${service} ${route.key}` : route.key;
    return this.#routes.get(key) ?? (this.#routes.size < MOST ? this.#open(key, route, service) : (this.#routes.get(OTHERS.key) ?? this.#open(OTHERS.key, OTHERS, "")));
  }

  /** @param {string} key @param {Route} route @param {string} service */
  #open(key, route, service) {
    const count = new RouteCount(key, route, service);
    this.#routes.set(key, count);
    return count;
  }
}
