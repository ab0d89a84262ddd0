/**
 * The failures of what the log shows, those of one shape as one, and what one request tells of one as one: an exception
 * and the 500 that came of it are one error with two entries. How often, since when, on which routes, and the newest
 * of them as a sample. Counted are entries that are kept and shown; when a group was first seen is not forgotten as
 * long as there is any of it.
 */

import { ArrivalRate } from "../arrival-rate.js";
import { failureOf, hasFailed } from "../../entry/failure.js";
import { OTHERS, routeOf } from "../../entry/http-route.js";
import { kindOf, OTHER_KINDS, requestOf } from "./error-kind.js";
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
 * @property {number} count errors: those of one request are one
 * @property {number} entries that tell of them
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
  /** Entries. */
  count = 0;
  /** Entries of each request that is known, and how many are of none. @type {Map<string, number>} */
  requests = new Map();
  alone = 0;
  firstAt = Infinity;
  lastAt = -Infinity;
  row = -1;
  /** Whether the latest is one of its shape, and not one that goes with it. */
  isOwn = false;
  /** @type {Map<string, {route: Route, count: number}>} */
  routes = new Map();
  arrivals = new ArrivalRate();

  /**
   * @param {string} key
   * @param {Entry} entry
   * @param {import("./error-kind.js").ErrorKind} kind
   * @param {Requests} all
   */
  constructor(key, entry, { told, name, words }, all) {
    this.all = all;
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
    const request = requestOf(entry);
    const known = this.requests.get(request) ?? 0;
    if (request) this.requests.set(request, known + 1);
    else this.alone++;
    const own = this.all.add(request, entry, number, this);
    this.firstAt = Math.min(this.firstAt, entry.receivedAt);
    this.lastAt = Math.max(this.lastAt, entry.receivedAt);
    if (known === 0) this.arrivals.add(entry.receivedAt, true);
    if (own ? number > this.row || !this.isOwn : this.row < 0) {
      this.isOwn = own;
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
    const request = requestOf(entry);
    const left = (this.requests.get(request) ?? 0) - 1;
    if (!request) this.alone--;
    else if (left > 0) this.requests.set(request, left);
    else this.requests.delete(request);
    this.all.remove(request, entry);
    const { key } = routeOf(entry);
    const each = this.routes.get(key);
    if (each && --each.count === 0) this.routes.delete(key);
  }

  /** @param {number} now epoch milliseconds, the server's clock @returns {ErrorLine} */
  line(now) {
    const { key, service, told, name, words, count: entries, firstAt, lastAt, latest, row, routes, arrivals } = this;
    // What is dear is found for who asks: only a few lines are in sight.
    return {
      key,
      service,
      told,
      name,
      words,
      count: this.alone + this.requests.size,
      entries,
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

/** Which failures tell of one request: what went wrong there, and the answer that came of it. */
class Requests {
  /**
   * The group of what went wrong, and how many entries tell of it.
   * @type {Map<string, {key: string, count: number}>}
   */
  #causes = new Map();
  /** Row of the answer. @type {Map<string, number>} */
  #answers = new Map();

  /** The group that an entry belongs to: an answer to that of its cause. @param {Entry} entry */
  keyOf(entry) {
    const { key, told } = kindOf(entry);
    const cause = told === "status" ? this.#causes.get(requestOf(entry)) : undefined;
    return cause?.key ?? key;
  }

  /**
   * @param {string} request "": it is of none
   * @param {Entry} entry
   * @param {number} number of its row
   * @param {ErrorGroup} group that it was added to
   * @returns {boolean} whether it is of the group's own shape
   */
  add(request, entry, number, group) {
    const isAnswer = failureOf(entry).told === "status";
    if (request && isAnswer) this.#answers.set(request, number);
    else if (request) this.#causes.set(request, { key: group.key, count: (this.#causes.get(request)?.count ?? 0) + 1 });
    return !isAnswer || group.told === "status";
  }

  /** @param {string} request @param {Entry} entry */
  remove(request, entry) {
    if (failureOf(entry).told === "status") return void this.#answers.delete(request);
    const cause = this.#causes.get(request);
    if (cause && --cause.count === 0) this.#causes.delete(request);
  }

  /** The row of the answer that came of what went wrong; null: none is known. @param {Entry} entry */
  answerOf(entry) {
    return failureOf(entry).told === "status" ? null : (this.#answers.get(requestOf(entry)) ?? null);
  }
}

/** @extends {VisibleGroups<ErrorLine, ErrorGroup>} */
export class ErrorGroups extends VisibleGroups {
  /** @param {import("../visible-groups.js").ShownLog} log */
  constructor(log) {
    const requests = new Requests();
    super(log, {
      most: MOST,
      keyOf: (entry) => (hasFailed(entry) ? requests.keyOf(entry) : ""),
      create: (key, entry) => new ErrorGroup(key, entry, key === OTHERS.key ? OTHER_KINDS : kindOf(entry), requests),
      moves: (entry) => requests.answerOf(entry),
    });
  }
}
