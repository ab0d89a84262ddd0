/**
 * What is seen for the first time: a route, a status of a route, a shape of message. "New" means new to the service in
 * what this page has seen of it. So that not everything is new because the page was opened, this counts as known:
 *
 * 1. whatever came before `begin` was called: the entries from before, which a page gets when it is opened, and those
 * before them, which it gets later; 2. whatever the server received within 30 seconds of the oldest entry seen: a
 * service that was empty has to show its ways.
 *
 * Only the first entry of its kind is flagged. So much is remembered of a service and no more; beyond it nothing is
 * new, for what has thousands of kinds has none.
 */

import { routeOf } from "../entry/http-route.js";
import { messageText } from "../entry/message-text.js";
import { messagePattern } from "../entry/message-pattern.js";

/** @typedef {import("./ring.js").Ring} Ring */
/** @typedef {import("../entry/entry.js").Entry} Entry */
/** @typedef {"route" | "status" | "message"} First what is new about an entry: the first of these that is */

const LEARNING = 30_000; // ms
const ROUTES = 2000;
const STATUSES = 50; // of a route
const SHAPES = 4000;
const FRESH = 10 * 60_000; // ms for which what was new is called so

/** When each was first seen, epoch milliseconds; 0 for what was known. */
class Known {
  /** @type {Map<string, {at: number, statuses: Map<number, number>}>} by route */
  routes = new Map();
  /** @type {Map<string, number>} */
  shapes = new Map();

  /** @param {number} oldest epoch milliseconds, of the first entry seen */
  constructor(oldest) {
    this.learntAt = oldest + LEARNING;
  }

  /** @param {number} at epoch milliseconds: as much of the service was seen */
  learnsFrom(at) {
    this.learntAt = Math.min(this.learntAt, at + LEARNING);
  }
}

export class FirstSeen {
  /** @type {Map<number, First>} by row, in their order */
  #rows = new Map();
  /** @type {Map<string, Known>} by service */
  #services = new Map();
  #begun = false;

  /** @param {Ring} ring */
  constructor(ring) {
    ring.observe({
      added: (from, end) => {
        for (let number = from; number < end; number++) {
          const row = ring.row(number);
          if (row.kind !== "entry") continue;
          const first = this.#see(row);
          if (first) this.#rows.set(number, first);
        }
      },
      earlier: (from, end) => {
        for (let number = from; number < end; number++) {
          const row = ring.row(number);
          if (row.kind === "entry") this.#see(row);
        }
      },
      dropping: (_from, end) => {
        for (const number of this.#rows.keys()) {
          if (number >= end) break;
          this.#rows.delete(number);
        }
      },
    });
  }

  /** What was there before has come: what comes now may be new. */
  begin() {
    this.#begun = true;
  }

  /** @param {number} number of a row @returns {First | null} what is new about it */
  of(number) {
    return this.#rows.get(number) ?? null;
  }

  /**
   * Whether a route came up not long ago.
   * @param {string} service
   * @param {string} key
   * @param {number} now epoch milliseconds
   */
  isNewRoute(service, key, now) {
    return isFresh(this.#services.get(service)?.routes.get(key)?.at, now);
  }

  /**
   * Whether what an entry says did; where it says nothing beyond its request, whether its status did.
   * @param {Entry} entry
   * @param {number} now epoch milliseconds
   */
  isNewKind(entry, now) {
    const known = this.#services.get(entry.service);
    const words = messagePatternOf(entry);
    return isFresh(
      words ? known?.shapes.get(words) : known?.routes.get(routeOf(entry).key)?.statuses.get(entry.statusCode),
      now,
    );
  }

  /** @param {Entry} entry @returns {First | null} */
  #see(entry) {
    const { service, receivedAt, endpoint, statusCode } = entry;
    let known = this.#services.get(service);
    if (!known) this.#services.set(service, (known = new Known(receivedAt)));
    else known.learnsFrom(receivedAt);
    const at = this.#begun && receivedAt > known.learntAt ? receivedAt : 0;
    /** @type {First | null} */
    let what = null;
    if (endpoint) {
      const { key } = routeOf(entry);
      let route = known.routes.get(key);
      if (!route && known.routes.size < ROUTES) {
        known.routes.set(key, (route = { at, statuses: new Map() }));
        if (at) what = "route";
      }
      if (statusCode && route && note(route.statuses, statusCode, at, STATUSES)) what ??= "status";
    }
    const words = messagePatternOf(entry);
    if (words && note(known.shapes, words, at, SHAPES)) what ??= "message";
    return what;
  }
}

/** The shape of what an entry says beyond its request; "" where that is nothing. @param {Entry} entry */
export function messagePatternOf(entry) {
  return messagePattern(messageText(entry));
}

/**
 * @template T
 * @param {Map<T, number>} known
 * @param {T} each
 * @param {number} at 0 for what counts as known
 * @param {number} most
 * @returns {boolean} whether it is new
 */
function note(known, each, at, most) {
  if (known.has(each) || known.size >= most) return false;
  known.set(each, at);
  return at > 0;
}

/** @param {number | undefined} at @param {number} now */
function isFresh(at = 0, now) {
  return at > 0 && now - at < FRESH;
}
