/**
 * What came on one side of a mark, by route and by kind of error, as far from it as a window reaches. It is counted
 * from the mark outwards, a slice of rows at a time, so that a long one never holds the page; a window that grows goes
 * on counting.
 */

import { hasFailed } from "../../entry/failure.js";
import { OTHERS, routeOf } from "../../entry/http-route.js";
import { kindOf, OTHER_KINDS } from "../errors/error-kind.js";
import { QuantileSketch } from "../../lib/statistics/quantile-sketch.js";
import { arrival } from "../../log/span.js";

/** @typedef {import("../../log/ring.js").Ring} Ring */
/** @typedef {import("../../log/marks.js").Range} Range */
/** @typedef {import("../../entry/http-route.js").Route} Route */
/** @typedef {import("../errors/error-kind.js").ErrorKind} ErrorKind */

const SLICE = 256; // rows between two looks at the clock
const ROUTES = 1000;
const KINDS = 500;

/** Entries of one sort in a stretch. */
class Sample {
  /** How far from the mark each entry came, milliseconds. @type {number[]} */
  distances = [];

  get count() {
    return this.distances.length;
  }

  /**
   * How many entries stand in each of so many equal parts of a window.
   * @param {number} parts
   * @param {number} width of the window, milliseconds
   */
  slices(parts, width) {
    return sliced(this.distances, parts, width);
  }
}

/** One route in a stretch. */
export class RouteSample extends Sample {
  errors = 0;
  durations = new QuantileSketch();

  /** @param {Route} route */
  constructor(route) {
    super();
    this.route = route;
  }
}

/** One kind of error in a stretch. */
export class KindSample extends Sample {
  /** How many entries stand between the mark and each of it. @type {number[]} */
  places = [];

  /** @param {ErrorKind} kind */
  constructor(kind) {
    super();
    this.kind = kind;
  }

  /**
   * How many of it stand in each of so many equal parts of all entries.
   * @param {number} parts
   * @param {number} entries
   */
  slicesOf(parts, entries) {
    return sliced(this.places, parts, entries);
  }
}

export class Stretch {
  entries = 0;
  errors = 0;
  /** Rows that were not kept until they were counted. */
  lost = 0;
  /** @type {Map<string, RouteSample>} */
  routes = new Map();
  /** @type {Map<string, KindSample>} */
  kinds = new Map();
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
    const route = routeOf(entry);
    const sample = sampleOf(this.routes, route.key, ROUTES, (rest) => new RouteSample(rest ? OTHERS : route));
    sample.distances.push(distance);
    if (hasFailed(entry)) {
      this.errors++;
      sample.errors++;
      const kind = kindOf(entry);
      const failures = sampleOf(this.kinds, kind.key, KINDS, (rest) => new KindSample(rest ? OTHER_KINDS : kind));
      failures.distances.push(distance);
      failures.places.push(this.entries - 1);
    }
    if (entry.duration >= 0) sample.durations.add(entry.duration);
  }
}

/**
 * The sample of a key; beyond so many that of all others.
 * @template S
 * @param {Map<string, S>} samples
 * @param {string} key
 * @param {number} most
 * @param {(rest: boolean) => S} create
 * @returns {S}
 */
function sampleOf(samples, key, most, create) {
  const rest = !samples.has(key) && samples.size >= most;
  const name = rest ? OTHERS.key : key;
  const sample = samples.get(name) ?? create(rest);
  samples.set(name, sample);
  return sample;
}

/** @param {readonly number[]} values @param {number} parts @param {number} width that the values lie within */
function sliced(values, parts, width) {
  const counts = Array.from({ length: parts }, () => 0);
  for (const value of values) counts[Math.min(parts - 1, Math.floor((value / width) * parts))]++;
  return counts;
}
