/**
 * Marks that the reader sets in the log, which cut it into stretches: numbered rows in place, or lines above rows that
 * are there already. They stay whatever the filter is; one goes with the rows around it when these are let go. Where a
 * program that `run` watches was started or has ended, there is one without being set.
 */

import { visible } from "../lib/escape.js";
import { arrival } from "./span.js";

/**
 * @typedef {object} Log whose marks they are
 * @property {import("./ring.js").Ring} ring
 * @property {number} serverTime epoch milliseconds
 * @property {(rows: import("./ring.js").Row[], size: number) => void} deliver
 * @property {() => void} settle takes in what is still held back
 */
/** @typedef {import("./ring.js").MarkRow} MarkRow */
/**
 * @typedef {{row: MarkRow, at: number, above: boolean}} Mark `at`: the number of its row in the ring; `above`: of the
 *   row that it stands above, having none of its own
 */
/** @typedef {{from: number, end: number}} Range rows [from, end) */

/** The beginning of the metadata of what `run` says itself. */
const OF_RUN = /^\{"run":"(?:start|restart|exit)"/;
const NAME = 80; // characters of its message, which name the mark
const RUNS = 50; // so many marks of it at most, the newest

/** The marks of a log, kept up to date with its ring. */
export class Marks {
  /** Oldest first. @type {Mark[]} */
  #list = [];
  #last = 0;
  /** How often what is written in the log has changed. */
  changes = 0;
  #log;

  /** @param {Log} log */
  constructor(log) {
    this.#log = log;
    log.ring.observe({
      added: (from, end) => {
        for (let at = from; at < end; at++) {
          const row = log.ring.row(at);
          if (row.kind === "entry" && OF_RUN.test(row.metadata))
            this.#setOfRun(at, visible(row.message.slice(0, NAME)));
        }
      },
      dropping: (_from, end) => {
        this.#list = this.#list.filter(({ at }) => at >= end);
      },
    });
  }

  /** @returns {readonly Mark[]} oldest first */
  get list() {
    return this.#list;
  }

  /** @returns {Mark | undefined} */
  get newest() {
    return this.#list.at(-1);
  }

  /**
   * Behind the newest row there is.
   * @param {number} time epoch milliseconds, the server's clock
   * @returns {Mark}
   */
  set(time) {
    this.#log.settle();
    const mark = this.#make(time, this.#log.ring.end, false);
    this.#list.push(mark);
    this.#log.deliver([mark.row], 0);
    return mark;
  }

  /**
   * Above a row that is there already, at the time at which it came.
   * @param {number} at the number of the row
   * @returns {Mark} the one that stands there already, if there is one
   */
  setAbove(at) {
    const place = this.#list.findIndex((mark) => mark.at >= at);
    const there = this.#list[place];
    if (there?.at === at) return there;
    const mark = this.#make(arrival(this.#log.ring.row(at)), at, true);
    this.changes++;
    this.#list.splice(place < 0 ? this.#list.length : place, 0, mark);
    return mark;
  }

  /** @param {number} at the number of the row that tells @param {string} name */
  #setOfRun(at, name) {
    const { row } = this.setAbove(at);
    row.name ||= name;
    row.ofRun = true;
    const runs = this.#list.filter(({ row: { ofRun } }) => ofRun);
    if (runs.length > RUNS) this.clear(runs.slice(0, -RUNS));
  }

  /**
   * Above the first row that came at a time, or later; behind the newest if there is none.
   * @param {number} time epoch milliseconds, the server's clock
   */
  setAt(time) {
    const { ring } = this.#log;
    let [low, high] = [ring.first, ring.end];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (arrival(ring.row(middle)) < time) low = middle + 1;
      else high = middle;
    }
    return low < ring.end ? this.setAbove(low) : this.set(time);
  }

  /**
   * The marks that stand above a row, below the one that is shown before it.
   * @param {number} row
   * @param {number} before number of the row that is shown before it; -Infinity: none is
   * @returns {readonly Mark[]}
   */
  above(row, before) {
    return this.#list.filter((mark) => mark.above && mark.at <= row && mark.at > before);
  }

  /** @param {number} time @param {number} at @param {boolean} above @returns {Mark} */
  #make(time, at, above) {
    return { row: { kind: "mark", number: ++this.#last, name: "", cleared: false, at: time }, at, above };
  }

  /**
   * How far the time has come that a mark's stretch takes in: to the next mark, or to now.
   * @param {Mark} mark
   * @returns {number} epoch milliseconds, the server's clock
   */
  until(mark) {
    return this.beside(mark.at, 1)?.row.at ?? this.#log.serverTime;
  }

  /**
   * @param {Mark} mark
   * @param {string} name "" takes it away
   */
  name(mark, name) {
    this.changes++;
    mark.row.name = name.trim();
    mark.row.ofRun = false; // the reader's own from now on
  }

  /** Its row is shown no longer; the numbers of the others stay. @param {readonly Mark[]} marks */
  clear(marks) {
    this.changes++;
    for (const mark of marks) mark.row.cleared = true;
    this.#list = this.#list.filter(({ row }) => !row.cleared);
  }

  /**
   * @param {number} row
   * @param {1 | -1} step
   * @returns {Mark | undefined} the next mark below a row, or above it
   */
  beside(row, step) {
    return step > 0 ? this.#list.find(({ at }) => at > row) : this.#list.findLast(({ at }) => at < row);
  }

  /**
   * From the mark to the next one, or to the newest row.
   * @param {Mark} mark
   * @returns {Range}
   */
  after(mark) {
    return { from: mark.at, end: this.beside(mark.at, 1)?.at ?? Infinity };
  }

  /**
   * From the mark before, or from the oldest row, to the mark.
   * @param {Mark} mark
   * @returns {Range}
   */
  before(mark) {
    return { from: this.beside(mark.at, -1)?.at ?? -Infinity, end: mark.at };
  }
}
