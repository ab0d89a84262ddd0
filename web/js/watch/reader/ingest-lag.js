/** How long the newest entries took from the app's clock to the server's: what the app's light says. */

/** @typedef {import("../../log/ring.js").Ring} Ring */

const REMEMBERED = 101;

export class IngestLag {
  /** Milliseconds each, the oldest overwritten. @type {number[]} */
  #lags = [];
  #next = 0;

  /** @param {Ring} ring */
  constructor(ring) {
    ring.observe({
      added: (from, end) => {
        for (let number = Math.max(from, end - REMEMBERED); number < end; number++) {
          const row = ring.row(number);
          if (row.kind === "entry") this.#add(row.receivedAt - row.timestamp);
        }
      },
    });
  }

  /** How many entries it is known of. */
  get known() {
    return this.#lags.length;
  }

  /** Milliseconds; negative where the app's clock is ahead. NaN while nothing is known. */
  get median() {
    return this.#at(0.5);
  }

  /** Of the one that took least: what is left of it is no delay but a clock that is ahead or behind. */
  get least() {
    return this.#at(0);
  }

  /** @param {number} lag */
  #add(lag) {
    this.#lags[this.#next] = lag;
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  /** @param {number} share */
  #at(share) {
    const sorted = this.#lags.toSorted((one, other) => one - other);
    return sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
  }
}
