/**
 * Lines in which rows that are alike and follow each other stand as one. Kept up to date as the filtered rows are, a
 * slice at a time and both ways from where the reader is: a run that goes on costs one comparison.
 *
 * A line is known by where the first of its rows stands in the filtered rows. The lines of a run that was opened are
 * joined: each but the first belongs to the run of the line above it.
 */

import { Lines } from "./lines.js";
import { isRepeat } from "./repeat-key.js";

/** @typedef {import("./filtered-rows.js").FilteredRows} FilteredRows */
/** @typedef {import("./ring.js").Ring} Ring */

const SLICE = 256; // rows between two looks at the clock

export class CollapsedLines extends Lines {
  #ring;
  /** @type {number[]} where the lines at positions `#gone` - 1, `#gone` - 2, … begin */
  #older = [];
  /** @type {number[]} where the lines from position `#gone` on begin */
  #newer = [];
  #gone = 0;
  /** What stands in the filtered rows at [#low, #high) has its line. */
  #low;
  #high;
  /** @type {Set<number>} */
  #joined = new Set();
  /** Ends of open runs as far as they were counted, by where they begin. @type {Map<number, number>} */
  #ends = new Map();

  /**
   * @param {Ring} ring
   * @param {FilteredRows} filteredRows
   * @param {number} [origin] the row to start at; the end, if it is not told
   */
  constructor(ring, filteredRows, origin = ring.end) {
    super(filteredRows);
    this.#ring = ring;
    this.#low = this.#high = filteredRows.positionOf(origin);
  }

  get first() {
    return this.#gone - this.#older.length;
  }

  get end() {
    return this.#gone + this.#newer.length;
  }

  get complete() {
    return super.complete && this.#low <= this.filteredRows.first && this.#high >= this.filteredRows.end;
  }

