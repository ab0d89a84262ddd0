/**
 * One service being watched: the stream, what is kept of it, and what of that is shown. Everything the watch page
 * knows stands here, without a document; the page asks and shows.
 */

import { Connection } from "./connection.js";
import { Filter } from "./filter.js";
import { Pace } from "./pace.js";
import { Ring } from "./ring.js";
import { Sieve } from "./sieve.js";
import { Subscriber } from "./subscriber.js";
import { Tally } from "./tally.js";

/** @typedef {import("./ring.js").Row} Row */
/** @typedef {import("./subscriber.js").Clock} Clock */

/** @type {Clock} */
export const browserClock = { now: () => performance.now(), wall: () => Date.now() };

export class Watch extends EventTarget {
  ring = new Ring();
  tally = new Tally(this.ring);
  pace = new Pace();
  sieve;
  /** Epoch milliseconds by the server's clock at which the newest entry came; 0 before the first. */
  lastEntryAt = 0;
  /** When the last session ended, epoch milliseconds; 0 if none did. */
  endedAt = 0;

  /**
   * Events: `rows` when there are new ones, `refiltered` when others are shown, `state` after whatever the connection
   * was told.
   * @param {object} options
   * @param {import("./connection.js").Sessions} options.sessions
   * @param {string} options.url
   * @param {Filter} [options.filter]
   * @param {Clock} [options.clock]
   */
  constructor({ sessions, url, filter = new Filter(), clock = browserClock }) {
    super();
    this.clock = clock;
    this.sieve = new Sieve(this.ring, filter);
    this.ring.observe({ dropping: (from, end) => this.sieve.dropping(from, end) });
    this.subscriber = new Subscriber({ clock });
    this.connection = new Connection({
      subscriber: this.subscriber,
      sessions,
      url,
      deliver: (rows, size) => this.#deliver(rows, size),
      changed: () => this.dispatchEvent(new Event("state")),
    });
  }

  start() {
    this.connection.tell((subscriber) => subscriber.start());
  }

  stop() {
    this.connection.tell((subscriber) => subscriber.stop());
  }

  renew() {
    this.connection.tell((subscriber) => subscriber.renew());
  }

  again() {
    this.connection.tell((subscriber) => subscriber.again());
  }

  awake() {
    this.connection.tell((subscriber) => subscriber.awake());
  }

  get filter() {
    return this.sieve.filter;
  }

  /**
   * @param {Filter} filter
   * @param {number} [origin] the row that the reader is at; the end, if it is not told
   */
  setFilter(filter, origin = this.ring.end) {
    this.sieve = new Sieve(this.ring, filter, origin);
    this.dispatchEvent(new Event("refiltered"));
  }

  /**
   * Brings what is shown up to date, for at most so long.
   * @param {number} budget milliseconds
   * @returns {boolean} whether everything is done
   */
  advance(budget) {
    const end = this.clock.now() + budget;
    this.sieve.advance(() => this.clock.now() >= end);
    return this.sieve.complete;
  }

  /** Whether it is a log that somebody shared: it can't be renewed, and is not the operator's. */
  get shared() {
    return this.connection.sessions.shared ?? false;
  }

  /** Epoch milliseconds by the server's clock. */
  get serverTime() {
    return this.clock.wall() + this.subscriber.skew;
  }

  /** Milliseconds until the session ends; Infinity where there is none. */
  get remaining() {
    return this.subscriber.endsAt - this.clock.now();
  }

  /**
   * @param {Row[]} rows
   * @param {number} size
   */
  #deliver(rows, size) {
    this.ring.append(rows, size);
    for (const row of rows) {
      if (row.kind === "session") this.endedAt = row.at;
      if (row.kind !== "entry") continue;
      this.pace.add(row);
      this.lastEntryAt = row.receivedAt;
    }
    this.dispatchEvent(new Event("rows"));
  }
}
