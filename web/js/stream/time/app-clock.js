/**
 * How an app's clock stands to the server's, as its newest entries tell: the least that any took from the one clock to
 * the other is no delay, but what the clocks differ by. Milliseconds.
 */

/** @typedef {import("../../entry/entry.js").Entry} Entry */

const REMEMBERED = 101; // entries
/** A clock that is ahead can't be the network's doing, so little of it counts. */
const AHEAD = 100;
/** Our middlewares send every 2 s: an entry that was alone in its batch took that long, by a clock that is right. */
const LATE = 2500;

/** What the newest entries of an app tell of its clock. */
export class AppClock {
  /** Milliseconds each, the oldest overwritten. @type {number[]} */
  #lags = [];
  #next = 0;
  #offset = 0;

  /** What to add to a time of the app's to have it by the server's clock; 0 where they agree as far as can be told. */
  get offset() {
    return this.#offset;
  }

  /** @param {readonly import("../../log/ring.js").Row[]} rows in the order in which they came */
  add(rows) {
    for (let index = Math.max(0, rows.length - REMEMBERED); index < rows.length; index++) {
      const row = rows[index];
      if (row.kind !== "entry") continue;
      this.#lags[this.#next] = row.receivedAt - row.timestamp;
      this.#next = (this.#next + 1) % REMEMBERED;
    }
    const least = Math.min(...this.#lags);
    this.#offset = this.#lags.length > 0 && (least < -AHEAD || least > LATE) ? least : 0;
  }

  /**
   * When an entry was written, by the server's clock: not after it came.
   * @param {Entry} entry
   * @returns {number} epoch milliseconds
   */
  writtenAt({ timestamp, receivedAt }) {
    return Math.min(receivedAt, timestamp + this.#offset);
  }
}
