/** Tells those who do not see the log that errors came in: how many, and the latest in words, not too often. */

import { count } from "../../lib/format.js";

/** @typedef {import("../../stream/live-log.js").LiveLog} LiveLog */

const PAUSE = 5000; // ms between two announcements
const LONGEST = 120; // characters of what an error says

export class ErrorNews {
  #log;
  #tell;
  #count = 0;
  #latest = "";
  /** Epoch milliseconds, the server's clock: what came before was there; Infinity: that is still to come. */
  #since = Infinity;
  #toldAt = -Infinity;

  /**
   * @param {LiveLog} log
   * @param {(words: string) => void} tell
   */
  constructor(log, tell) {
    this.#log = log;
    this.#tell = tell;
    log.ring.observe({ added: (from, end) => this.#added(from, end) });
  }

  /** To be called now and then: tells what there is to tell. */
  tick() {
    const { clock, subscriber, serverTime } = this.#log;
    if (this.#since === Infinity && subscriber.phase === "live" && !subscriber.ledger.catchingUp)
      this.#since = serverTime;
    if (this.#count === 0 || clock.now() - this.#toldAt < PAUSE) return;
    this.#tell(`${count(this.#count, "new error")}: ${this.#latest}`);
    this.#toldAt = clock.now();
    this.#count = 0;
  }

  /** @param {number} from @param {number} end */
  #added(from, end) {
    for (let number = from; number < end; number++) {
      const row = this.#log.ring.row(number);
      if (row.kind !== "entry" || row.level !== "error" || row.receivedAt < this.#since) continue;
      if (!this.#log.shows(row)) continue;
      this.#count++;
      this.#latest = row.message.slice(0, LONGEST) || `${row.method} ${row.endpoint}`;
    }
  }
}
