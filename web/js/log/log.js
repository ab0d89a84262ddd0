/**
 * The entries that a page keeps, whatever streams they come from: what is kept, what is counted, and what of it is
 * shown. Without a document; the page asks and shows.
 */

import { browserClock } from "../lib/timing/clock.js";
import { Filter } from "../query/filter.js";
import { FirstSeen } from "./first-seen.js";
import { Lines } from "./lines.js";
import { Marks } from "./marks.js";
import { NO_MUTES } from "./mutes.js";
import { LatencyBaseline } from "./statistics/latency-baseline.js";
import { Ring } from "./ring.js";
import { CollapsedLines } from "./collapsed-lines.js";
import { FilteredRows } from "./filtered-rows.js";
import { WHOLE, arrival } from "./span.js";
import { FacetCounts } from "./facet-counts.js";

/** @typedef {import("./ring.js").Row} Row */
/** @typedef {import("../lib/timing/clock.js").Clock} Clock */

const SIFTING = 64; // ms a frame for a new filter, which somebody waits for

/** Events: `rows` when there are new ones, `refiltered` when others are shown, `sifted` when all of these are found. */
export class Log extends EventTarget {
  ring = new Ring();
  facetCounts = new FacetCounts(this.ring);
  latencyBaseline = new LatencyBaseline();
  firstSeen = new FirstSeen(this.ring);
  marks = new Marks(this);
  filteredRows;
  /** How the filtered rows stand in the list. @type {Lines} */
  lines;
  /** Epoch milliseconds by the server's clock at which the newest entry came; 0 before the first. */
  lastEntryAt = 0;
  /** When the last session ended, epoch milliseconds; 0 if none did. */
  endedAt = 0;
  #span = WHOLE;
  #mutes = NO_MUTES;
  #filter;
  #isBare = false;
  #isSifting = false;
  #collapses = false;

  /**
   * @param {object} [options]
   * @param {Filter} [options.filter]
   * @param {Clock} [options.clock]
   */
  constructor({ filter = new Filter(), clock = browserClock } = {}) {
    super();
    this.clock = clock;
    this.#filter = filter;
    this.filteredRows = new FilteredRows(this.ring, filter);
    this.lines = new Lines(this.filteredRows);
    this.ring.observe({
      dropping: (from, end) => {
        this.filteredRows.dropping(from, end);
        this.lines.dropped();
      },
    });
  }

  /** Epoch milliseconds by the server's clock; a log that hears no server has this one's. */
  get serverTime() {
    return this.clock.wall();
  }

  /** Takes in what is still held back; here nothing is. */
  settle() {}

  /** When the oldest row that is kept came, epoch milliseconds; 0: there is none. */
  get oldestAt() {
    return this.ring.length > 0 ? arrival(this.ring.row(this.ring.first)) : 0;
  }

  /** Number of the oldest row that is not about to go. */
  get staysFrom() {
    return this.ring.first;
  }

  get filter() {
    return this.#filter;
  }

  /** Whether everything is shown for once, whatever the filter and what is muted. */
  get bare() {
    return this.#isBare;
  }

