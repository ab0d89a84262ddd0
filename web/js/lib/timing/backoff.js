/** How long to wait before the next try: full jitter, so that pages that lost one server do not return as one. */

/** Milliseconds. */
const LEAST = 250;
const MOST = 10_000;
const CROWDED = { least: 10_000, most: 30_000 };

/** How long to wait before the next try: longer each time, with jitter. */
export class Backoff {
  #ceiling = LEAST;
  #random;

  /** @param {() => number} [random] [0, 1) */
  constructor(random = Math.random) {
    this.#random = random;
  }

  /** @returns {number} milliseconds; at first at most twice the least, then up to twice as long each time */
  next() {
    this.#ceiling = Math.min(MOST, this.#ceiling * 2);
    return this.#between(LEAST, this.#ceiling);
  }

  /** @returns {number} milliseconds, where it is not a failure but others are before us */
  crowded() {
    return this.#between(CROWDED.least, CROWDED.most);
  }

  /** The last try held. */
  reset() {
    this.#ceiling = LEAST;
  }

  /**
   * @param {number} least
   * @param {number} most
   */
  #between(least, most) {
    return least + this.#random() * (most - least);
  }
}
