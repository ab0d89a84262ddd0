/**
 * The failures of what the log shows, those of one shape as one: how often, since when, on which routes, and the newest
 * of them as a sample. Counted are entries that are kept and shown; when a group was first seen is not forgotten as
 * long as there is any of it.
 */

import { ArrivalRate } from "../arrival-rate.js";
import { failureOf, hasFailed } from "../../entry/failure.js";
import { OTHERS, routeOf } from "../../entry/http-route.js";
import { messagePattern } from "../../entry/message-pattern.js";
import { VisibleGroups } from "../visible-groups.js";

/** @typedef {import("../../entry/entry.js").Entry} Entry */
/** @typedef {import("../../entry/http-route.js").Route} Route */
/**
 * A group at a moment. Times in epoch milliseconds, of arrival.
 * @typedef {object} ErrorLine
 * @property {string} key
 * @property {string} service
 * @property {import("../../entry/failure.js").Told} told where it stands in an entry
 * @property {string} name of the error's class, "" if it has none
 * @property {string} words the shape of what it says
 * @property {number} count
 * @property {number} firstAt
 * @property {number} lastAt
 * @property {Entry} latest
 * @property {number} row of the latest
 * @property {{route: Route, count: number}[]} routes the most frequent first; without those that have none
 * @property {import("../../lib/sparkline-path.js").Bucket[]} bars
 */

const MOST = 500; // groups told apart; the others are one
const ROUTES = 50; // of a group

class ErrorGroup {
  count = 0;
  firstAt = Infinity;
  lastAt = -Infinity;
  row = -1;
  /** @type {Map<string, {route: Route, count: number}>} */
  routes = new Map();
  arrivals = new ArrivalRate();

  /**
   * @param {string} key
   * @param {Entry} entry
   * @param {ReturnType<typeof failureOf>} failure with a shape for its words
   */
  constructor(key, entry, { told, name, words }) {
    this.key = key;
    this.service = entry.service;
    this.told = told;
    this.name = name;
    this.words = words;
    this.latest = entry;
  }

  /** @param {Entry} entry @param {number} number of its row */
  add(entry, number) {
    this.count++;
    this.firstAt = Math.min(this.firstAt, entry.receivedAt);
    this.lastAt = Math.max(this.lastAt, entry.receivedAt);
    this.arrivals.add(entry.receivedAt, true);
    if (number > this.row) {
      this.row = number;
      this.latest = entry;
    }
    const route = routeOf(entry);
    const each = this.routes.get(route.key);
    if (each) each.count++;
    else if (route.path && this.routes.size < ROUTES) this.routes.set(route.key, { route, count: 1 });
  }

  /** @param {Entry} entry */
  remove(entry) {
    this.count--;
    const { key } = routeOf(entry);
    const each = this.routes.get(key);
    if (each && --each.count === 0) this.routes.delete(key);
  }

  /** @param {number} now epoch milliseconds, the server's clock @returns {ErrorLine} */
  line(now) {
    const { key, service, told, name, words, count, firstAt, lastAt, latest, row, routes, arrivals } = this;
    // What is dear is found for who asks: only a few lines are in sight.
    return {
      key,
      service,
      told,
      name,
      words,
      count,
      firstAt,
      lastAt,
      latest,
      row,
      get routes() {
        return [...routes.values()].map((each) => ({ ...each })).sort((one, other) => other.count - one.count);
      },
      get bars() {
        return arrivals.bars(now);
      },
    };
  }
}

/** @extends {VisibleGroups<ErrorLine, ErrorGroup>} */
export class ErrorGroups extends VisibleGroups {
  /** @param {import("../visible-groups.js").ShownLog} log */
  constructor(log) {
    super(log, {
      most: MOST,
      keyOf: (entry) => (hasFailed(entry) ? keyOf(entry.service, foldedFailure(entry)) : ""),
      create: (key, entry) =>
        new ErrorGroup(
          key,
          entry,
          key === OTHERS.key ? { told: "message", name: "", words: OTHERS.path } : foldedFailure(entry),
        ),
    });
  }
}

/**
 * What failed, with a shape for its words. How a request was answered is a shape already, and its status tells it from
 * another.
 * @param {Entry} entry
 */
function foldedFailure(entry) {
  const failure = failureOf(entry);
  return failure.told === "status" ? failure : { ...failure, words: messagePattern(failure.words) };
}

/** @param {string} service @param {ReturnType<typeof failureOf>} failure */
function keyOf(service, { told, name, words }) {
  return `${service} ${told} ${name}: ${words}`;
}
