/**
 * Which filter the server holds a stream to: one is asked for, and then taken or refused. Until then what comes may
 * lack entries by either of them.
 */

/** @typedef {import("../../query/server-filter-text.js").WireFilter} Filter */

/** A server that never says `filtered` has taken a filter by its second heartbeat. */
const BEATS = 2;

export class FilterRequests {
  /** By which the server filters, as far as it has said; null: by none. @type {Filter | null} */
  taken = null;
  /** Why it does not filter by what was asked for last, but as before; "" if nothing was refused. */
  refused = "";
  /** Asked for and not answered, oldest first. @type {{filter: Filter | null, beats: number}[]} */
  #asked = [];
  /** With which one the present connection began. @type {Filter | null} */
  #first = null;

  /** By which it shall filter in the end, and after a reconnect. */
  get wanted() {
    return this.#asked.length > 0 ? this.#asked[this.#asked.length - 1].filter : this.taken;
  }

  /** Whether entries may be left out on purpose. */
  get mayLeaveOut() {
    return this.taken !== null || this.#asked.some(({ filter }) => filter !== null);
  }

  /** @param {Filter | null} filter */
  ask(filter) {
    this.refused = "";
    this.#asked.push({ filter, beats: 0 });
  }

  /** The oldest that was asked for holds from here on. */
  take() {
    const next = this.#asked.shift();
    if (next) this.taken = next.filter;
  }

  /** The oldest that was asked for will never hold; the former one stays. @param {string} why */
  refuse(why) {
    if (this.#asked.shift() && this.#asked.length === 0) this.refused = why;
  }

  heartbeat() {
    for (const each of this.#asked) each.beats++;
    while (this.#asked[0]?.beats >= BEATS) this.take();
  }

  // --- a connection

  /** @returns {Filter | null} what it begins with */
  open() {
    return (this.#first = this.wanted);
  }

  /** It was greeted, so what it began with holds. @returns {boolean} whether another one is wanted meanwhile */
  greeted() {
    const { wanted } = this;
    this.taken = this.#first;
    this.#asked = wanted === this.#first ? [] : [{ filter: wanted, beats: 0 }];
    return this.#asked.length > 0;
  }

  /**
   * It was closed before, as bad.
   * @param {string} why
   * @returns {boolean} whether it can be opened again, without a filter
   */
  closed(why) {
    if (!why || !this.#first) return false;
    this.#asked = [];
    this.taken = this.#first = null;
    this.refused = why;
    return true;
  }
}
