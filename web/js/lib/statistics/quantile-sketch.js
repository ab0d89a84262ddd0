/**
 * How a quantity is spread, in a few hundred bytes whatever comes: counted in buckets that grow by an eighth of a power
 * of two, 9% wide, from 0.1 to some ten million. In milliseconds that is up to some hours.
 */

const BUCKETS = 256;
const PER_OCTAVE = 8;
const LEAST = 0.1;

/** Quantiles of many durations in little memory. */
export class QuantileSketch {
  #counts = new Uint32Array(BUCKETS);
  #total = 0;

  /** How many were counted, and not forgotten. */
  get total() {
    return this.#total;
  }

  /** How many stand in each bucket, in ascending order; not to be changed. */
  get counts() {
    return this.#counts;
  }

  /** @param {number} value */
  add(value) {
    this.#counts[bucket(value)]++;
    this.#total++;
  }

  /** One that was added before is gone. @param {number} value */
  remove(value) {
    this.#counts[bucket(value)]--;
    this.#total--;
  }

  /** What was counted so far counts half from now on. */
  fade() {
    this.#total = 0;
    for (let i = 0; i < BUCKETS; i++) this.#total += this.#counts[i] >>= 1;
  }

  /**
   * @param {number} share 0 to 1: 0.95 for the 95th percentile
   * @returns {number} no more than 9% above the true value; 0 if nothing was counted
   */
  quantile(share) {
    if (this.#total === 0) return 0;
    let rest = this.#total * (1 - share);
    for (let i = BUCKETS - 1; i > 0; i--) {
      rest -= this.#counts[i];
      if (rest < 0) return LEAST * 2 ** (i / PER_OCTAVE);
    }
    return LEAST;
  }
}

/** @param {number} value */
function bucket(value) {
  const index = Math.ceil(Math.log2(Math.max(value, LEAST) / LEAST) * PER_OCTAVE);
  return Math.min(BUCKETS - 1, index);
}
