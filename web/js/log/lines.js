/**
 * What stands in the list, line by line. Here each row that the filter lets through is a line of its own;
 * `collapsed-lines.js` has lines that stand for several. Positions are the list's: `first` up to, not including, `end`,
 * and one never comes to mean another line because rows are added or dropped.
 */

/** @typedef {import("./ring.js").Row} Row */
/** @typedef {import("./filtered-rows.js").FilteredRows} FilteredRows */
/**
 * Rows that are alike, and follow each other.
 * @typedef {object} Run
 * @property {number} first number of the row
 * @property {number} last
 * @property {number} count two or more
 * @property {boolean} open each stands on a line of its own
 */

export class Lines {
  /** @param {FilteredRows} filteredRows */
  constructor(filteredRows) {
    /** @protected */
    this.filteredRows = filteredRows;
  }

  get first() {
    return this.filteredRows.first;
  }

  get end() {
    return this.filteredRows.end;
  }

  get length() {
    return this.end - this.first;
  }

  /** Whether every row has been looked at, and everything that the filter lets through has its line. */
  get complete() {
    return this.filteredRows.complete;
  }

  /** Brings the lines up to date, for a while. @param {() => boolean} [_spent] whether to leave the rest for later */
  advance(_spent) {}

  /** To be called after rows have left the filtered ones, and before they leave the ring. */
  dropped() {}

  /** @param {number} position @returns {number} the number of the row that is shown there, the first of several */
  rowAt(position) {
    return this.filteredRows.rowAt(position);
  }

  /** @param {number} position @returns {number} the number of the last row that stands there */
  lastAt(position) {
    return this.filteredRows.rowAt(position);
  }

  /**
   * @param {number} row
   * @returns {number} where that row stands, or the next one that is let through; `end` if there is none
   */
  positionOf(row) {
    return this.filteredRows.positionOf(row);
  }

  /** @param {number} row @returns {number} one more than the position of the last line that begins before it */
  endBefore(row) {
    return this.filteredRows.positionOf(row);
  }

  /** @param {number} position @returns {number} how many rows stand there and behind */
  rowsFrom(position) {
    return Math.max(0, this.filteredRows.end - position);
  }

  /** @param {number} row @returns {number} how many rows there are from this one on */
  rowsSince(row) {
    return this.filteredRows.end - this.filteredRows.positionOf(row);
  }

  /** Whether a row is let through. @param {number} row */
  holds(row) {
    const at = this.filteredRows.positionOf(row);
    return at < this.filteredRows.end && this.filteredRows.rowAt(at) === row;
  }

  /**
   * The run that is shown at a position.
   * @param {number} _position
   * @param {number} [_before] rows from this one on do not count
   * @returns {Run | null} null: none begins there
   */
  runAt(_position, _before) {
    return null;
  }

  /**
   * Gives each row of a run a line of its own, or takes them together again.
   * @param {number} _position of any of its lines
   * @param {boolean} _open
   * @returns {boolean} whether there was anything to do
   */
  unfold(_position, _open) {
    return false;
  }
}
