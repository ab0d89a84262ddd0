/**
 * One service being watched: its stream, and the log that comes of it. Everything the watch page knows stands here,
 * without a document; the page asks and shows.
 */

import { Connection } from "./connection.js";
import { Log } from "./log.js";
import { Subscriber } from "./subscriber.js";

/** Events beside the log's: `state` after whatever the connection was told. */
export class Watch extends Log {
  /**
   * @param {object} options
   * @param {import("./connection.js").Sessions} options.sessions
   * @param {string} options.url
   * @param {import("./filter.js").Filter} [options.filter]
   * @param {import("./subscriber.js").Clock} [options.clock]
   */
  constructor({ sessions, url, filter, clock }) {
    super({ filter, clock });
    this.subscriber = new Subscriber({ clock: this.clock });
    this.connection = new Connection({
      subscriber: this.subscriber,
      sessions,
      url,
      deliver: (rows, size) => this.deliver(rows, size),
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
}
