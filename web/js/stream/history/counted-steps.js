/**
 * How many entries of each level came in each step of a time that the page does not hold: counted by the server, once
 * for what is asked; the answer is kept until something else is.
 */

import { LEVELS } from "../../entry/entry.js";
import { wait } from "../../lib/timing/wait.js";

/** @typedef {import("../../query/filter.js").Filter} Filter */
/** @typedef {import("../../entry/entry.js").Cursor} Cursor */
/** @typedef {import("../../log/statistics/histogram.js").Bars} Bars */
/**
 * @typedef {object} Asked
 * @property {number} since epoch seconds, where a step begins
 * @property {number} until likewise; not within it
 * @property {number} step seconds
 * @property {Filter} filter
 * @property {readonly {service: string, epoch: string}[]} services "": there is one only
 */
/**
 * Counts of one service, the newest steps first, down to seq `through`.
 * @typedef {(service: string, asked: Window) => Promise<{steps: ({at: string} & Levels)[], through: number}>} Count
 *
 * @typedef {Record<import("../../entry/entry.js").Level, number>} Levels
 * @typedef {{filter: Filter, since: number, until: number, step: number, before: Cursor | null, signal: AbortSignal}}
 *   Window since and until: epoch milliseconds
 */

const SETTLED = 300; // ms: what changes meanwhile is not asked for
const PATIENCE = 3000; // ms after a count that could not be had
const ROUNDS = 60; // of a second each

export class CountedSteps {
  /** Whether it is being counted. */
  counting = false;
  #count;
  #changed;
  #pause;
  #key = "";
  /** @type {{since: number, until: number}} of what is there, or being counted */
  #covered = { since: 0, until: 0 };
  /** By the second at which a step begins, in the order of `LEVELS`. @type {Map<number, number[]>} */
  #steps = new Map();
  #left = new AbortController();

  /**
   * @param {object} options
   * @param {Count} options.count
   * @param {() => void} options.changed there is more
   * @param {(milliseconds: number) => Promise<void>} [options.pause]
   */
  constructor({ count, changed, pause = wait }) {
    this.#count = count;
    this.#changed = changed;
    this.#pause = pause;
  }

  /** What is known of it, as far as it was counted by now. @param {Asked} asked @returns {Map<number, number[]>} */
  of(asked) {
    const { since, until, step, filter, services } = asked;
    const key = `${step} ${filter.toQuery()} ${services.map(({ service, epoch }) => service + epoch).join()}`;
    const { since: first, until: end } = this.#covered;
    if (key !== this.#key || since < first || until > end) {
      this.stop();
      this.#key = key;
      this.#covered = { since, until };
      void this.#run(asked);
    }
    return this.#steps;
  }

  stop() {
    this.#left.abort();
    this.#steps = new Map();
    this.#key = "";
    this.counting = false;
  }

  /** @param {Asked} asked */
  async #run(asked) {
    this.#left = new AbortController();
    const { signal } = this.#left;
    this.counting = true;
    await this.#pause(SETTLED);
    for (const { service, epoch } of asked.services) {
      /** @type {Cursor | null} */
      let before = null;
      let last = 0;
      for (let round = 0; round < ROUNDS && !signal.aborted; round++) {
        const through = /** @type {number | null} */ (await this.#ask(service, asked, before, signal));
        if (through !== null && (through <= 1 || through === last)) break;
        if (through === null) continue;
        last = through;
        before = { epoch, seq: through };
      }
    }
    if (signal.aborted) return;
    this.counting = false;
    this.#changed();
  }

  /**
   * @param {string} service
   * @param {Asked} asked
   * @param {Cursor | null} before
   * @param {AbortSignal} signal
   * @returns {Promise<number | null>} how far it was counted; null: it could not be, now
   */
  async #ask(service, { filter, since, until, step }, before, signal) {
    try {
      const bounds = { filter, since: since * 1000, until: until * 1000, step, before, signal };
      const { steps, through } = await this.#count(service, bounds);
      if (signal.aborted) return null;
      for (const each of steps) this.#add(Date.parse(each.at) / 1000, each);
      this.#changed();
      return through;
    } catch (error) {
      if (signal.aborted) return null;
      const { retryAfter } = /** @type {{retryAfter?: number | null}} */ (error);
      await this.#pause(retryAfter ? retryAfter * 1000 : PATIENCE);
      return null;
    }
  }

  /** @param {number} second @param {Levels} levels */
  #add(second, levels) {
    const there = this.#steps.get(second);
    this.#steps.set(
      second,
      LEVELS.map((level, rank) => levels[level] + (there?.[rank] ?? 0)),
    );
  }
}

/**
 * Bars with what was counted elsewhere instead of their own, up to a second.
 * @param {Bars} bars
 * @param {ReadonlyMap<number, number[]>} steps
 * @param {number} until epoch seconds, where a bar begins
 * @returns {Bars}
 */
export function withSteps(bars, steps, until) {
  const { since, step, heights, counts } = bars;
  for (let bar = 0; bar < heights.length && since + bar * step < until; bar++) {
    const found = steps.get(since + bar * step);
    for (const [rank, level] of LEVELS.entries()) counts[level][bar] = found?.[rank] ?? 0;
    heights[bar] = found?.reduce((sum, each) => sum + each, 0) ?? 0;
  }
  return bars;
}
