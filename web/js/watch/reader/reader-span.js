/**
 * Which stretch of the log the reader looks at, and why: what followed a mark, what came since it was cleared, or
 * within a time.
 */

import { arrival, Span, WHOLE } from "../../log/span.js";

/** @typedef {import("../../log/marks.js").Mark} Mark */
/** @typedef {{mark?: Mark | null, clearedAt?: number}} Why */

/**
 * Asks for the time of the first entries that are kept, epoch milliseconds; null: there are none.
 * @typedef {() => Promise<{since: number, until: number} | null>} First
 */

export class ReaderSpan {
  /** The one since which alone the log is shown. @type {Mark | null} */
  mark = null;
  /** When the list was cleared, epoch milliseconds by the server's clock; 0: it was not. */
  clearedAt = 0;
  #watch;
  #place;
  #address;
  #changed;
  #first;

  /**
   * @param {object} options
   * @param {import("../../stream/live-log.js").LiveLog} options.watch
   * @param {import("../../list/reader-place.js").ReaderPlace} options.place
   * @param {import("../../filters/address.js").Address} options.address
   * @param {First | null} [options.first] null: the server can't be asked
   * @param {() => void} options.changed
   */
  constructor({ watch, place, address, first = null, changed }) {
    this.#first = first;
    this.#watch = watch;
    this.#place = place;
    this.#address = address;
    this.#changed = changed;
    this.readAddress();
  }

  /** What came within a time, if that is what is shown. @returns {Span | null} */
  get range() {
    const { span } = this.#watch;
    return span.timed ? span : null;
  }

  /** Entries that the filter lets through, and that are not shown for this. */
  get outside() {
    return this.#watch.filteredRows.outside;
  }

  /**
   * How many entries came behind the last that a time shows, where it ends and nothing else is left out.
   * @returns {number | null} null: that is not known
   */
  get newer() {
    const { ring, lines, services, filter, mutes } = this.#watch;
    const isAll = services.length === 0 && filter.empty && mutes.list.length === 0;
    if (this.range?.since !== -Infinity || !isAll || lines.length === 0) return null;
    const [shown, newest] = [ring.row(lines.lastAt(lines.end - 1)), ring.row(ring.end - 1)];
    if (shown.kind !== "entry" || newest.kind !== "entry" || shown.epoch !== newest.epoch) return null;
    return newest.seq - shown.seq;
  }

  get outsideErrors() {
    return this.#watch.filteredRows.outsideErrors;
  }

  /** Whether nothing that comes now will be shown. */
  get past() {
    return this.#watch.span.until <= this.#watch.serverTime;
  }

  /** Only what followed a mark. @param {Mark} mark */
  since(mark) {
    this.#show(new Span({ from: mark.at }), { mark });
  }

  /** Only what came within a time. @param {number} since epoch milliseconds @param {number} until */
  between(since, until) {
    this.#show(new Span({ since, until }));
  }

  /** Only what came since so long ago, and what comes. @param {number} ago milliseconds */
  last(ago) {
    this.#show(Span.last(ago, this.#watch.serverTime));
    this.#place.follow();
  }

  /** The time before the one that is shown, or behind it, as long as that. @param {-1 | 1} step */
  shift(step) {
    const { range } = this;
    if (!range || !this.shifts) return;
    const length = range.until - range.since;
    this.between(range.since + step * length, range.until + step * length);
  }

  /** Whether what is shown is a time with a beginning and an end. */
  get shifts() {
    const { range } = this;
    return range !== null && range.since > -Infinity && range.until < Infinity;
  }

  /** The page holds no more above: it lets go of what is below, and goes on from what is in sight. */
  goOn() {
    const { ring, lines } = this.#watch;
    const last = Math.min(this.#place.viewport.bottom, lines.end) - 1;
    if (last < lines.first) return;
    const at = arrival(ring.row(lines.rowAt(last)));
    this.#show(new Span({ until: (Math.floor(at / 1000) + 1) * 1000 }));
    this.#place.follow();
  }

  /** Whether there is more than the page has, and so a way to the first of it. */
  get offersFirst() {
    return this.#first !== null && this.#watch.history.standing.further > 0;
  }

  /** The first entries that are kept. @returns {Promise<void>} */
  async first() {
    const time = await this.#first?.();
    if (!time) return;
    this.between(time.since, time.until);
    this.#place.toStart();
  }

  all() {
    this.#show(WHOLE);
  }

  /** @param {Span} span @param {import("../../filters/address.js").How} [how] */
  show(span, how) {
    this.#hold(span);
    this.#address.write(this.#watch, how && { how });
  }

  /** To the newest row there is, and with it from now on. */
  follow() {
    if (this.past) this.all();
    this.#place.follow();
  }

  /** Out of a time that ends, and to the newest row. */
  toLive() {
    if (this.range && this.range.until < Infinity) this.all();
    this.#place.follow();
  }

  /** Empties the list; nothing is dropped, so the next call brings everything back. */
  toggleClear() {
    if (this.clearedAt) this.all();
    else this.#show(new Span({ from: this.#watch.ring.end }), { clearedAt: this.#watch.serverTime });
  }

  /** The address was changed by hand, or by a step in the browser. */
  readAddress() {
    const { span } = this.#address;
    if (span.toQuery() !== this.#watch.span.toQuery()) this.#hold(span);
  }

  /** A row says something else now. */
  again() {
    this.#watch.showSpan(this.#watch.span, this.#place.origin);
  }

  /** @param {Span} span @param {Why} [why] */
  #show(span, why) {
    this.#hold(span, why);
    this.#address.write(this.#watch);
  }

  /** @param {Span} span @param {Why} [why] */
  #hold(span, { mark = null, clearedAt = 0 } = {}) {
    this.mark = mark;
    this.clearedAt = clearedAt;
    this.#watch.showSpan(span, this.#place.origin);
    this.#changed();
  }
}
