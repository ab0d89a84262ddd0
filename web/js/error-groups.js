/**
 * The failures of what the log shows, those of one shape as one: how often, since when, on which routes, and the newest of
 * them as a sample. Counted are entries that are kept and shown; when a group was first seen is not forgotten as long as
 * there is any of it.
 */

import { Arrivals } from "./arrivals.js";
import { failureOf, hasFailed } from "./failure.js";
import { OTHERS, routeOf } from "./route.js";
import { shape } from "./shape.js";
import { ShownGroups } from "./shown-groups.js";

/** @typedef {import("./wire.js").Entry} Entry */
/** @typedef {import("./route.js").Route} Route */
/**
 * A group at a moment. Times in epoch milliseconds, of arrival.
 * @typedef {object} ErrorLine
 * @property {string} key
 * @property {string} service
 * @property {import("./failure.js").Told} told where it stands in an entry
 * @property {string} name of the error's class, "" if it has none
 * @property {string} words the shape of what it says
 * @property {number} count
 * @property {number} firstAt
 * @property {number} lastAt
 * @property {Entry} latest
 * @property {number} row of the latest
 * @property {{route: Route, count: number}[]} routes the most frequent first; without those that have none
 * @property {import("./sparkline.js").Bucket[]} bars
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
  arrivals = new Arrivals();

  /** @param {string} key @param {Entry} entry @param {ReturnType<typeof failureOf>} failure with a shape for its words */
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
    const { key, service, told, name, words, count, firstAt, lastAt, latest, row, arrivals } = this;
    const routes = [...this.routes.values()].map((each) => ({ ...each })).sort((one, other) => other.count - one.count);
    return { key, service, told, name, words, count, firstAt, lastAt, latest, row, routes, bars: arrivals.bars(now) };
  }
}

export class ErrorGroups {
  /** Failures counted. */
  entries = 0;
  /** @type {Map<string, ErrorGroup>} */
  #groups = new Map();
  #shown;

  /** @param {import("./shown-groups.js").ShownLog} log */
  constructor(log) {
    this.#shown = new ShownGroups(log, {
      enter: (entry, number) => this.#enter(entry, number),
      leave: (entry, group) => this.#leave(entry, group),
      reset: () => {
        this.entries = 0;
        this.#groups.clear();
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

  /** @param {number} now epoch milliseconds, the server's clock @returns {ErrorLine[]} */
  lines(now) {
    return [...this.#groups.values()].map((group) => group.line(now));
  }

  /** @param {Entry} entry @param {number} number */
  #enter(entry, number) {
    if (!hasFailed(entry)) return null;
    const group = this.#groupOf(entry);
    this.entries++;
    group.add(entry, number);
    return group;
  }

  /** @param {Entry} entry @param {ErrorGroup} group */
  #leave(entry, group) {
    this.entries--;
    group.remove(entry);
    if (group.count === 0) this.#groups.delete(group.key);
  }

  /** @param {Entry} entry */
  #groupOf(entry) {
    const failure = failureOf(entry);
    // How a request was answered is a shape already, and its status tells it from another.
    if (failure.told !== "status") failure.words = shape(failure.words);
    const key = `${entry.service} ${failure.told} ${failure.name}: ${failure.words}`;
    return this.#groups.get(key) ?? (this.#groups.size < MOST ? this.#open(key, entry, failure) : (this.#groups.get(OTHERS.key) ?? this.#open(OTHERS.key, entry, { told: "message", name: "", words: OTHERS.path })));
  }

  /** @param {string} key @param {Entry} entry @param {ReturnType<typeof failureOf>} failure */
  #open(key, entry, failure) {
    const group = new ErrorGroup(key, entry, failure);
    this.#groups.set(key, group);
    return group;
  }
}
