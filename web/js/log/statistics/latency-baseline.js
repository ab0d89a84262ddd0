/**
 * How long each route usually takes, so that a duration can be shown against its own route. What has none, such as a
 * job of a worker, is measured against messages of its own shape.
 */

import { routeOf } from "../../entry/http-route.js";
import { messagePattern } from "../../entry/message-pattern.js";
import { QuantileSketch } from "../../lib/statistics/quantile-sketch.js";

/** @typedef {import("../../entry/entry.js").Entry} Entry */

const ROUTES = 1000;
const MEMORY = 4000; // after so many, the older ones count half

export class LatencyBaseline {
  /** @type {Map<string, QuantileSketch>} of durations in milliseconds */
  #routes = new Map();

  /** @param {Entry} entry */
  add(entry) {
    if (entry.duration < 0) return;
    const key = this.#key(entry);
    let spread = this.#routes.get(key);
    if (!spread) {
      if (this.#routes.size >= ROUTES) return;
      this.#routes.set(key, (spread = new QuantileSketch()));
    }
    spread.add(entry.duration);
    if (spread.total >= MEMORY) spread.fade();
  }

  /**
   * @param {Entry} entry
   * @returns {number} the 95th percentile of its route, milliseconds; 0 while too few are known to say
   */
  p95(entry) {
    return this.ofRoute(this.#key(entry));
  }

  /** The same of a route. @param {string} key */
  ofRoute(key) {
    const spread = this.#routes.get(key);
    return spread && spread.total >= 5 ? spread.quantile(0.95) : 0;
  }

  /** @param {Entry} entry */
  #key(entry) {
    const { path, key } = routeOf(entry);
    return path ? key : messagePattern(entry.message);
  }
}

/**
 * Whether a time stands out: clearly above what 95 of 100 take.
 * @param {number} taken milliseconds
 * @param {number} p95 0 if it is not known
 */
export function isSlow(taken, p95) {
  return p95 > 0 && taken > p95 * 1.1;
}
