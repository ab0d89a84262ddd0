/**
 * The rows that exist: as many as can be in sight, in the order of the page and of the eye, so that a selection is what
 * it looks like.
 */

import { make } from "./log-cells.js";
import { LogRow, NONE } from "./log-row.js";

export class RowPool {
  /** @type {LogRow[]} */
  #rows = [];
  /** Position of the first of them. */
  #from = 0;
  #window = make("div", "window");
  /** px from the top of the content to the first of them. */
  #offset = 0;

  /** @param {HTMLElement} content */
  constructor(content) {
    content.append(this.#window);
  }

  /** @returns {readonly LogRow[]} from top to bottom, those out of sight too */
  get rows() {
    return this.#rows;
  }

  /** The row that an element belongs to. @param {EventTarget | null} target */
  rowOf(target) {
    const element = target instanceof Element ? target.closest(".row") : null;
    return element ? this.#rows.find((row) => row.element === element) : undefined;
  }

  /** Rows that have a part in what is selected. */
  get selected() {
    const selection = getSelection();
    if (!selection || selection.isCollapsed) return [];
    const range = selection.getRangeAt(0);
    return this.#rows.filter(
      ({ element }) => !element.hidden && range.intersectsNode(element) && String(within(range, element)) !== "",
    );
  }

  /** @param {number} column @returns {number} px that its widest text in sight takes */
  widthOf(column) {
    const range = document.createRange();
    const widths = this.#rows.flatMap(({ element, cells }) => {
      if (element.hidden || element.dataset.kind !== "entry") return [];
      range.selectNodeContents(cells[column].element);
      return [range.getBoundingClientRect().width];
    });
    return Math.ceil(Math.max(0, ...widths)) + 1;
  }

  /**
   * Of rows that have taken turns this one is right from now on, and keeps its element; the others are written around
   * it.
   * @param {LogRow} row
   * @param {number} position of it
   * @param {number} rowHeight px
   * @returns {number} px from the top of the content to it
   */
  settle(row, position, rowHeight) {
    const index = this.#rows.indexOf(row);
    this.#from = position - index;
    return this.#offset + index * rowHeight;
  }

  /** Every row is written anew. */
  forget() {
    for (const row of this.#rows) row.forget();
  }

  /** Every row is made anew: it has other columns. */
  empty() {
    for (const row of this.#rows.splice(0)) row.element.remove();
  }

  /**
   * Writes what is to be in sight.
   * @param {object} options
   * @param {import("../log/ring.js").Ring} options.ring
   * @param {import("../log/lines.js").Lines} options.lines
   * @param {import("./viewport.js").Viewport} options.viewport
   * @param {import("./viewport.js").Layout} options.layout
   * @param {number | null} options.current position of the line that was chosen
   * @param {readonly import("../log/columns/column-types.js").Column[]} options.columns
   * @param {import("./log-row.js").Setting} options.setting
   * @returns {{shown: readonly LogRow[], done: boolean}} the rows that are there; whether all of them are right
   */
  show({ ring, lines, viewport, layout: { from, to, dueFrom, dueTo }, current, columns, setting }) {
    const { base, rowHeight, capacity } = viewport;
    this.#cover(capacity, columns);
    if (dueTo - dueFrom === to - from) this.#shift(from - this.#from); // rows that take turns keep their places
    this.#from = from;
    this.#place((from - base) * rowHeight);
    const shown = this.#rows.slice(0, to - from);
    let done = true;
    for (const [index, row] of shown.entries()) {
      const position = from + index;
      const number = lines.rowAt(position);
      const above = position > lines.first ? lines.rowAt(position - 1) : NONE;
      const run = viewport.runAt(position);
      if (!row.shows(number, above, run)) {
        if (row.number !== NONE && (position < dueFrom || position >= dueTo)) {
          done = false;
          continue;
        }
        row.write(ring, number, above, run, setting);
      }
      row.place(position - base, position === current);
    }
    for (const [index, row] of this.#rows.entries()) {
      const hidden = index >= shown.length;
      row.element.toggleAttribute("hidden", hidden);
      if (hidden) row.forget(); // it must not come back as it was and wait for its turn
    }
    return { shown, done };
  }

  /** @param {number} offset px */
  #place(offset) {
    if (offset === this.#offset) return;
    this.#offset = offset;
    this.#window.style.transform = `translateY(${offset}px)`;
  }

  /**
   * So many rows there are from now on.
   * @param {number} size
   * @param {readonly import("../log/columns/column-types.js").Column[]} columns
   */
  #cover(size, columns) {
    const fits = this.#rows.length === size;
    for (const row of this.#rows.splice(size)) row.element.remove();
    while (this.#rows.length < size) this.#rows.push(new LogRow(this.#window, columns));
    if (!fits) this.forget();
  }

  /**
   * Rows that stay in sight are not touched, those that went out at one end come in at the other.
   * @param {number} shift positions
   */
  #shift(shift) {
    if (shift === 0 || Math.abs(shift) >= this.#rows.length) return;
    const moved = shift > 0 ? this.#rows.splice(0, shift) : this.#rows.splice(shift);
    const elements = moved.map((row) => row.element);
    if (shift > 0) {
      this.#rows.push(...moved);
      this.#window.append(...elements);
    } else {
      this.#rows.unshift(...moved);
      this.#window.prepend(...elements);
    }
  }
}

/**
 * The part of a range that lies in an element: one that ends before the first letter of a row only touches it.
 * @param {Range} range
 * @param {HTMLElement} element
 */
function within(range, element) {
  const part = document.createRange();
  part.selectNodeContents(element);
  if (range.compareBoundaryPoints(Range.START_TO_START, part) > 0)
    part.setStart(range.startContainer, range.startOffset);
  if (range.compareBoundaryPoints(Range.END_TO_END, part) < 0) part.setEnd(range.endContainer, range.endOffset);
  return part;
}
