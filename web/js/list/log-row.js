/** One row of the log list: made once, written again and again. */

import { isWithin } from "../lib/format.js";
import { make, makeCell, writeText } from "./log-cells.js";
import { describe } from "../log/row-text.js";

/** @typedef {import("../entry/entry.js").Entry} Entry */
/** @typedef {import("../log/lines.js").Run} Run */
/**
 * @typedef {import("./log-cells.js").Setting & {goesOnAt: number, marks: import("../log/marks.js").Marks}} Setting
 *   goesOnAt: number of the row, a session's end, from which the reader can go on; NONE: none
 */

/** Stands for no row: no number of one is as low. */
export const NONE = -Infinity;

export class LogRow {
  /** Number of the row that is written here; NONE: none. */
  number = NONE;
  /** Number of the row above it, which the muted part of the time depends on. */
  #above = NONE;
  /** The run that it stands for; null: it stands for itself. @type {Run | null} */
  run = null;
  isCurrent = false;
  /** Whether its time has a date, being another day's than today. */
  isDated = false;
  #index = -1;
  #note = make("span", "note");

  /**
   * @param {HTMLElement} parent
   * @param {readonly import("../log/columns/column-types.js").Column[]} columns
   */
  constructor(parent, columns) {
    this.element = make("div", "row");
    this.element.setAttribute("role", "row");
    this.#note.setAttribute("role", "gridcell");
    this.#note.setAttribute("aria-colindex", "1");
    this.#note.setAttribute("aria-colspan", String(columns.length));
    this.cells = columns.map(makeCell);
    this.element.append(...this.cells.map(({ element }) => element));
    parent.append(this.element);
    /** Where a found text is marked. */
    this.searched = this.cells.flatMap(({ searched }) => searched);
  }

  /** What is written here counts no longer. */
  forget() {
    this.number = NONE;
  }

  /**
   * @param {number} index rows from the top of the content
   * @param {boolean} current whether it is the one that was chosen
   */
  place(index, current) {
    if (index !== this.#index) {
      this.#index = index;
      this.element.setAttribute("aria-rowindex", String(index + 2)); // the first is that of the headers
    }
    if (current !== this.isCurrent) {
      this.isCurrent = current;
      this.element.setAttribute("aria-selected", String(current));
    }
  }

  /** Whether this is written here. @param {number} number @param {number} above @param {Run | null} run */
  shows(number, above, run) {
    return (
      this.number === number && this.#above === above && this.run?.count === run?.count && this.run?.open === run?.open
    );
  }

  /**
   * @param {import("../log/ring.js").Ring} ring
   * @param {number} number
   * @param {number} above number of the row above it; NONE: none
   * @param {Run | null} run
   * @param {Setting} setting
   */
  write(ring, number, above, run, setting) {
    this.number = number;
    this.#above = above;
    this.run = run;
    const row = ring.row(number);
    this.element.id = `row-${number}`;
    const { dataset } = this.element;
    dataset.kind = row.kind;
    const tag = setting.service(row.service ?? "");
    if (tag) dataset.hue = String(tag.hue);
    else delete dataset.hue;
    this.#writeMarks(setting.marks.above(number, above), setting);
    if (row.kind === "entry") {
      const last = run ? ring.row(run.last) : null;
      return this.#writeEntry(row, setting, { number, above: above === NONE ? null : ring.row(above), run, last });
    }
    delete dataset.level;
    this.isDated = false;
    if (!this.#note.isConnected) this.element.prepend(this.#note);
    writeText(this.#note, describe(row, setting, setting.goesOnAt === number));
    if (row.kind === "gap") dataset.cause = row.cause;
  }

  /** The line above it. @param {readonly import("../log/marks.js").Mark[]} marks @param {Setting} setting */
  #writeMarks(marks, setting) {
    const { dataset } = this.element;
    if (marks.length === 0 && dataset.marks === undefined) return;
    const words = marks.map((mark) => describe(mark.row, setting)).join(", ");
    if (words) {
      dataset.marks = words;
      this.element.setAttribute("aria-description", `below ${words}`);
    } else {
      delete dataset.marks;
      this.element.removeAttribute("aria-description");
    }
  }

  /**
   * @param {Entry} entry
   * @param {Setting} setting
   * @param {import("./log-cells.js").Place} place
   */
  #writeEntry(entry, setting, place) {
    const { dataset } = this.element;
    this.#note.remove();
    dataset.level = entry.level;
    this.isDated = !isWithin(setting.today, entry.timestamp);
    dataset.plain = String(!entry.method && !entry.endpoint);
    for (const cell of this.cells) cell.write(entry, setting, place);
  }
}
