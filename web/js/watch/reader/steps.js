/** The reader's steps: from row to row, to gaps and errors, into what a row holds. */

/**
 * @typedef {object} Options
 * @property {import("../../stream/live-log.js").LiveLog} watch
 * @property {import("../../list/reader-place.js").ReaderPlace} place
 * @property {import("./open-entry.js").OpenEntry} openEntry
 * @property {import("./reader-span.js").ReaderSpan} span
 * @property {() => void} toLog brings the log into sight
 * @property {() => void} changed
 */

export class Steps {
  #options;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
  }

  /** @param {number | "page up" | "page down"} by */
  step(by) {
    const { place, openEntry, changed } = this.#options;
    place.move(by);
    if (openEntry.entry) this.open();
    changed();
  }

  /** The entry that a key is about: the current row's, else the open one. */
  get chosen() {
    const { place, watch, openEntry } = this.#options;
    const { current: number } = place;
    const row = number !== null && watch.ring.has(number) ? watch.ring.row(number) : openEntry.entry;
    return row?.kind === "entry" ? { row, number } : null;
  }

  /** Shows what the current row holds, where that is an entry. */
  open() {
    const { place, watch, openEntry } = this.#options;
    if (place.current === null || !watch.ring.has(place.current)) return;
    const row = watch.ring.row(place.current);
    if (row.kind === "entry") openEntry.show(row);
  }

  /** To a row, also where only a stretch of the log is shown that it is not in. @param {number} row */
  to(row) {
    const { watch, place, openEntry, span, toLog } = this.#options;
    if (watch.ring.has(row) && !watch.span.has(row, watch.ring.row(row))) span.all();
    toLog();
    place.select(row);
    if (openEntry.entry) this.open();
  }

  /** To the gap before the current row, and from the first one to the last again. */
  toGap() {
    const { ring } = this.#options.watch;
    const gap = ring.lastOfKind("gap", this.#options.place.current ?? ring.end) ?? ring.lastOfKind("gap", ring.end);
    if (gap !== null) this.to(gap);
  }

  /**
   * To the next error that is shown, and from the last one to the first again.
   * @param {1 | -1} step
   */
  toError(step) {
    const { lines, ring } = this.#options.watch;
    const { current } = this.#options.place;
    if (lines.length === 0) return;
    // Without a current row, forward begins at the oldest and back at the newest.
    const begin = current === null ? (step > 0 ? lines.first - 1 : lines.end) : lines.positionOf(current);
    for (let looked = 1; looked <= lines.length; looked++) {
      const position = lines.first + modulo(begin + step * looked - lines.first, lines.length);
      const number = lines.rowAt(position);
      const row = ring.row(number);
      if (row.kind === "entry" && row.level === "error") return this.to(number);
    }
  }
}

/** @param {number} value @param {number} size */
function modulo(value, size) {
  return ((value % size) + size) % size;
}
