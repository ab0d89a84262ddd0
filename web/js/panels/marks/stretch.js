/**
 * What came on one side of a mark, by route and by kind of error, as far from it as a window reaches. It is counted
 * from the mark outwards, a slice of rows at a time, so that a long one never holds the page; a window that grows goes
 * on counting.
 */

import { hasFailed } from "../../entry/failure.js";
import { OTHERS, routeOf } from "../../entry/http-route.js";
import { arrival } from "../../log/span.js";
import { ErrorCounts } from "./error-counts.js";
import { RouteSample, sampleOf } from "./samples.js";

/** @typedef {import("../../log/ring.js").Ring} Ring */
/** @typedef {import("../../log/marks.js").Range} Range */

const SLICE = 256; // rows between two looks at the clock
const ROUTES = 1000;

export class Stretch {
  entries = 0;
  /** Rows that were not kept until they were counted. */
  lost = 0;
  /** @type {Map<string, RouteSample>} */
  routes = new Map();
  #failures = new ErrorCounts();
  #ring;
  #range;
  #at;
  /** 1: behind the mark, the newer; -1: before it. */
  #step;
  #next;
  /** How far from the mark the next one is, once that is known: beyond the window as it was. */
  #beyond = -Infinity;

  /**
   * @param {Ring} ring
   * @param {Range} range
   * @param {number} at when the mark was set, epoch milliseconds, the server's clock
   * @param {1 | -1} step which side of it
   */
  constructor(ring, range, at, step) {
    this.#ring = ring;
    this.#range = range;
    this.#at = at;
    this.#step = step;
    this.#next = step > 0 ? range.from : range.end - 1;
  }

  /** Errors: what one request tells of one is one. */
  get errors() {
    return this.#failures.count;
  }

  get kinds() {
    return this.#failures.kinds;
  }

  /**
   * Counts on until all that is within the window was counted, or the time is up.
   * @param {number} width of the window, milliseconds
   * @param {() => boolean} spent
   * @returns {boolean} whether all was
   */
  advance(width, spent) {
    if (this.#beyond > width) return true;
    const ring = this.#ring;
    const first = Math.max(this.#range.from, ring.first);
    const end = Math.min(this.#range.end, ring.end);
    if (this.#step > 0 && this.#next < first) {
      this.lost += Math.min(first, end) - this.#next;
      this.#next = Math.min(first, end);
    }
    for (let looked = 1; this.#next >= first && this.#next < end; looked++, this.#next += this.#step) {
      const row = ring.row(this.#next);
      const distance = (arrival(row) - this.#at) * this.#step;
      if (distance > width) {
        this.#beyond = distance;
        return true;
      }
      if (row.kind === "entry") this.#count(row, Math.max(0, distance));
      if (looked % SLICE === 0 && spent()) {
        this.#next += this.#step;
        return false;
      }
    }
    return true;
  }

  /** @param {import("../../entry/entry.js").Entry} entry @param {number} distance */
  #count(entry, distance) {
    this.entries++;
    const route = routeOf(entry);
    const sample = sampleOf(this.routes, route.key, ROUTES, (rest) => new RouteSample(rest ? OTHERS : route));
    sample.distances.push(distance);
    if (hasFailed(entry)) {
      sample.errors++;
      this.#failures.add(entry, distance, this.entries - 1);
    }
    if (entry.duration >= 0) sample.durations.add(entry.duration);
  }
}
