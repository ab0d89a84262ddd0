/**
 * Where the reader stands in the log: which row is chosen, and whether the newest is followed or the place held. It
 * knows no document; the list draws it and tells it what was scrolled.
 */

import { Viewport } from "./viewport.js";

/** @typedef {import("../stream/live-log.js").LiveLog} Log */

const AHEAD = 3; // pages above what is in sight
const AT_ONCE = 40; // ms for what would be seen to move if it took several frames

/** Events: `moved` when something else is to be drawn, and `went` before it where that is the reader's doing. */
export class ReaderPlace extends EventTarget {
  /** @type {number | null} number of the row that was chosen */
  #current = null;

  /** @param {Log} log */
  constructor(log) {
    super();
    this.log = log;
    this.viewport = new Viewport(() => log);
    log.addEventListener("refiltered", () => {
      this.viewport.refiltered();
      this.#moved();
    });
  }

  /** Number of the row that was chosen; null: none is. */
  get current() {
    return this.#current;
  }

  get following() {
    return this.viewport.following;
  }

  get paused() {
    return this.viewport.paused;
  }

  /** Rows that the reader has not seen, 0 while following. */
  get waiting() {
    return this.viewport.waiting;
  }

  /** Whether what is in sight is not kept any more. */
  get adrift() {
    return this.viewport.adrift;
  }

  /** Whether the reader will soon be at the oldest row, or there are so few that the end of them is in sight. */
  get nearStart() {
    const { lines } = this.log;
    return lines.complete && this.viewport.top - lines.first < AHEAD * this.viewport.page;
  }

  /** Whether the reader is at rows from beyond what came by itself. */
  get inHistory() {
    const { ring, lines } = this.log;
    const { top, following } = this.viewport;
    const at = Math.max(top, lines.first);
    return !following && ring.lent > 0 && at < lines.end && lines.rowAt(at) < ring.first + ring.lent;
  }

  /** The row that the reader is at, for a new filter to start from; undefined: the newest. */
  get origin() {
    return this.viewport.origin;
  }

  /** To the newest row, and with it from now on. */
  follow() {
    this.viewport.follow();
    this.#went();
  }

  /** To the oldest row. */
  toStart() {
    this.viewport.toStart();
    this.#went();
  }

  /** Holds the place, or lets go and follows. */
  togglePause() {
    this.viewport[this.paused ? "follow" : "pause"]();
    this.#went();
  }

  /**
   * Keeps what is in sight where it is, while following.
   * @param {{row: number, top: number}} [seen] as in `Viewport.hold`
   */
  hold(seen) {
    if (!this.following) return;
    this.viewport.hold(seen);
    this.#went();
  }

  /**
   * Chooses a row and brings it into sight: with the least movement, or with rows around it.
   * @param {number | null} number
   * @param {"reveal" | "center"} [how]
   */
  select(number, how = "reveal") {
    this.#current = number;
    if (number !== null) this.viewport[how](number);
    this.#went();
  }

  /**
   * Chooses the row that is so many rows further down.
   * @param {number | "page up" | "page down"} step
   */
  move(step) {
    const row = this.viewport.rowBeside(this.#current, step);
    if (row !== null) this.select(row);
  }

  /**
   * Gives each row of the run that the chosen one belongs to a line of its own, or takes them together again.
   * @param {boolean} open
   * @returns {boolean} whether there was anything to do
   */
  unfold(open) {
    const done = this.#current !== null && this.viewport.unfold(this.#current, open);
    this.#moved();
    return done;
  }

  /** Whether rows that repeat each other stand as one; the row that is read stays. @param {boolean} collapses */
  collapse(collapses) {
    const { log, viewport } = this;
    const change = () => {
      log.collapse(collapses, viewport.origin);
      log.advance(AT_ONCE);
    };
    const row = viewport.following ? null : this.#rowRead;
    if (row === null) change();
    else viewport.keeping(row, change);
    this.#moved();
  }

  /** The row that is being read: the chosen one if it is in sight, else the one at the top; null: there is none. */
  get #rowRead() {
    const { lines } = this.log;
    const { top, bottom } = this.viewport;
    const at = this.#current === null ? NaN : lines.positionOf(this.#current);
    if (at >= top && at < bottom) return this.#current;
    return top >= lines.first && top < lines.end ? lines.rowAt(top) : null;
  }

  #went() {
    this.dispatchEvent(new Event("went"));
    this.#moved();
  }

  #moved() {
    this.dispatchEvent(new Event("moved"));
  }
}
