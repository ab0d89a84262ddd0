/** How many errors came in while nobody looked. */

/** @typedef {import("../../log/log.js").Log} Log */

export class UnseenErrors {
  count = 0;
  /** Epoch milliseconds, the server's clock, since when nobody looks; Infinity: somebody does. */
  #since = Infinity;
  #changed;

  /**
   * @param {Log} log
   * @param {(count: number) => void} changed
   */
  constructor(log, changed) {
    this.#changed = changed;
    log.ring.observe({
      added: (from, end) => {
        if (this.#since === Infinity) return;
        let more = 0;
        for (let number = from; number < end; number++) {
          const row = log.ring.row(number);
          // What was there before and comes only now, after a reconnect, is not new; what the filter hides is not
          // wanted.
          if (row.kind === "entry" && row.level === "error" && row.receivedAt >= this.#since && log.shows(row)) more++;
        }
        if (more > 0) this.#set(this.count + more);
      },
    });
  }

  /** Nobody looks from now on. @param {number} time epoch milliseconds, the server's clock */
  away(time) {
    this.#since = time;
  }

  /** Somebody looks again. */
  back() {
    this.#since = Infinity;
    this.#set(0);
  }

  /** @param {number} count */
  #set(count) {
    if (count === this.count) return;
    this.count = count;
    this.#changed(count);
  }
}
