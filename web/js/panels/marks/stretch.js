/**
 * What came on one side of a mark, by route, as far from it as a window reaches. It is counted from the mark outwards,
 * a slice of rows at a time, so that a long one never holds the page; a window that grows goes on counting.
 */

import { hasFailed } from "../../entry/failure.js";
import { OTHERS, routeOf } from "../../entry/http-route.js";
import { QuantileSketch } from "../../lib/statistics/quantile-sketch.js";
import { arrival } from "../../log/span.js";

/** @typedef {import("../../log/ring.js").Ring} Ring */
/** @typedef {import("../../log/marks.js").Range} Range */
/** @typedef {import("../../entry/http-route.js").Route} Route */

const SLICE = 256; // rows between two looks at the clock
const ROUTES = 1000;

/** One route in a stretch. */
export class RouteSample {
  errors = 0;
  durations = new QuantileSketch();
  /** How far from the mark each entry came, milliseconds. @type {number[]} */
  distances = [];

  /** @param {Route} route */
  constructor(route) {
    this.route = route;
  }

  get count() {
    return this.distances.length;
  }

  /**
   * How many entries stand in each of so many equal parts of a window.
   * @param {number} parts
   * @param {number} width of the window, milliseconds
   */
  slices(parts, width) {
    const counts = Array.from({ length: parts }, () => 0);
    for (const distance of this.distances) counts[Math.min(parts - 1, Math.floor((distance / width) * parts))]++;
    return counts;
  }
}

export class Stretch {
  entries = 0;
  errors = 0;
  /** Rows that were not kept until they were counted. */
  lost = 0;
  /** @type {Map<string, RouteSample>} */
  routes = new Map();
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
    const sample = this.#sampleOf(routeOf(entry));
    sample.distances.push(distance);
    if (hasFailed(entry)) {
      this.errors++;
      sample.errors++;
    }
    if (entry.duration >= 0) sample.durations.add(entry.duration);
  }

  /** @param {Route} route */
  #sampleOf(route) {
    return (
      this.routes.get(route.key) ??
      (this.routes.size < ROUTES ? this.#open(route) : (this.routes.get(OTHERS.key) ?? this.#open(OTHERS)))
    );
  }

  /** @param {Route} route */
  #open(route) {
    const sample = new RouteSample(route);
    this.routes.set(route.key, sample);
    return sample;
  }
}
