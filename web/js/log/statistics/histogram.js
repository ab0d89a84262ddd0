/**
 * How many entries of each level came in which second: of what a filter lets through and the page keeps, by time of
 * arrival. Fed an entry at a time, in any order; it costs the same whether there are ten or 200,000.
 */

import { LEVELS } from "../../entry/entry.js";

/** @typedef {import("../../entry/entry.js").Level} Level */
/** @typedef {{since: number, step: number, counts: Record<Level, number[]>, heights: number[]}} Bars
 *   `since` in epoch seconds; one bar is `step` seconds; `heights`: entries of all levels */

const SECONDS = 7200; // so many are told apart; of more, the later half
const RANK = new Map(LEVELS.map((level, rank) => [level, rank]));

export class Histogram {
  /** @type {Map<number, number[]>} entries by rank of their level, in each second that has any */
  #seconds = new Map();
  /** Earlier seconds were let go. */
  #earliest = -Infinity;

  /**
   * @param {number} at epoch milliseconds
   * @param {Level} level
   * @param {1 | -1} step -1: one that was added before is gone
   */
  add(at, level, step) {
    const second = Math.floor(at / 1000);
    if (second < this.#earliest) return;
    let counts = this.#seconds.get(second);
    if (!counts) this.#seconds.set(second, (counts = LEVELS.map(() => 0)));
    counts[RANK.get(level) ?? 0] += step;
    if (step < 0 && counts.every((count) => count === 0)) this.#seconds.delete(second);
    else if (this.#seconds.size > SECONDS) this.#forget();
  }

  /**
   * @param {number} since epoch seconds
   * @param {number} until epoch seconds; not within it
   * @param {number} step seconds in a bar
   * @returns {Bars}
   */
  bars(since, until, step = 1) {
    const length = Math.ceil((until - since) / step);
    const none = () => Array.from({ length }, () => 0);
    const counts = { error: none(), warn: none(), info: none(), debug: none() };
    const heights = none();
    for (const [second, found] of this.#seconds) {
      if (second < since || second >= until) continue;
      const bar = Math.floor((second - since) / step);
      for (const [rank, level] of LEVELS.entries()) {
        counts[level][bar] += found[rank];
        heights[bar] += found[rank];
      }
    }
    return { since, step, counts, heights };
  }

  #forget() {
    const seconds = [...this.#seconds.keys()].sort((a, b) => a - b);
    this.#earliest = seconds[seconds.length >> 1];
    for (const second of seconds) if (second < this.#earliest) this.#seconds.delete(second);
  }
}

/**
 * Where the tops of a bar's parts stand, one upon the other, the gravest at the bottom, where heights compare best. A
 * part that is there is seen: none is lower than `least` of the highest bar, however few it counts.
 * @param {Bars} bars
 * @param {number} least
 * @returns {{level: Level, tops: (number | null)[]}[]} from the bottom up; null: the bar has no such part
 */
export function stacked({ counts, heights }, least) {
  const low = heights.reduce((most, height) => Math.max(most, height), 0) * least;
  const reached = heights.map(() => 0);
  return LEVELS.map((level) => ({
    level,
    tops: counts[level].map((count, bar) => (count > 0 ? (reached[bar] += Math.max(count, low)) : null)),
  }));
}

/**
 * Entries of each level, and of all, from one bar up to another.
 * @param {Bars} bars
 * @param {number} [from]
 * @param {number} [end]
 */
export function summed({ counts, heights }, from = 0, end = heights.length) {
  const sum = (/** @type {number[]} */ each) => each.slice(from, end).reduce((all, count) => all + count, 0);
  return { entries: sum(heights), levels: LEVELS.map((level) => ({ level, count: sum(counts[level]) })) };
}
