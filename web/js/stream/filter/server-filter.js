/**
 * Who filters: the page, as long as the link keeps up, so that it knows what it hides; or the server, when it does not.
 * Asked for by the reader, once, and undone by one press.
 */

import { wireFilter } from "../../query/server-filter-text.js";

/** @typedef {import("../../query/filter.js").Filter} Filter */

const OFTEN = 2; // gaps because the page was too slow…
const WITHIN = 10_000; // ms …within so long: the link does not keep up

export class ServerFilter {
  /** Whether the server filters. */
  on = false;
  /** Whether it is worth offering: the stream outran the link while a filter was on, and nobody has answered yet. */
  offered = false;
  /** Why it does not, though it was asked to; "" if it was not. */
  refused = "";
  #declined = false;
  /** @type {number[]} monotonic ms of the latest gaps */
  #gaps = [];
  #log;
  #tell;

  /**
   * @param {import("../../log/log.js").Log} log
   * @param {(filter: import("../../query/server-filter-text.js").WireFilter | null) => void} tell gets what the server
   * is to send; null: everything
   */
  constructor(log, tell) {
    this.#log = log;
    this.#tell = tell;
    log.ring.observe({
      added: (from, end) => {
        for (let number = from; number < end; number++) {
          const row = log.ring.row(number);
          if (row.kind === "gap" && row.cause === "slow") this.#slow();
        }
      },
    });
  }

  /** The server filters from here on. */
  begin() {
    this.on = true;
    this.offered = false;
    this.changed();
  }

  /** The page filters again. What the server has left out meanwhile does not come any more. */
  end() {
    this.on = false;
    this.#gaps = [];
    this.#tell(null);
  }

  /** Nobody wants it: it is not offered again. */
  decline() {
    this.offered = false;
    this.#declined = true;
  }

  /** The filter is another one. */
  changed() {
    this.refused = "";
    if (this.#log.filter.empty) this.offered = false;
    if (this.on) this.#tell(this.#log.filter.empty ? null : wireFilter(this.#log.filter));
  }

  /** It could not do so, and by no former filter either: this page filters all that comes. @param {string} why */
  failed(why) {
    if (!this.on) return;
    this.end();
    this.refused = why;
  }

  #slow() {
    if (this.on || this.#declined || this.#log.filter.empty) return;
    const now = this.#log.clock.now();
    this.#gaps = [...this.#gaps.filter((at) => now - at <= WITHIN), now].slice(-OFTEN);
    if (this.#gaps.length >= OFTEN) this.offered = true;
  }
}
