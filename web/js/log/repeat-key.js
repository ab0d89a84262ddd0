/**
 * Which entries repeat each other: those that say the same thing of the same route, whatever numbers and ids they
 * carry.
 */

import { messagePatternOf } from "./first-seen.js";
import { routeOf } from "../entry/http-route.js";

/** @typedef {import("./ring.js").Row} Row */

/**
 * Level, status, source, service, method, route and the message's shape are the same; durations, times and metadata may
 * differ. A gap, a mark or a session's end repeats nothing.
 * @param {Row} one
 * @param {Row} other
 */
export function isRepeat(one, other) {
  if (one.kind !== "entry" || other.kind !== "entry") return false;
  return (
    one.level === other.level &&
    one.statusCode === other.statusCode &&
    one.method === other.method &&
    one.source === other.source &&
    one.service === other.service &&
    (one.endpoint === other.endpoint || routeOf(one).key === routeOf(other).key) &&
    (one.message === other.message || messagePatternOf(one) === messagePatternOf(other))
  );
}
