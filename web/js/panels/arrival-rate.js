/**
 * How many came in which second of the last five minutes, by time of arrival, and how many of them failed: a rate and a
 * small picture. What was let go since has come all the same.
 */

/** @typedef {import("../lib/sparkline-path.js").Bucket} Bucket */

/** Of a picture: its bars, and the seconds in each. */
export const [BARS, BAR] = [30, 10];
const SECONDS = BARS * BAR;
const RATE = 10; // seconds, as the server counts

export class ArrivalRate {
  #all = new Uint32Array(SECONDS);
  #failed = new Uint32Array(SECONDS);
  /** The newest second that has a place; those before it are the others'. */
  #newest = 0;

  /** @param {number} at epoch milliseconds, in any order @param {boolean} failed */
  add(at, failed) {
    const second = Math.floor(at / 1000);
    this.#reach(second);
    if (second <= this.#newest - SECONDS) return;
    this.#all[second % SECONDS]++;
    if (failed) this.#failed[second % SECONDS]++;
  }

  /**
   * Entries a second over the last ten, of which the last is still being counted.
   * @param {number} now epoch milliseconds
   */
  rate(now) {
    const second = Math.floor(now / 1000);
    let sum = 0;
    for (let each = second - RATE + 1; each <= second; each++) sum += this.#in(this.#all, each);
    return sum / RATE;
  }

  /** @param {number} now epoch milliseconds @returns {Bucket[]} the newest last; what did not fail stands as info */
  bars(now) {
    const end = (Math.floor(now / 1000 / BAR) + 1) * BAR; // bars stay where they are until the next begins
    return Array.from({ length: BARS }, (_, bar) => {
      let [all, failed] = [0, 0];
      for (let second = end - (BARS - bar) * BAR, last = second + BAR; second < last; second++) {
        all += this.#in(this.#all, second);
        failed += this.#in(this.#failed, second);
      }
      return [all - failed, 0, failed, 0];
    });
  }

  /** @param {Uint32Array} counts @param {number} second */
  #in(counts, second) {
    return second > this.#newest - SECONDS && second <= this.#newest ? counts[second % SECONDS] : 0;
  }

  /** @param {number} second */
  #reach(second) {
    for (let stale = Math.max(this.#newest, second - SECONDS) + 1; stale <= second; stale++) {
      this.#all[stale % SECONDS] = this.#failed[stale % SECONDS] = 0;
    }
    this.#newest = Math.max(this.#newest, second);
  }
}
