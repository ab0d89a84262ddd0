/**
 * Which rows of the ring a filter lets through, kept up to date as rows come and go, a slice of work at a time.
 *
 * What is shown stands at positions first..end-1, oldest first. The search starts where the reader is (the origin) and
 * goes forward before it goes back: what is on the screen is right at once, what lies far above fills in later. Rows
 * found going back stand at ever lower positions, below 0 too, so that nothing already placed ever moves.
 */

import { Histogram } from "./statistics/histogram.js";
import { NO_MUTES } from "./mutes.js";
import { WHOLE } from "./span.js";

/** @typedef {import("./ring.js").Ring} Ring */
/** @typedef {import("../query/filter.js").Filter} Filter */
/** @typedef {import("./span.js").Span} Span */

const SLICE = 256; // rows between two looks at the clock

export class FilteredRows {
  #ring;
  #filter;
  #span;
  #mutes;
  /** @type {number[]} row numbers at positions `#gone` - 1, `#gone` - 2, …: newest first */
  #older = [];
  /** @type {number[]} row numbers from position `#gone` on: oldest first */
  #newer = [];
  #gone = 0;
  /** Rows [#low, #high) have been looked at. */
  #low;
  #high;

  /** Entries looked at, those that the filter leaves out, and errors among these. */
  looked = 0;
  hidden = 0;
  hiddenErrors = 0;
  /** Entries that the filter lets through and that are muted, errors among these, and how many each mute leaves out. */
  muted = 0;
  mutedErrors = 0;
  /** @type {number[]} */
  mutedBy;
  /** Entries that only the span leaves out, and errors among these. */
  outside = 0;
  outsideErrors = 0;
  /** What the filter lets through and no mute leaves out, whatever the span. */
  histogram = new Histogram();

  /**
   * @param {Ring} ring
   * @param {Filter} filter
   * @param {number} [origin] the row to start at; the end, if it is not told
   * @param {Span} [span] what it does not have is not shown either
   * @param {import("./mutes.js").Mutes} [mutes] nor is what falls under one of these
   */
  constructor(ring, filter, origin = ring.end, span = WHOLE, mutes = NO_MUTES) {
    this.#ring = ring;
    this.#filter = filter;
    this.#span = span;
    this.#mutes = mutes;
    this.mutedBy = mutes.list.map(() => 0);
    this.#low = this.#high = Math.min(Math.max(origin, ring.first), ring.end);
  }

  /** Position of the oldest row shown. */
  get first() {
    return this.#gone - this.#older.length;
  }

  /** One more than the position of the newest row shown. */
  get end() {
    return this.#gone + this.#newer.length;
  }

  get length() {
    return this.#older.length + this.#newer.length;
  }

  /** Entries that are shown. */
  get entries() {
    return this.looked - this.hidden - this.muted - this.outside;
  }

  /** Whether every row of the ring has been looked at. */
  get complete() {
    return this.#low <= this.#ring.first && this.#high >= this.#ring.end;
  }

  /**
   * @param {number} position from `first` up to, not including, `end`
   * @returns {number} the number of the row that stands there
   */
  rowAt(position) {
    const behind = position - this.#gone;
    return behind < 0 ? this.#older[-1 - behind] : this.#newer[behind];
  }

  /**
   * @param {number} row
   * @returns {number} the position of that row, or of the next one shown; `end` if there is none
   */
  positionOf(row) {
    let low = this.first;
    let high = this.end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.rowAt(middle) < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Looks at rows until all are done or the time is up.
   * @param {() => boolean} [spent] whether to leave the rest for later; asked every few hundred rows
   */
  advance(spent = () => false) {
    const ring = this.#ring;
    while (this.#high < ring.end) {
      const stop = Math.min(ring.end, this.#high + SLICE);
      for (; this.#high < stop; this.#high++) if (this.#passes(this.#high)) this.#newer.push(this.#high);
      if (spent()) return;
    }
    while (this.#low > ring.first) {
      const stop = Math.max(ring.first, this.#low - SLICE);
      while (this.#low > stop) if (this.#passes(--this.#low)) this.#older.push(this.#low);
      if (spent()) return;
    }
  }

  /**
   * To be called while the rows can still be read: they are about to leave the ring.
   * @param {number} from
   * @param {number} end
   */
  dropping(from, end) {
    for (let row = Math.max(from, this.#low); row < Math.min(end, this.#high); row++) this.#count(row, -1);
    let older = this.#older.length;
    while (older > 0 && this.#older[older - 1] < end) older--;
    this.#older.length = older;
    let newer = 0;
    while (newer < this.#newer.length && this.#newer[newer] < end) newer++;
    this.#newer.splice(0, newer);
    this.#gone += newer;
    this.#low = Math.max(this.#low, end);
    this.#high = Math.max(this.#high, end);
  }

  /** @param {number} row */
  #passes(row) {
    return this.#count(row, 1);
  }

  /**
   * The filter never hides gaps, session ends and marks: they are about what is not there. A mark that was cleared is
   * gone.
   * @param {number} number
   * @param {1 | -1} step
   * @returns {boolean} whether the row is shown
   */
  #count(number, step) {
    const row = this.#ring.row(number);
    const inside = this.#span.has(number, row);
    if (row.kind !== "entry") return inside && (row.kind !== "mark" || !row.cleared);
    this.looked += step;
    if (!this.#filter.matches(row)) {
      this.hidden += step;
      if (row.level === "error") this.hiddenErrors += step;
      return false;
    }
    const mute = this.#mutes.indexOf(row);
    if (mute >= 0) {
      this.muted += step;
      this.mutedBy[mute] += step;
      if (row.level === "error") this.mutedErrors += step;
      return false;
    }
    this.histogram.add(row.receivedAt, row.level, step);
    if (inside) return true;
    this.outside += step;
    if (row.level === "error") this.outsideErrors += step;
    return false;
  }
}
