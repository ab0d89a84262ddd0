/**
 * The rows of several streams in the order of time: of when their apps wrote them, each app's clock put right. What
 * comes is held for a moment, so that what was written before it and takes longer can still stand before it. Those of
 * one stream keep their order.
 */

import { AppClock } from "./app-clock.js";

/** @typedef {import("../../log/ring.js").Row} Row */
/** @typedef {{row: Row, at: number, order: number, size: number}} Held `at`: epoch milliseconds, the server's clock */

/** Beyond the moment: a row takes that long on its way and in its app's batch. */
const GRACE = 250;

export class TimeOrder {
  /** For how long a row is held, milliseconds from when it was written. */
  hold = 0;
  /** Of each stream. */
  clocks;
  /** The earliest last, once sorted. @type {Held[]} */
  #held = [];
  #isSorted = true;
  /** The latest of each stream. */
  #latest;
  #came = 0;

  /** @param {number} streams how many */
  constructor(streams) {
    this.clocks = Array.from({ length: streams }, () => new AppClock());
    this.#latest = this.clocks.map(() => -Infinity);
  }

  /** When the earliest row is to be let go, epoch milliseconds by the server's clock; Infinity: none is held. */
  get dueAt() {
    this.#sort();
    const next = this.#held.at(-1);
    return next ? next.at + this.#moment : Infinity;
  }

  get #moment() {
    return this.hold > 0 ? this.hold + GRACE : 0;
  }

  /** Learns the clocks from what was before anything was held. @param {readonly (readonly Row[])[]} streams */
  learn(streams) {
    for (const [stream, rows] of streams.entries()) this.clocks[stream].add(rows);
  }

  /**
   * @param {number} stream
   * @param {readonly Row[]} rows
   * @param {number} size characters on the wire, of all of them
   */
  add(stream, rows, size) {
    const clock = this.clocks[stream];
    clock.add(rows);
    const share = size / rows.length;
    for (const row of rows) {
      // What is no entry stays behind what came before it.
      const written = row.kind === "entry" ? clock.writtenAt(row) : -Infinity;
      const at = (this.#latest[stream] = Math.max(this.#latest[stream], written));
      this.#held.push({ row, at, order: this.#came++, size: share });
    }
    this.#isSorted = false;
  }

  /**
   * Lets go of what was held long enough.
   * @param {number} now epoch milliseconds by the server's clock; Infinity: of everything
   * @returns {{rows: Row[], size: number}} in order
   */
  take(now) {
    this.#sort();
    const due = this.#held.findLastIndex(({ at }) => at + this.#moment > now) + 1;
    const taken = this.#held.splice(due).reverse();
    return { rows: taken.map(({ row }) => row), size: taken.reduce((sum, { size }) => sum + size, 0) };
  }

  #sort() {
    if (!this.#isSorted) this.#held.sort((one, other) => other.at - one.at || other.order - one.order);
    this.#isSorted = true;
  }
}
