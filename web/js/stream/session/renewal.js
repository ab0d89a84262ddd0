/**
 * When a session is renewed by itself: shortly before it ends, while somebody was at the page not long ago. What nobody
 * attends is left to expire. Times in monotonic milliseconds.
 */

/** @typedef {import("../../lib/timing/clock.js").Clock} Clock */

/** A timer of a hidden tab may be a minute late; messages come more often. */
const LEAD = 60_000;
/** Of a short session, so great a part of its time. */
const PART = 0.25;
const AGAIN = 10_000; // after a refusal, at least

export class Renewal {
  /** For how long after somebody was last at the page; 0: the session is not renewed by itself. */
  idle = 0;
  #attendedAt = -Infinity;
  #at = Infinity;
  #clock;

  /** @param {Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /** Somebody is at the page. */
  attended() {
    this.#attendedAt = this.#clock.now();
  }

  /** @param {number} milliseconds until the session ends */
  endsIn(milliseconds) {
    this.#at = this.#clock.now() + milliseconds - Math.min(LEAD, milliseconds * PART);
  }

  /** It was: nothing is due until it has come about, or was refused. */
  asked() {
    this.#at = Infinity;
  }

  /** It did not come about: to be tried again. @param {number} delay milliseconds at least */
  refused(delay) {
    this.#at = this.#clock.now() + Math.max(AGAIN, delay);
  }

  /** Until when the page counts as attended, if nobody comes. */
  get until() {
    return this.#attendedAt + this.idle;
  }

  /** Whether the session goes on when it ends now. */
  get wanted() {
    return this.#clock.now() < this.until;
  }

  /** Whether it is time, and somebody was there. */
  get due() {
    return this.#clock.now() >= this.#at && this.wanted;
  }

  /** When that will be; Infinity: not unless somebody comes. */
  get dueAt() {
    return this.wanted && this.#at < this.until ? this.#at : Infinity;
  }
}
