/** One row of the log list: made once, written again and again. */

import { make, makeCell, writeText } from "./log-cells.js";
import { describe } from "./row-words.js";

/** @typedef {import("./wire.js").Entry} Entry */
/** @typedef {import("./ring.js").Row} Row */
/**
 * @typedef {import("./log-cells.js").Setting & {mayGoOn: boolean}} Setting
 *   mayGoOn: whether the row, a session's end, is where the stream stands now
 */

export class LogRow {
  /** Number of the row that is written here; -1: none. */
  number = -1;
  /** Number of the row above it, which the muted part of the time depends on. */
  above = -1;
  #current = false;
  #place = -1;
  #note = make("span", "note");

  /**
   * @param {HTMLElement} parent
   * @param {readonly import("./column.js").Column[]} columns
   */
  constructor(parent, columns) {
    this.element = make("div", "row");
    this.element.setAttribute("role", "row");
    this.#note.setAttribute("role", "gridcell");
    this.#note.setAttribute("aria-colindex", "1");
    this.#note.setAttribute("aria-colspan", String(columns.length));
    this.cells = columns.map(makeCell);
    this.element.append(this.#note, ...this.cells.map(({ element }) => element));
    parent.append(this.element);
    /** Where a found text is marked. */
    this.searched = this.cells.flatMap(({ searched }) => searched);
  }

  /** What is written here counts no longer. */
  forget() {
    this.number = -1;
  }

  /**
   * @param {number} index rows from the top of the content
   * @param {number} height px of a row
   * @param {boolean} current whether it is the one that was chosen
   */
  place(index, height, current) {
    if (index * height !== this.#place) {
      this.#place = index * height;
      this.element.style.transform = `translateY(${this.#place}px)`;
      this.element.setAttribute("aria-rowindex", String(index + 2)); // the first is that of the headers
    }
    if (current !== this.#current) {
      this.#current = current;
      this.element.setAttribute("aria-selected", String(current));
    }
  }

  /**
   * @param {number} number
   * @param {Row} row
   * @param {number} aboveNumber
   * @param {Row | null} above
   * @param {Setting} setting
   */
  write(number, row, aboveNumber, above, setting) {
    this.number = number;
    this.above = aboveNumber;
    this.element.id = `row-${number}`;
    const { dataset } = this.element;
    dataset.kind = row.kind;
    const tag = setting.service(row.service ?? "");
    if (tag) dataset.hue = String(tag.hue);
    else delete dataset.hue;
    if (row.kind === "entry") return this.#writeEntry(row, above, setting);
    delete dataset.level;
    writeText(this.#note, describe(row, setting.zone, setting.mayGoOn));
    if (row.kind === "gap") dataset.cause = row.cause;
  }

  /**
   * @param {Entry} entry
   * @param {Row | null} above
   * @param {Setting} setting
   */
  #writeEntry(entry, above, setting) {
    const { dataset } = this.element;
    this.#note.textContent = "";
    dataset.level = entry.level;
    dataset.plain = String(!entry.method && !entry.endpoint);
    for (const cell of this.cells) cell.write(entry, setting, { number: this.number, above });
  }
}
