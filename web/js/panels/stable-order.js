/**
 * The order of a live table that somebody reads: sorted anew at a slow beat and at once when another order is asked
 * for, but never while it is held, because the reader points at a line or has the focus in one. Meanwhile what is new
 * comes last, and what is gone keeps its place.
 */

/** @typedef {{key: string}} Line */
/** @template {Line} T @typedef {(one: T, other: T) => number} Compare */

const BEAT = 3000; // ms between two sortings

/** @template {Line} T */
export class StableOrder {
  /** @type {Map<string, T>} as last arranged */
  #lines = new Map();
  #by = "";
  #sortedAt = -Infinity;

  /**
   * @param {readonly T[]} lines in any order
   * @param {object} how
   * @param {string} how.by names the order: another name is another order
   * @param {Compare<T>} how.compare
   * @param {boolean} how.held
   * @param {number} how.now milliseconds, monotonic
   * @returns {T[]}
   */
  arrange(lines, { by, compare, held, now }) {
    const changed = by !== this.#by;
    if (changed || (!held && now - this.#sortedAt >= BEAT)) {
      this.#by = by;
      this.#sortedAt = now;
      return this.#keep([...lines].sort(compare));
    }
    const fresh = new Map(lines.map((line) => [line.key, line]));
    /** @type {T[]} */
    const arranged = [];
    for (const [key, former] of this.#lines) {
      const line = fresh.get(key);
      if (line || held) arranged.push(line ?? former);
      fresh.delete(key);
    }
    return this.#keep([...arranged, ...[...fresh.values()].sort(compare)]);
  }

  /** The next time it is sorted anew, whatever the beat: what stands there is not what stood there. */
  forget() {
    this.#lines.clear();
    this.#sortedAt = -Infinity;
  }

  /** @param {T[]} lines */
  #keep(lines) {
    this.#lines = new Map(lines.map((line) => [line.key, line]));
    return lines;
  }
}
