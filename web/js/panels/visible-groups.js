/**
 * What the log shows, in groups that are counted: kept up to date as entries come, as they are let go, and whatever the
 * filter and the stretch that is shown are. It goes over what the filter has found, so nothing is asked of the filter
 * twice; and which group an entry was counted in is remembered, so that nothing is folded again when it goes.
 *
 * It costs nothing while nobody follows: whoever shows the groups makes one and stops it in the end. What is there by
 * then is caught up with, a slice at a time.
 */

import { OTHERS } from "../entry/http-route.js";

/** @typedef {import("../entry/entry.js").Entry} Entry */
/** @typedef {Pick<import("../log/log.js").Log, "ring" | "filteredRows">} ShownLog */
/**
 * @template L
 * @typedef {object} Group
 * @property {string} key
 * @property {number} count entries in it
 * @property {(entry: Entry, number: number) => void} add `number` of its row
 * @property {(entry: Entry) => void} remove one that was added
 * @property {(now: number) => L} line what it is like; `now` in epoch milliseconds, by the server's clock
 */
/**
 * @template G
 * @typedef {object} Grouping
 * @property {number} most groups that are told apart; the others are one, whose key is that of `OTHERS`
 * @property {(entry: Entry) => string} keyOf the group that an entry belongs to; "": none
 * @property {(key: string, entry: Entry) => G} create a group, empty, for the first of its entries
 * @property {(entry: Entry) => number | null} [moves] once one was added: the number of a row that was counted before
 *   it and may belong to another group now; null: none
 */

const SLICE = 256; // entries between two looks at the clock
const ROOM = 4096; // rows

/** @template L @template {Group<L>} G */
export class VisibleGroups {
  /** Entries counted. */
  entries = 0;
  #log;
  #grouping;
  #filteredRows;
  /** @type {Map<string, G>} */
  #groups = new Map();
  /** Entries at the positions of the filtered rows [#low, #high) were counted. */
  #low = 0;
  #high = 0;
  /** @type {(G | null)[]} the group of each row, from row `#base` on */
  #placed = [];
  #base = 0;

  /** @param {ShownLog} log @param {Grouping<G>} grouping */
  constructor(log, grouping) {
    this.#log = log;
    this.#grouping = grouping;
    this.#filteredRows = log.filteredRows;
    this.#begin();
    this.stop = log.ring.observe({ dropping: (from, end) => this.#dropping(from, end) });
  }

  /** How many groups there are, that of the others included. */
  get size() {
    return this.#groups.size;
  }

  /** @param {number} now epoch milliseconds, the server's clock @returns {L[]} in no order */
  lines(now) {
    return [...this.#groups.values()].map((group) => group.line(now));
  }

  /**
   * Counts on until everything that is shown was counted, or the time is up.
   * @param {() => boolean} spent
   * @returns {boolean} whether everything was
   */
  advance(spent) {
    if (this.#filteredRows !== this.#log.filteredRows) {
      this.#filteredRows = this.#log.filteredRows;
      this.#begin();
    }
    const filteredRows = this.#filteredRows;
    this.#low = Math.max(this.#low, filteredRows.first);
    this.#high = Math.max(this.#high, this.#low);
    while (this.#high < filteredRows.end) {
      const stop = Math.min(filteredRows.end, this.#high + SLICE);
      while (this.#high < stop) this.#count(filteredRows.rowAt(this.#high++));
      if (this.#high < filteredRows.end && spent()) return false;
    }
    while (this.#low > filteredRows.first) {
      const stop = Math.max(filteredRows.first, this.#low - SLICE);
      while (this.#low > stop) this.#count(filteredRows.rowAt(--this.#low));
      if (this.#low > filteredRows.first && spent()) return false;
    }
    return filteredRows.complete;
  }

  /** From the newest on: what comes is counted at once, what was before fills in. */
  #begin() {
    this.entries = 0;
    this.#groups.clear();
    this.#low = this.#high = this.#filteredRows.end;
    this.#base = this.#log.ring.first;
    this.#placed = [];
  }

  /** @param {number} number of a row */
  #count(number) {
    const row = this.#log.ring.row(number);
    if (row.kind !== "entry" || !this.#place(row, number)) return;
    this.entries++;
    const moved = this.#grouping.moves?.(row) ?? null;
    const there = moved === null ? null : this.#placed[moved - this.#base];
    if (moved === null || !there || !this.#log.ring.has(moved)) return;
    const other = this.#log.ring.row(moved);
    if (other.kind !== "entry") return;
    this.#leave(there, other);
    this.#place(other, moved);
  }

  /** @param {Entry} entry @param {number} number of its row @returns {boolean} whether it belongs to any group */
  #place(entry, number) {
    const group = this.#groupOf(entry);
    if (!group) return false;
    group.add(entry, number);
    if (number < this.#base) this.#makeRoom(number);
    while (this.#placed.length <= number - this.#base) this.#placed.push(null);
    this.#placed[number - this.#base] = group;
    return true;
  }

  /** @param {G} group @param {Entry} entry */
  #leave(group, entry) {
    group.remove(entry);
    if (group.count === 0) this.#groups.delete(group.key);
  }

  /** For rows that came before all others: for many at once, as each time moves up all there are. @param {number} to */
  #makeRoom(to) {
    const more = Math.max(ROOM, this.#base - to);
    this.#placed = [...Array.from({ length: more }, () => null), ...this.#placed];
    this.#base -= more;
  }

  /** @param {Entry} entry */
  #groupOf(entry) {
    const { most, keyOf } = this.#grouping;
    const key = keyOf(entry);
    if (key === "") return null;
    return (
      this.#groups.get(key) ??
      (this.#groups.size < most
        ? this.#open(key, entry)
        : (this.#groups.get(OTHERS.key) ?? this.#open(OTHERS.key, entry)))
    );
  }

  /** @param {string} key @param {Entry} entry */
  #open(key, entry) {
    const group = this.#grouping.create(key, entry);
    this.#groups.set(key, group);
    return group;
  }

  /** @param {number} from @param {number} end rows [from, end) are about to go */
  #dropping(from, end) {
    for (let number = from; number < end; number++) {
      const group = this.#placed[number - this.#base];
      if (!group) continue;
      this.#placed[number - this.#base] = null;
      const row = this.#log.ring.row(number);
      if (row.kind !== "entry") continue;
      this.entries--;
      this.#leave(group, row);
    }
    this.#low = Math.max(this.#low, this.#filteredRows.first); // below that others may come
    this.#high = Math.max(this.#high, this.#low);
    // To move up all that stays costs more than the drop itself: so seldom.
    if (end - this.#base < this.#placed.length / 8) return;
    this.#placed.splice(0, end - this.#base);
    this.#base = end;
  }
}