  advance(/** @type {() => boolean} */ spent = () => false) {
    const { filteredRows } = this;
    while (this.#high < filteredRows.end) {
      const stop = Math.min(filteredRows.end, this.#high + SLICE);
      while (this.#high < stop) this.#append(this.#high++);
      if (spent()) return;
    }
    while (this.#low > filteredRows.first) {
      const stop = Math.max(filteredRows.first, this.#low - SLICE);
      while (this.#low > stop) this.#prepend(--this.#low);
      if (spent()) return;
    }
  }

  dropped() {
    const { first } = this.filteredRows;
    let gone = 0;
    while (gone < this.length && this.#behind(this.first + gone) <= first)
      this.#joined.delete(this.#beginOf(this.first + gone++));
    this.#gone += this.#remove(this.first, gone);
    if (this.length > 0) {
      this.#joined.delete(this.#beginOf(this.first)); // what it was joined to is gone
      this.#begin(this.first, Math.max(first, this.#beginOf(this.first)));
    }
    this.#low = Math.max(this.#low, first);
    this.#high = Math.max(this.#high, first);
  }

  rowAt(/** @type {number} */ position) {
    return this.filteredRows.rowAt(this.#beginOf(position));
  }

  lastAt(/** @type {number} */ position) {
    return this.filteredRows.rowAt(this.#behind(position) - 1);
  }

  positionOf(/** @type {number} */ row) {
    const at = this.filteredRows.positionOf(row);
    if (at >= this.#high || this.length === 0) return this.end;
    const next = this.#lineFrom(at);
    return next < this.end && this.#beginOf(next) === at ? next : Math.max(this.first, next - 1);
  }

  endBefore(/** @type {number} */ row) {
    return this.#lineFrom(this.filteredRows.positionOf(row));
  }

  rowsFrom(/** @type {number} */ position) {
    return position < this.end ? this.filteredRows.end - this.#beginOf(position) : 0;
  }

  runAt(/** @type {number} */ position, before = Infinity) {
    const begin = this.#beginOf(position);
    if (this.#joined.has(begin)) return null;
    const open = this.#isJoined(position + 1);
    const end = Math.min(open ? this.#endOfOpen(begin) : this.#behind(position), this.filteredRows.positionOf(before));
    if (end - begin < 2) return null;
    return { first: this.filteredRows.rowAt(begin), last: this.filteredRows.rowAt(end - 1), count: end - begin, open };
  }

  unfold(/** @type {number} */ position, /** @type {boolean} */ open) {
    return open ? this.#open(position) : this.#close(position);
  }

  /** @param {number} position */
  #open(position) {
    const [begin, end] = [this.#beginOf(position), this.#behind(position)];
    if (end - begin < 2) return false;
    const more = Array.from({ length: end - begin - 1 }, (_, index) => begin + 1 + index);
    for (const each of more) this.#joined.add(each);
    if (position < this.#gone) {
      const index = this.#gone - 1 - position;
      this.#older = [...this.#older.slice(0, index), ...more.reverse(), ...this.#older.slice(index)];
    } else {
      const index = position - this.#gone + 1;
      this.#newer = [...this.#newer.slice(0, index), ...more, ...this.#newer.slice(index)];
    }
    return true;
  }

  /** @param {number} position */
  #close(position) {
    let head = position;
    while (this.#isJoined(head)) head--;
    let count = 0;
    for (; this.#isJoined(head + 1 + count); count++) this.#joined.delete(this.#beginOf(head + 1 + count));
    this.#ends.delete(this.#beginOf(head));
    this.#remove(head + 1, count);
    return count > 0;
  }

  /** @param {number} at */
  #append(at) {
    if (this.length === 0 || !this.#areAlike(at - 1)) return void this.#newer.push(at);
    if (!this.#isJoined(this.end - 1)) return; // the last line goes on
    this.#joined.add(at);
    this.#newer.push(at);
  }

  /** @param {number} at */
  #prepend(at) {
    if (this.length === 0 || !this.#areAlike(at)) return void this.#older.push(at);
    if (!this.#isJoined(this.first + 1)) return this.#begin(this.first, at);
    this.#joined.add(at + 1);
    this.#older.push(at);
  }

  /** Whether the filtered row there is like what stands behind it. @param {number} at */
  #areAlike(at) {
    return isRepeat(this.#ring.row(this.filteredRows.rowAt(at)), this.#ring.row(this.filteredRows.rowAt(at + 1)));
  }

  /** Whether the line belongs to the run of the line above. @param {number} position */
  #isJoined(position) {
    return position < this.end && this.#joined.has(this.#beginOf(position));
  }

  /** @param {number} begin of its first line */
  #endOfOpen(begin) {
    let end = this.#ends.get(begin) ?? begin + 1;
    while (this.#joined.has(end)) end++;
    this.#ends.set(begin, end);
    return end;
  }

  /** Where the line begins in the filtered rows. @param {number} position */
  #beginOf(position) {
    const behind = position - this.#gone;
    return behind < 0 ? this.#older[-1 - behind] : this.#newer[behind];
  }

  /** Where what stands behind the line begins. @param {number} position */
  #behind(position) {
    return position + 1 < this.end ? this.#beginOf(position + 1) : this.#high;
  }

  /** @param {number} position @param {number} at */
  #begin(position, at) {
    const behind = position - this.#gone;
    if (behind < 0) this.#older[-1 - behind] = at;
    else this.#newer[behind] = at;
  }

  /**
   * Takes lines away.
   * @param {number} from
   * @param {number} count
   * @returns {number} how many of them stood at `#gone` or behind
   */
  #remove(from, count) {
    const before = this.#gone - from;
    const older = Math.min(count, Math.max(0, before));
    this.#older.splice(before - older, older);
    this.#newer.splice(Math.max(-before, 0), count - older);
    return count - older;
  }

  /** @param {number} at in the filtered rows @returns {number} the first line that begins there or behind */
  #lineFrom(at) {
    let [low, high] = [this.first, this.end];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#beginOf(middle) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
