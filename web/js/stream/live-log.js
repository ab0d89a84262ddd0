/**
 * One service being watched, or several: their streams, and the one log that comes of them. Everything the watch page
 * knows stands here, without a document; the page asks and shows.
 */

import { Connection } from "./connection.js";
import { StreamGroup } from "./stream-group.js";
import { Log } from "../log/log.js";
import { arrival } from "../log/span.js";
import { Filter } from "../query/filter.js";
import { ServerFilter } from "./filter/server-filter.js";
import { CountedSteps, withSteps } from "./history/counted-steps.js";
import { History } from "./history/history.js";
import { hasTold } from "./stream-state.js";
import { Subscriber } from "./subscriber.js";
import { TimeOrder } from "./time/time-order.js";

/** @typedef {import("../log/ring.js").Row} Row */
/** @typedef {import("./connection.js").Sessions} Sessions */
/** @typedef {import("../log/service-colors.js").ServiceTag} Service */

const PACE = 100; // ms between two looks at what may be let go

/**
 * @typedef {object} Kept what the server keeps, and how it is asked for
 * @property {import("./history/history.js").FetchEarlier} before
 * @property {(service: string, epoch: string) => Promise<import("./earlier-entries.js").Beginning>} begin
 * @property {import("./history/counted-steps.js").Count} count
 */

const EVERYTHING = new Filter();

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
  /** What is fetched from before. */
  history;
  #fetches;
  /** What of the chart's time lies before all that is here; null: it can't be asked for. @type {CountedSteps | null} */
  #counted;
  offlineAt = -Infinity; // monotonic ms since which the browser says that it has no network; -Infinity: it has one

  /**
   * @param {object} options
   * @param {Sessions | ((service: Service) => Sessions)} options.sessions of the service; of each, where there are
   * several
   * @param {string} options.url
   * @param {readonly Service[]} [options.services] which, where there are several: their entries carry the id
   * @param {import("../query/filter.js").Filter} [options.filter]
   * @param {import("./subscriber.js").Clock} [options.clock]
   * @param {number} [options.backlog] entries of each to begin with
   * @param {Kept | null} [options.kept] null: what is from before these is not asked for
   */
  constructor({ sessions, url, services = [], filter, clock, backlog, kept = null }) {
    super({ filter, clock });
    this.services = services;
    this.#fetches = kept !== null;
    this.history = new History({
      ring: this.ring,
      clock: this.clock,
      fetch: kept?.before ?? null,
      begin: kept?.begin ?? null,
      deliver: (rows, size, lent) => this.deliverEarlier(rows, size, lent),
      changed: () => this.#changed(),
    });
    this.#counted =
      kept &&
      new CountedSteps({
        count: kept.count,
        changed: () => this.dispatchEvent(new Event("rows")),
      });
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
    this.#ask(this.filter, this.span);
  }

  /** @param {import("../query/filter.js").Filter} filter @param {number} [origin] */
  setFilter(filter, origin) {
    const changed = !filter.selectsAs(this.filter);
    const { span } = this;
    const to = this.#ask(filter, span) ? this.#staying(origin) : origin;
    super.setFilter(filter, to);
    if (changed) this.serverFilter.changed();
  }

  /** @param {boolean} bare @param {number} [origin] */
  showBare(bare, origin) {
    const to = this.#ask(bare ? EVERYTHING : this.filter, this.span) ? this.#staying(origin) : origin;
    super.showBare(bare, to);
  }

  /** @param {import("../log/span.js").Span} span @param {number} [origin] */
  showSpan(span, origin) {
    const to = this.#ask(this.bare ? EVERYTHING : this.filter, span) ? this.#staying(origin) : origin;
    super.showSpan(span, to);
  }

  start() {
    this.history.run();
    this.#tell((subscriber) => subscriber.start());
  }

  stop() {
    this.history.stop();
    this.#counted?.stop();
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

  /** The browser has lost its network, or has it again. @param {boolean} has */
  network(has) {
    const since = this.offlineAt;
    this.offlineAt = has ? -Infinity : this.clock.now();
    this.#tell((subscriber) => (has ? subscriber.awake(since) : subscriber.tick()));
  }

  signedOut() {
    this.#tell((subscriber) => subscriber.signedOut());
  }

  awake() {
    this.#tell((subscriber) => subscriber.awake());
  }

  /** Entries of the server's ring buffer from before these, that are on their way. */
  get earlierLeft() {
    return this.history.left;
  }

  get staysFrom() {
    return this.history.staysFrom;
  }

  /** Since when nothing is left out that the server keeps, epoch milliseconds; 0: not at all. */
  get wholeSince() {
    const { ring, history } = this;
    return ring.has(history.wholeFrom) ? arrival(ring.row(history.wholeFrom)) : 0;
  }

  /** Whether the time that is shown reaches into history, further than is here. */
  get reachesFurther() {
    const { span, wholeSince, history } = this;
    return span.timed && history.hasMore && span.since < wholeSince && history.standing.state !== "end";
  }

  /** Whether what the chart shows is still being counted. */
  get counting() {
    return this.#counted?.counting ?? false;
  }

  /**
   * What the filter lets through over a time, also before all that is here.
   * @param {{since: number, until: number, step: number}} axis epoch seconds
   * @returns {import("../log/statistics/histogram.js").Bars}
   */
  bars({ since, until, step }) {
    const bars = this.filteredRows.histogram.bars(since, until, step);
    const whole = Math.ceil((this.wholeSince || this.serverTime) / 1000 / step) * step;
    if (!this.#counted || !this.history.hasMore || since >= whole) return bars;
    const filter = this.bare ? EVERYTHING : this.filter;
    const services = this.history.epochs.filter(({ service }) => service === "" || filter.services.has(service));
    const end = Math.min(until, whole);
    return withSteps(bars, this.#counted.of({ since, until: end, step, filter, services }), end);
  }

  /**
   * What is to be looked for in history.
   * @param {Filter} filter
   * @param {import("../log/span.js").Span} span
   * @returns {boolean} whether it is something else than before
   */
  #ask(filter, span) {
    const { since, until, timed } = span;
    const { wholeSince } = this;
    // What is only shown from a row on, or of a time that the page has, has nothing older.
    const asks = span.from === -Infinity && !(timed && wholeSince > 0 && since > wholeSince);
    return this.history.ask(asks && (timed || !filter.empty) ? { filter, since, until } : null, asks);
  }

  /** @param {number} [row] @returns {number | undefined} that row, or the first that stays */
  #staying(row) {
    return row === undefined ? row : Math.max(row, this.staysFrom);
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
    if (!this.history.begun && told) this.#begin();
    if (this.history.done && phase === "live" && !ledger.catchingUp) this.firstSeen.begin();
    if (ledger.filters.refused && !ledger.filters.taken) this.serverFilter.failed(ledger.filters.refused);
    this.dispatchEvent(new Event("state"));
  }

  /** All have told what was before: it is shown, and what was before that is fetched. */
  #begin() {
    this.#order?.learn(this.#prelude ?? []);
    const sources = this.#connections.map(({ subscriber: { ledger } }, index) => ({
      service: this.services[index]?.id ?? "",
      rows: this.#prelude?.[index] ?? [],
      timing: this.#order?.clocks[index],
      earlier: this.#fetches ? ledger.earlier : null,
      reached: this.#prelude ? undefined : this.oldestAt || undefined,
    }));
    const rows = this.history.begin(sources);
    this.#prelude = null;
    if (rows.length > 0) this.deliver(rows, this.#preludeSize);
    this.history.run();
  }
}
