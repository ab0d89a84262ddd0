/** What was counted of one sort of entries on one side of a mark: how often, and how far from it. */

import { OTHERS } from "../../entry/http-route.js";
import { QuantileSketch } from "../../lib/statistics/quantile-sketch.js";

/** @typedef {import("../../entry/http-route.js").Route} Route */
/** @typedef {import("../errors/error-kind.js").ErrorKind} ErrorKind */

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

/** One kind of error in a stretch; each error is one, however many entries tell of it. */
export class KindSample extends Sample {
  /** How many entries stand between the mark and the first that tells of each. @type {number[]} */
  places = [];

  /** @param {ErrorKind} kind */
  constructor(kind) {
    super();
    this.kind = kind;
  }

  /** @param {number} distance @param {number} place */
  add(distance, place) {
    this.distances.push(distance);
    this.places.push(place);
  }

  /** @param {number} distance @param {number} place of one that was added */
  remove(distance, place) {
    this.distances.splice(this.distances.lastIndexOf(distance), 1);
    this.places.splice(this.places.lastIndexOf(place), 1);
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

/**
 * The sample of a key; beyond so many that of all others.
 * @template S
 * @param {Map<string, S>} samples
 * @param {string} key
 * @param {number} most
 * @param {(rest: boolean) => S} create
 * @returns {S}
 */
export function sampleOf(samples, key, most, create) {
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
