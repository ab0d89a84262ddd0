/** Where the reader goes: from row to row, to gaps and errors, into an entry and out again. */

/** @typedef {import("./watch-page.js").WatchPage} WatchPage */

export class Navigation {
  #page;

  /** @param {WatchPage} page */
  constructor(page) {
    this.#page = page;
  }

  /** @param {number | "page up" | "page down"} by */
  step(by) {
    const page = this.#page;
    page.list?.move(by);
    if (page.openEntry.entry) this.open();
    page.requestUpdate();
  }

  /** Shows what the current row holds, where that is an entry. */
  open() {
    const { list, watch, openEntry } = this.#page;
    const number = list?.current ?? null;
    if (number === null || !watch?.ring.has(number)) return;
    const row = watch.ring.row(number);
    if (row.kind === "entry") openEntry.show(row);
  }

  /** To a row, also where only a stretch of the log is shown that it is not in. @param {number} row */
  to(row) {
    const page = this.#page;
    const { watch, watchState } = page;
    if (watch?.ring.has(row) && !watch.span.has(row, watch.ring.row(row))) watchState?.span.all();
    page.openPanel("log");
    page.list?.select(row);
    if (page.openEntry.entry) this.open();
  }

  /** To the gap before the current row, and from the first one to the last again. */
  toGap() {
    const { list, watch } = this.#page;
    if (!watch) return;
    const gap =
      watch.ring.lastOfKind("gap", list?.current ?? watch.ring.end) ?? watch.ring.lastOfKind("gap", watch.ring.end);
    if (gap !== null) this.to(gap);
  }

  /**
   * To the next error that is shown, and from the last one to the first again.
   * @param {1 | -1} step
   */
  toError(step) {
    const { list, watch } = this.#page;
    if (!watch || watch.lines.length === 0) return;
    const { lines, ring } = watch;
    const current = list?.current ?? null;
    // Without a current row, forward begins at the oldest and back at the newest.
    const begin = current === null ? (step > 0 ? lines.first - 1 : lines.end) : lines.positionOf(current);
    for (let looked = 1; looked <= lines.length; looked++) {
      const position = lines.first + modulo(begin + step * looked - lines.first, lines.length);
      const number = lines.rowAt(position);
      const row = ring.row(number);
      if (row.kind === "entry" && row.level === "error") return this.to(number);
    }
  }

  /**
   * Goes on where the stream has ended, else opens the run that the current row stands for, else shows what it holds.
   */
  enter() {
    const page = this.#page;
    const { watch, list } = page;
    if (watch?.subscriber.phase === "ended") page.again();
    else if (page.seesRows && !list?.unfold(true)) this.open();
  }

  /** One step out: of the field, of the sheet, of the entry, of the panel, of a time, of the current row. */
  back() {
    const page = this.#page;
    const { list, watch } = page;
    if (document.activeElement?.id === "watch-query") {
      if (watch?.filter.text) page.setFilter(watch.filter.with({ text: "" }));
      else list?.focus({ preventScroll: true });
    } else if (page.sheet) page.sheet = false;
    else if (watch?.bare) page.surroundings.leave();
    else if (page.openEntry.entry) page.openEntry.close();
    else if (page.panel !== "log") page.openPanel("log");
    else if (page.watchState?.span.range) page.watchState.span.all();
    else list?.select(null);
  }
}

/** @param {number} value @param {number} size */
function modulo(value, size) {
  return ((value % size) + size) % size;
}
