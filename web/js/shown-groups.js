/**
 * What the log shows, in groups that are counted: kept up to date as entries come, as they are let go, and whatever the
 * filter and the stretch that is shown are. It walks over what the sieve has found, so nothing is asked of the filter
 * twice; and which group an entry was counted in is remembered, so that nothing is folded again when it goes.
 *
 * It costs nothing while nobody follows: whoever shows the groups makes one and stops it in the end. What is there by then
 * is caught up with, a slice at a time.
 */

/** @typedef {import("./wire.js").Entry} Entry */
/** @typedef {Pick<import("./log.js").Log, "ring" | "sieve">} ShownLog */
/**
 * @template G
 * @typedef {object} Grouping
 * @property {(entry: Entry, number: number) => G | null} enter counts an entry, and says in which group; null: in none
 * @property {(entry: Entry, group: G) => void} leave counts it no longer
 * @property {() => void} reset nothing was counted: everything comes anew
 */

const SLICE = 256; // entries between two looks at the clock

/** @template G */
export class ShownGroups {
  #log;
  #grouping;
  #sieve;
  /** Entries at the sieve's positions [#low, #high) were counted. */
  #low = 0;
  #high = 0;
  /** @type {(G | null)[]} the group of each row, from row `#base` on */
  #groups = [];
  #base = 0;

  /** @param {ShownLog} log @param {Grouping<G>} grouping empty */
  constructor(log, grouping) {
    this.#log = log;
    this.#grouping = grouping;
    this.#sieve = log.sieve;
    this.#begin();
    this.stop = log.ring.observe({ dropping: (_from, end) => this.#dropping(end) });
  }

  /**
   * Counts on until everything that is shown was counted, or the time is up.
   * @param {() => boolean} spent
   * @returns {boolean} whether everything was
   */
  advance(spent) {
    if (this.#sieve !== this.#log.sieve) {
      this.#sieve = this.#log.sieve;
      this.#grouping.reset();
      this.#begin();
    }
    const sieve = this.#sieve;
    this.#low = Math.max(this.#low, sieve.first);
    this.#high = Math.max(this.#high, this.#low);
    while (this.#high < sieve.end) {
      const stop = Math.min(sieve.end, this.#high + SLICE);
      while (this.#high < stop) this.#count(sieve.rowAt(this.#high++));
      if (this.#high < sieve.end && spent()) return false;
    }
    while (this.#low > sieve.first) {
      const stop = Math.max(sieve.first, this.#low - SLICE);
      while (this.#low > stop) this.#count(sieve.rowAt(--this.#low));
      if (this.#low > sieve.first && spent()) return false;
    }
    return sieve.complete;
  }

  /** From the newest on: what comes is counted at once, what was before fills in. */
  #begin() {
    this.#low = this.#high = this.#sieve.end;
    this.#base = this.#log.ring.first;
    this.#groups = [];
  }

  /** @param {number} number of a row */
  #count(number) {
    const row = this.#log.ring.row(number);
    if (row.kind !== "entry") return;
    const group = this.#grouping.enter(row, number);
    if (!group) return;
    while (this.#groups.length <= number - this.#base) this.#groups.push(null);
    this.#groups[number - this.#base] = group;
  }

  /** @param {number} end rows before it are about to go */
  #dropping(end) {
    const gone = this.#groups.splice(0, end - this.#base);
    for (const [index, group] of gone.entries()) {
      if (!group) continue;
      const row = this.#log.ring.row(this.#base + index);
      if (row.kind === "entry") this.#grouping.leave(row, group);
    }
    this.#base = end;
  }
}
