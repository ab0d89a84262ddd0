/**
 * The routes of what the log shows, each with how often it came, how fast, how it was answered and how long it took.
 * Counted are the entries that are kept and shown, so the table follows the query and forgets what the log forgets;
 * rate and picture tell of arrivals, and go on telling of what was let go since.
 */

import { ArrivalRate } from "../arrival-rate.js";
import { hasFailed } from "../../entry/failure.js";
import { OTHERS, routeOf } from "../../entry/http-route.js";
import { VisibleGroups } from "../visible-groups.js";
import { QuantileSketch } from "../../lib/statistics/quantile-sketch.js";

/** @typedef {import("../../entry/entry.js").Entry} Entry */
/** @typedef {import("../../entry/http-route.js").Route} Route */
/**
 * A route at a moment. Shares are of entries with a status, -1 where none has one; durations in milliseconds, -1 where
 * none has one.
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
 * @property {import("../../lib/sparkline-path.js").Bucket[]} bars
 */

/** Routes told apart; the others are one. */
export const MOST_ROUTES = 1000;

class RouteCount {
  count = 0;
  answered = 0;
  clientErrors = 0;
  serverErrors = 0;
  spread = new QuantileSketch();
  arrivals = new ArrivalRate();

  /** @param {string} key @param {Route} route @param {string} service */
  constructor(key, route, service) {
    this.key = key;
    this.route = route;
    this.service = service;
  }

  /** @param {Entry} entry */
  add(entry) {
    this.#step(entry, 1);
    this.arrivals.add(entry.receivedAt, hasFailed(entry));
  }

  /** @param {Entry} entry */
  remove(entry) {
    this.#step(entry, -1);
  }

  /** @param {Entry} entry @param {1 | -1} step */
  #step({ statusCode, duration }, step) {
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
    const quantile = (/** @type {number} */ share) => (spread.total > 0 ? spread.quantile(share) : -1);
    // What is dear is found for who asks: only a few lines are in sight.
    return {
      key,
      route,
      service,
      count,
      clientErrors: answered > 0 ? this.clientErrors / answered : -1,
      serverErrors: answered > 0 ? this.serverErrors / answered : -1,
      get rate() {
        return arrivals.rate(now);
      },
      get p50() {
        return quantile(0.5);
      },
      get p95() {
        return quantile(0.95);
      },
      get bars() {
        return arrivals.bars(now);
      },
    };
  }
}

/** What tells an entry's route from those of all services. @param {Entry} entry */
export function routeKey(entry) {
  const { key } = routeOf(entry);
  return entry.service ? `${entry.service} ${key}` : key;
}

/** @extends {VisibleGroups<RouteLine, RouteCount>} */
export class RouteTable extends VisibleGroups {
  /** @param {import("../visible-groups.js").ShownLog} log */
  constructor(log) {
    super(log, {
      most: MOST_ROUTES,
      keyOf: routeKey,
      create: (key, entry) =>
        key === OTHERS.key ? new RouteCount(key, OTHERS, "") : new RouteCount(key, routeOf(entry), entry.service),
    });
  }
}
