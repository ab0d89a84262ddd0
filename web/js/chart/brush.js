/**
 * A place on a time axis, and a stretch that is being chosen from it: by pointer or by key. Seconds, so that it stays
 * where it is while the axis moves on.
 */

/** @typedef {import("./time-axis.js").TimeAxis} TimeAxis */

export class Brush {
  /** The second at which the bar pointed at begins. @type {number | null} */
  place = null;
  /** The one at which the stretch was begun. @type {number | null} */
  #anchor = null;
  #axis;

  /** @param {TimeAxis} axis */
  constructor(axis) {
    this.#axis = axis;
  }

  /** Whether a stretch is being chosen. */
  get open() {
    return this.#anchor !== null;
  }

  /**
   * From the first bar to the last, in seconds; the second one is not within it.
   * @returns {{since: number, until: number} | null}
   */
  get stretch() {
    if (this.place === null) return null;
    const from = this.#anchor ?? this.place;
    return { since: Math.min(from, this.place), until: Math.max(from, this.place) + this.#axis.step };
  }

  /**
   * To the bar of a second.
   * @param {number} second
   * @param {boolean} [extend] the stretch goes on to there, from where the place was
   */
  to(second, extend = false) {
    const bar = Math.max(0, Math.min(this.#axis.barOf(second), this.#axis.bars - 1));
    if (!extend) this.#anchor = null;
    else this.#anchor ??= this.place;
    this.place = this.#axis.secondOf(bar);
  }

  /** So many bars on; from nowhere, from the newest. @param {number} bars @param {boolean} [extend] */
  move(bars, extend) {
    this.to((this.place ?? this.#axis.secondOf(this.#axis.bars)) + bars * this.#axis.step, extend);
  }

  clear() {
    this.place = null;
    this.#anchor = null;
  }
}
