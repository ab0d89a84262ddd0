/**
 * How much the tabs of the panels lead to: routes, and kinds of error, of what the log shows. Kept up to date a slice
 * at a time, whether a panel is open or not; so routes are only told apart here, and what each is like is counted by
 * the panel that shows it.
 */

import { routeOf } from "../entry/http-route.js";
import { ErrorGroups } from "./errors/error-groups.js";
import { MOST_ROUTES, routeKey } from "./routes/route-table.js";
import { VisibleGroups } from "./visible-groups.js";

class RouteName {
  count = 0;

  /** @param {string} key */
  constructor(key) {
    this.key = key;
  }

  add() {
    this.count++;
  }

  remove() {
    this.count--;
  }

  line() {
    return this.key;
  }
}

/** Made for a log, and stopped in the end. */
export class PanelCounts {
  #routes;
  #errors;

  /** @param {import("./visible-groups.js").ShownLog} log */
  constructor(log) {
    this.#errors = new ErrorGroups(log);
    this.#routes = new VisibleGroups(log, {
      most: MOST_ROUTES,
      keyOf: (entry) => (routeOf(entry).path ? routeKey(entry) : ""),
      create: (key) => new RouteName(key),
    });
  }

  /** Routes told apart. */
  get routes() {
    return this.#routes.size;
  }

  /** Kinds of error told apart. */
  get errors() {
    return this.#errors.size;
  }

  /**
   * Counts on until everything that is shown was counted, or the time is up.
   * @param {() => boolean} spent
   * @returns {boolean} whether everything was
   */
  advance(spent) {
    return this.#errors.advance(spent) && this.#routes.advance(spent);
  }

  stop() {
    this.#errors.stop();
    this.#routes.stop();
  }
}