  /**
   * @param {Filter} filter
   * @param {number} [origin] the row that the reader is at; the end, if it is not told
   */
  setFilter(filter, origin) {
    const same = filter.selectsAs(this.#filter) && !this.#isBare;
    this.#filter = filter;
    this.#isBare = false;
    if (!same) this.#sift(origin);
  }

  /**
   * Shows everything, whatever the filter; or what the filter lets through again. The filter stays as it is.
   * @param {boolean} bare
   * @param {number} [origin] as in `setFilter`
   */
  showBare(bare, origin) {
    if (bare === this.#isBare) return;
    this.#isBare = bare;
    this.#sift(origin);
  }

  /** What is left out whatever the filter. */
  get mutes() {
    return this.#mutes;
  }

  /**
   * @param {import("./mutes.js").Mutes} mutes
   * @param {number} [origin] as in `setFilter`
   */
  mute(mutes, origin) {
    this.#mutes = mutes;
    this.#sift(origin);
  }

  /** Whether an entry is shown, whenever it came. @param {import("../entry/entry.js").Entry} entry */
  shows(entry) {
    return this.#filter.matches(entry) && this.#mutes.indexOf(entry) < 0;
  }

  /** Which stretch is shown. */
  get span() {
    return this.#span;
  }

  /**
   * Shows only a stretch. Nothing is dropped: with `WHOLE` everything is there again.
   * @param {import("./span.js").Span} span
   * @param {number} [origin] as in `setFilter`
   */
  showSpan(span, origin) {
    this.#span = span;
    this.#sift(origin);
  }

  /** @param {number} [origin] */
  #sift(origin = this.ring.end) {
    const [filter, mutes] = this.#isBare ? [new Filter(), NO_MUTES] : [this.#filter, this.#mutes];
    this.filteredRows = new FilteredRows(this.ring, filter, origin, this.#span, mutes);
    this.#isSifting = true;
    this.#line(origin);
  }

  /**
   * Shows entries that repeat each other as one line, or each on its own.
   * @param {boolean} collapses
   * @param {number} [origin] as in `setFilter`
   */
  collapse(collapses, origin) {
    if (collapses === this.#collapses) return;
    this.#collapses = collapses;
    this.#line(origin);
  }

  /** @param {number} [origin] */
  #line(origin) {
    this.lines = this.#collapses
      ? new CollapsedLines(this.ring, this.filteredRows, origin)
      : new Lines(this.filteredRows);
    this.dispatchEvent(new Event("refiltered"));
  }

  /**
   * Brings what is shown up to date, for at most so long; somewhat longer where the filter is new.
   * @param {number} budget milliseconds
   * @returns {boolean} whether everything is done
   */
  advance(budget) {
    const end = this.clock.now() + (this.#isSifting ? Math.max(budget, SIFTING) : budget);
    const spent = () => this.clock.now() >= end;
    this.filteredRows.advance(spent);
    this.lines.advance(spent);
    if (this.filteredRows.complete && this.#isSifting) {
      this.#isSifting = false;
      this.dispatchEvent(new Event("sifted"));
    }
    return this.lines.complete;
  }

  /**
   * Of the entries that are shown, those that the server keeps no longer.
   * @param {{epoch: string, oldest: number}} kept
   */
  shownOutside({ epoch, oldest }) {
    const { ring, filteredRows } = this;
    let count = 0;
    for (let position = filteredRows.first; position < filteredRows.end; position++) {
      const row = ring.row(filteredRows.rowAt(position));
      if (row.kind === "entry" && (row.epoch !== epoch || row.seq < oldest)) count++;
    }
    return count;
  }

  /**
   * Takes rows from before the oldest one.
   * @param {Row[]} rows oldest first
   * @param {number} size characters on the wire
   * @param {boolean} [lent] as in `Ring.lend`
   * @returns {number} for how many there was room, the newest of them
   */
  deliverEarlier(rows, size, lent = false) {
    const taken = lent ? this.ring.lend(rows, size) : this.ring.prepend(rows, size);
    for (const row of rows.slice(rows.length - taken)) if (row.kind === "entry") this.latencyBaseline.add(row);
    if (taken > 0) this.dispatchEvent(new Event("rows"));
    return taken;
  }

  /**
   * Takes rows that came in one message.
   * @param {Row[]} rows
   * @param {number} size characters on the wire
   */
  deliver(rows, size) {
    this.ring.append(rows, size);
    for (const row of rows) {
      if (row.kind === "session") this.endedAt = row.at;
      if (row.kind !== "entry") continue;
      this.latencyBaseline.add(row);
      this.lastEntryAt = row.receivedAt;
    }
    this.dispatchEvent(new Event("rows"));
  }
}
