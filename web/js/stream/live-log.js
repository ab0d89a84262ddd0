/**
 * One service being watched, or several: their streams, and the one log that comes of them. Everything the watch page
 * knows stands here, without a document; the page asks and shows.
 */

import { Connection } from "./connection.js";
import { StreamGroup } from "./stream-group.js";
import { Log } from "../log/log.js";
import { mergeBacklogs } from "./merge-backlogs.js";
import { ServerFilter } from "./server-filter.js";
import { Subscriber } from "./subscriber.js";

/** @typedef {import("../log/ring.js").Row} Row */
/** @typedef {import("./connection.js").Sessions} Sessions */
/** @typedef {import("../log/service-colors.js").ServiceTag} Service */

/** Events beside the log's: `state` after whatever a connection was told. */
export class LiveLog extends Log {
  /** @type {Connection[]} */
  #connections;
  /** @type {Row[][] | null} of each stream, until all have told what was before; null: they have */
  #prelude;
  #preludeSize = 0;

  /**
   * @param {object} options
   * @param {Sessions | ((service: Service) => Sessions)} options.sessions of the service; of each, where there are
   * several
   * @param {string} options.url
   * @param {readonly Service[]} [options.services] which, where there are several: their entries carry the id
   * @param {import("../query/filter.js").Filter} [options.filter]
   * @param {import("./subscriber.js").Clock} [options.clock]
   * @param {number} [options.backlog] entries of each to begin with
   */
  constructor({ sessions, url, services = [], filter, clock, backlog }) {
    super({ filter, clock });
    this.services = services;
    const granted = typeof sessions === "function" ? services.map(sessions) : [sessions];
    /** Whether it is a log that somebody shared: it can't be renewed, and is not the operator's. */
    this.shared = granted[0]?.shared ?? false;
    this.#connections = granted.map(
      (each, index) =>
        new Connection({
          subscriber: new Subscriber({ clock: this.clock, backlog }),
          sessions: each,
          url,
          deliver: (rows, size) => this.#take(index, rows, size),
          changed: () => this.#changed(),
        }),
    );
    const [first, ...more] = this.#connections.map(({ subscriber }) => subscriber);
    if (!first) throw new RangeError("there is no service to watch");
    this.subscriber = more.length > 0 ? new StreamGroup([first, ...more]) : first;
    this.#prelude = more.length > 0 ? this.#connections.map(() => []) : null;
    this.serverFilter = new ServerFilter(this, (wanted) =>
      this.#tell((subscriber) => subscriber.filterAtServer(wanted)),
    );
  }

  /** @param {import("../query/filter.js").Filter} filter @param {number} [origin] */
  setFilter(filter, origin) {
    const changed = !filter.selectsAs(this.filter);
    super.setFilter(filter, origin);
    if (changed) this.serverFilter.changed();
  }

  start() {
    this.#tell((subscriber) => subscriber.start());
  }

  stop() {
    this.#tell((subscriber) => subscriber.stop());
  }

  /**
   * The page is left, perhaps to be shown again as it is: the session ends now rather than in its time, and `start`
   * goes on from the cursor. A shared one is not this page's to end, and one that has ended stays so.
   */
  rest() {
    if (!this.shared && this.subscriber.phase !== "ended") this.stop();
  }

  renew() {
    this.#tell((subscriber) => subscriber.renew());
  }

  again() {
    this.#tell((subscriber) => subscriber.again());
  }

  /** Somebody is at the page. */
  attended() {
    this.#tell((subscriber) => subscriber.attended());
  }

  /** Ends the sessions, in place. */
  finish() {
    this.#tell((subscriber) => subscriber.finish());
  }

  awake() {
    this.#tell((subscriber) => subscriber.awake());
  }

  /** Epoch milliseconds by the server's clock. */
  get serverTime() {
    return this.clock.wall() + this.subscriber.skew;
  }

  /** Milliseconds until the session ends, of several the first; Infinity where there is none. */
  get remaining() {
    return this.subscriber.endsAt - this.clock.now();
  }

  /** @param {(subscriber: Subscriber) => void} event */
  #tell(event) {
    for (const connection of this.#connections) connection.tell(event);
  }

  /**
   * @param {number} index of the stream
   * @param {Row[]} rows
   * @param {number} size
   */
  #take(index, rows, size) {
    const service = this.services[index];
    if (service) for (const row of rows) row.service = service.id;
    if (!this.#prelude) return this.deliver(rows, size);
    this.#prelude[index].push(...rows);
    this.#preludeSize += size;
  }

  #changed() {
    if (this.#prelude && this.#connections.every(({ subscriber }) => hasTold(subscriber))) {
      const rows = mergeBacklogs(this.#prelude);
      this.#prelude = null;
      this.deliver(rows, this.#preludeSize);
    }
    const { phase, ledger } = this.subscriber;
    if (phase === "live" && !ledger.catchingUp) this.firstSeen.begin();
    if (ledger.filters.refused && !ledger.filters.taken) this.serverFilter.failed(ledger.filters.refused);
    this.dispatchEvent(new Event("state"));
  }
}

/** Whether what was before has come, or won't come now. @param {Subscriber} subscriber */
function hasTold({ phase, ledger }) {
  if (phase === "live") return !ledger.catchingUp;
  return phase === "waiting" || phase === "ended" || phase === "stopped";
}
