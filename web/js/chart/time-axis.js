/**
 * Which time a chart shows, in bars of whole seconds: the last minutes, as many as there is something to show of,
 * moving on; or, while the reader looks at a range, the same as before or what lies around it, standing still.
 */

/** @typedef {import("../log/span.js").Span} Span */

const BARS = 300;
const LENGTHS = [60, 120, 300]; // seconds
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]; // seconds

export class TimeAxis {
  /** Epoch seconds; the second one is not within it. */
  since = 0;
  until = 0;
  /** Seconds in a bar. */
  step = 1;
  #length = LENGTHS[0];

  /**
   * @param {number} now epoch milliseconds
   * @param {number} oldest epoch milliseconds of what is kept
   */
  follow(now, oldest) {
    const age = (now - oldest) / 1000;
    const fitting = LENGTHS.find((length) => length >= age) ?? Math.max(...LENGTHS);
    // Where about so much is kept all the time, the scale must not go to and fro.
    if (fitting > this.#length || age < this.#length / 4) this.#length = fitting;
    const until = Math.floor(now / 1000) + 1;
    this.#set(until - this.#length, until);
  }

  /** @param {Span} range @param {number} now epoch milliseconds */
  hold(range, now) {
    if (range.since === -Infinity) return this.#set(range.until / 1000 - this.#length, range.until / 1000);
    if (range.until === Infinity) return this.#set(range.since / 1000, Math.floor(now / 1000) + 1);
    const [since, until] = [range.since / 1000, range.until / 1000];
    if (since >= this.since && until <= this.until) return;
    const length = Math.max(this.#length, Math.ceil((until - since) * 1.2));
    const end = Math.max(until, Math.min(Math.floor(now / 1000) + 1, Math.ceil((since + until + length) / 2)));
    this.#set(end - length, end);
  }

  get bars() {
    return Math.ceil((this.until - this.since) / this.step);
  }

  /** The bar in which a second is. @param {number} second */
  barOf(second) {
    return Math.floor((second - this.since) / this.step);
  }

  /** The second at which a bar begins. @param {number} bar */
  secondOf(bar) {
    return this.since + bar * this.step;
  }

  /** @param {number} since @param {number} until */
  #set(since, until) {
    this.step = STEPS.find((step) => (until - since) / step <= BARS) ?? Math.ceil((until - since) / BARS / 3600) * 3600;
    this.since = Math.floor(since / this.step) * this.step;
    this.until = Math.ceil(until / this.step) * this.step;
  }
}
