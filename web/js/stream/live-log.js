/**
 * One service being watched, or several: their streams, and the one log that comes of them. Everything the watch page
 * knows stands here, without a document; the page asks and shows.
 */

import { Connection } from "./connection.js";
import { StreamGroup } from "./stream-group.js";
import { Log } from "../log/log.js";
import { EarlierEntries } from "./earlier-entries.js";
import { ServerFilter } from "./filter/server-filter.js";
import { Subscriber } from "./subscriber.js";
import { TimeOrder } from "./time/time-order.js";

/** @typedef {import("../log/ring.js").Row} Row */
/** @typedef {import("./connection.js").Sessions} Sessions */
/** @typedef {import("../log/service-colors.js").ServiceTag} Service */

const PACE = 100; // ms between two looks at what may be let go

/**
 * Fetches a page of what the server keeps before a cursor; `service` is "" where there is one only.
 * @typedef {(service: string, before: import("../entry/entry.js").Cursor, limit: number) =>
 *   Promise<import("./earlier-entries.js").Fetched | null>} FetchEarlier
 */

/** Events beside the log's: `state` after whatever a connection was told. */
export class LiveLog extends Log {
  /** @type {Connection[]} */
  #connections;
  /** Of several streams. @type {TimeOrder | null} */
  #order;
  /** @type {Row[][] | null} of each stream, until all have told what was before; null: they have */
  #prelude;
  #preludeSize = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** What is fetched from before; null: it has not begun. @type {EarlierEntries | null} */
  #earlier = null;
  #fetch;

  /**
   * @param {object} options
   * @param {Sessions | ((service: Service) => Sessions)} options.sessions of the service; of each, where there are
   * several
   * @param {string} options.url
   * @param {readonly Service[]} [options.services] which, where there are several: their entries carry the id
   * @param {import("../query/filter.js").Filter} [options.filter]
   * @param {import("./subscriber.js").Clock} [options.clock]
   * @param {number} [options.backlog] entries of each to begin with
   * @param {FetchEarlier | null} [options.fetchEarlier] null: what is from before these is not asked for
   */
  constructor({ sessions, url, services = [], filter, clock, backlog, fetchEarlier = null }) {
    super({ filter, clock });
    this.services = services;
    this.#fetch = fetchEarlier;
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
    this.#order = more.length > 0 ? new TimeOrder(services.length) : null;
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
    if (this.#earlier && !this.#earlier.done) void this.#earlier.run();
    this.#tell((subscriber) => subscriber.start());
  }

  stop() {
    this.#earlier?.stop();
    this.#tell((subscriber) => subscriber.stop());
    this.settle();
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

  /** Entries that the server still keeps from before these, and that are on their way. */
  get earlierLeft() {
    return this.#earlier?.left ?? 0;
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
    if (!this.#order) return this.deliver(rows, size);
    if (this.#prelude) {
      this.#prelude[index].push(...rows);
      this.#preludeSize += size;
      return;
    }
    this.#order.add(index, rows, size);
    this.#letGo(this.serverTime);
  }

  /** For how long rows of several services are held to be put in the order of time. @param {number} milliseconds */
  holdFor(milliseconds) {
    if (!this.#order || this.#order.hold === milliseconds) return;
    this.#order.hold = milliseconds;
    this.#letGo(this.serverTime);
  }

  /** Shows what is still held. */
  settle() {
    this.#letGo(Infinity);
  }

  /**
   * When an entry was written, by the server's clock as far as that can be told.
   * @param {import("../entry/entry.js").Entry} entry
   * @returns {number} epoch milliseconds
   */
  writtenAt(entry) {
    const stream = this.services.findIndex(({ id }) => id === entry.service);
    return this.#order?.clocks[stream]?.writtenAt(entry) ?? entry.timestamp;
  }

  /** @param {number} time by which it is due, epoch milliseconds by the server's clock */
  #letGo(time) {
    if (!this.#order) return;
    const { rows, size } = this.#order.take(time);
    if (rows.length > 0) this.deliver(rows, size);
    clearTimeout(this.#timer);
    const { dueAt } = this.#order;
    if (dueAt === Infinity) return;
    this.#timer = setTimeout(() => this.#letGo(this.serverTime), Math.max(PACE, dueAt - this.serverTime));
  }

  #changed() {
    const { phase, ledger } = this.subscriber;
    const told = this.#prelude
      ? this.#connections.every(({ subscriber }) => hasTold(subscriber))
      : phase === "live" && !ledger.catchingUp;
    if (!this.#earlier && told) this.#begin();
    if (this.#earlier?.done && phase === "live" && !ledger.catchingUp) this.firstSeen.begin();
    if (ledger.filters.refused && !ledger.filters.taken) this.serverFilter.failed(ledger.filters.refused);
    this.dispatchEvent(new Event("state"));
  }

  /** All have told what was before: it is shown, and what was before that is fetched. */
  #begin() {
    const fetch = this.#fetch;
    this.#order?.learn(this.#prelude ?? []);
    const sources = this.#connections.map(({ subscriber: { ledger } }, index) => ({
      service: this.services[index]?.id ?? "",
      rows: this.#prelude?.[index] ?? [],
      timing: this.#order?.clocks[index],
      earlier: fetch && ledger.earlier,
    }));
    this.#earlier = new EarlierEntries({
      sources,
      fetch: async (service, before, limit) => fetch?.(service, before, limit) ?? null,
      deliver: (rows, size) => this.deliverEarlier(rows, size),
      changed: () => this.#changed(),
    });
    const rows = this.#earlier.take();
    this.#prelude = null;
    if (rows.length > 0) this.deliver(rows, this.#preludeSize);
    void this.#earlier.run();
  }
}

/** Whether what was before has come, or won't come now. @param {Subscriber} subscriber */
function hasTold({ phase, ledger }) {
  if (phase === "live") return !ledger.catchingUp;
  return phase === "waiting" || phase === "ended" || phase === "stopped";
}
