/**
 * Which stretch of the log the reader looks at, and why: what followed a mark, what came since it was cleared, or
 * within a time.
 */

import { Span, WHOLE } from "../log/span.js";
import { filterOfAddress, spanOfAddress, writeAddress } from "../filters/address.js";

/** @typedef {import("./watch-page.js").WatchPage} WatchPage */
/** @typedef {import("../log/marks.js").Mark} Mark */

export class ReaderSpan {
  /** The one since which alone the log is shown. @type {Mark | null} */
  mark = null;
  /** When the list was cleared, epoch milliseconds by the server's clock; 0: it was not. */
  clearedAt = 0;
  #page;
  #watch;

  /** @param {WatchPage} page @param {import("../stream/live-log.js").LiveLog} watch */
  constructor(page, watch) {
    this.#page = page;
    this.#watch = watch;
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

  /** To the newest row there is, and with it from now on. */
  follow() {
    if (this.past) this.all();
    this.#page.list?.follow();
  }

  /** Empties the list; nothing is dropped, so the next call brings everything back. */
  toggleClear() {
    if (this.clearedAt) this.all();
    else this.#show(new Span({ from: this.#watch.ring.end }), { clearedAt: this.#watch.serverTime });
  }

  /** The address was changed by hand, or by a step in the browser. */
  readAddress() {
    this.#page.setFilter(filterOfAddress(), { keepAddress: true });
    const span = spanOfAddress();
    if (span.timed || this.range) this.#show(span);
  }

  /** A row says something else now. */
  again() {
    this.#watch.showSpan(this.#watch.span, this.#page.list?.origin);
  }

  /** @param {Span} span @param {{mark?: Mark | null, clearedAt?: number}} [why] */
  #show(span, { mark = null, clearedAt = 0 } = {}) {
    this.mark = mark;
    this.clearedAt = clearedAt;
    this.#watch.showSpan(span, this.#page.list?.origin);
    writeAddress(this.#watch);
    this.#page.requestUpdate();
  }
}
