/**
 * The account of a stream: which entries are known, across every drop and reconnect. It turns what the server sends
 * into rows such that each entry stands there once, in order, or a gap row stands where entries are missing.
 */

import { FilterRequests } from "./filter/filter-requests.js";
import { gapCause } from "./gap-cause.js";

/** @typedef {import("../entry/entry.js").Cursor} Cursor */
/** @typedef {import("../log/ring.js").Row} Row */

export class Ledger {
  /** @type {Cursor | null} everything up to here is known; a reconnect resumes behind it */
  cursor = null;
  /** The next seq if nothing is missing; 0 while unknown. */
  #expected = 0;
  /** Whether nothing but the greeting came since a reconnect: a gap now is from being away. */
  #returning = false;
  /** The newest entry at the time of the last greeting. */
  #greetedHead = 0;
  /** By which filter the server leaves entries out on purpose: then a hole in the numbers is no gap. */
  filters = new FilterRequests();
  /** Entries that the filter which holds now has left out, since it holds. */
  leftOut = 0;
  /**
   * What was before the entries that the server sends, when it greeted first: of seqs below `before` the ring buffer
   * had those from `oldest` on; null: there was nothing.
   * @type {{epoch: string, before: number, oldest: number} | null}
   */
  earlier = null;
  #isShared = false;

  /** Whether entries from before the last greeting are still on their way. */
  get catchingUp() {
    return (this.cursor?.seq ?? 0) < this.#greetedHead;
  }

  /** A shared log may have a filter of its own, which its link does not tell. */
  get #mayLeaveOut() {
    return this.filters.mayLeaveOut || this.#isShared;
  }

  /**
   * @param {import("./messages.js").Watching} message
   * @param {number} backlog the number of earlier entries that were asked for
   */
  greet({ kind, epoch, oldest, head }, backlog) {
    this.#returning = this.cursor !== null;
    this.#greetedHead = head;
    this.#isShared = kind === "share";
    if (this.cursor?.epoch === epoch) return;
    // On a first connection: where the backlog begins, so that a drop before its first entry costs nothing either; of
    // what was filtered it may begin anywhere. Otherwise the server was restarted, and its gap message says from where
    // it goes on.
    const begin = this.#mayLeaveOut ? oldest - 1 : Math.max(oldest - 1, head - backlog);
    this.cursor = { epoch, seq: this.#returning ? 0 : Math.max(begin, 0) };
    if (!this.#returning && begin > 0) this.earlier = { epoch, before: begin + 1, oldest };
    this.#expected = 0;
  }

  /**
   * @param {import("./messages.js").Entries} message
   * @param {number} at epoch milliseconds
   * @returns {Row[]} what is new in it
   */
  entries(message, at) {
    /** @type {Row[]} */
    const rows = [];
    const { cursor } = this;
    if (!cursor) return rows;
    for (const entry of message.entries) {
      if (entry.seq <= cursor.seq) continue;
      if (this.#expected && entry.seq > this.#expected && !this.#mayLeaveOut) {
        // No server should do this; if one does, it must not pass unseen.
        const [from, to] = [this.#expected, entry.seq - 1];
        rows.push({ kind: "gap", cause: "unexplained", from, to, count: to - from + 1, at });
      }
      rows.push(entry);
      this.#skip(entry.seq - 1);
      cursor.seq = entry.seq;
      this.#expected = entry.seq + 1;
    }
    this.reach(message.through);
    return rows;
  }

  /** From here on the filter holds that was asked for. @param {import("./messages.js").Filtered} message */
  filtered({ through }) {
    this.reach(through);
    this.filters.take();
    this.leftOut = 0;
  }

  /**
   * @param {import("./messages.js").Gap} message
   * @param {number} at epoch milliseconds
   * @returns {Row[]}
   */
  gap({ from, to, count, reason }, at) {
    const { cursor } = this;
    if (!cursor) return [];
    if (reason === "restart" || reason === "reset" || to === null) {
      cursor.seq = 0; // numbering starts over, or the place is not known: what comes now is no repeat
      this.#expected = 0;
    } else if (to > cursor.seq) {
      cursor.seq = to;
      this.#expected = to + 1;
    }
    const cause = reason === "overrun" ? (this.#returning ? "away" : "slow") : gapCause(reason);
    return [{ kind: "gap", cause, from, to, count, at }];
  }

  /** @param {import("./messages.js").Heartbeat} message */
  heartbeat({ through }) {
    this.reach(through);
    this.filters.heartbeat();
  }

  /**
   * Nothing up to here is missing.
   * @param {number} through
   */
  reach(through) {
    this.#returning = false;
    if (!this.cursor || through < this.cursor.seq) return;
    this.#skip(through);
    this.cursor.seq = through;
    this.#expected = through + 1;
  }

  /** Whatever has not come up to here does not come any more. @param {number} through */
  #skip(through) {
    if (this.#expected > 0 && this.#mayLeaveOut) this.leftOut += Math.max(0, through - this.#expected + 1);
  }
}
