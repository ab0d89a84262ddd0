/**
 * Which stretch of the log the reader looks at, and why: what followed a mark, what came since it was cleared, or
 * within a time.
 */

import { Span, WHOLE } from "../../log/span.js";

/** @typedef {import("../../log/marks.js").Mark} Mark */
/** @typedef {{mark?: Mark | null, clearedAt?: number}} Why */

export class ReaderSpan {
  /** The one since which alone the log is shown. @type {Mark | null} */
  mark = null;
  /** When the list was cleared, epoch milliseconds by the server's clock; 0: it was not. */
  clearedAt = 0;
  #watch;
  #place;
  #address;
  #changed;

  /**
   * @param {object} options
   * @param {import("../../stream/live-log.js").LiveLog} options.watch
   * @param {import("../../list/reader-place.js").ReaderPlace} options.place
   * @param {import("../../filters/address.js").Address} options.address
   * @param {() => void} options.changed
   */
  constructor({ watch, place, address, changed }) {
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

  all() {
    this.#show(WHOLE);
  }

  /** @param {Span} span */
  show(span) {
    this.#show(span);
  }

  /** To the newest row there is, and with it from now on. */
  follow() {
    if (this.past) this.all();
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
