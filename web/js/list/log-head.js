/**
 * The row of headers above the log. A header is moved by dragging it, the width of its column by its edge; both by
 * keys, too, and then announced.
 */

import { announce } from "../ui/announce.js";
import { FIRST } from "../log/columns/column-types.js";
import { make } from "./log-cells.js";

/** @typedef {import("../log/columns/column-layout.js").ColumnLayout} Columns */
/** @typedef {import("../log/columns/column-types.js").Column} Column */

const STEP = 8; // px by an arrow key
const MOVED = 4; // px: less is a press, not a drag
const DOUBLE = 400; // ms between the two presses of a double click
const KEYS =
  "Drag to move, or Alt+← → · its edge to resize, or Shift+← → · double click to fit, or Enter · Delete hides";

export class LogHead {
  element = make("div", "log-head");
  #row = make("div", "head-row");
  #list;
  #columns;
  #fit;
  #changed;
  /** Which columns the headers are of. */
  #shown = "";
  /** The one that Tab reaches. */
  #focused = "";
  /** The edge that was pressed last, and when: the pointer is captured, so no `dblclick` would tell. */
  #pressed = { id: "", at: -Infinity };

  /**
   * @param {HTMLElement} list which the columns are laid out in
   * @param {Columns} columns
   * @param {object} options
   * @param {(index: number) => number} options.fit px that a column's texts in sight take
   * @param {() => void} options.changed there are other columns now, or others' places
   */
  constructor(list, columns, { fit, changed }) {
    this.#list = list;
    this.#columns = columns;
    this.#fit = fit;
    this.#changed = changed;
    this.element.setAttribute("role", "rowgroup");
    this.#row.setAttribute("role", "row");
    this.#row.setAttribute("aria-rowindex", "1");
    this.element.append(this.#row);
    this.#row.addEventListener("keydown", this.#onKey);
    this.#row.addEventListener("pointerdown", this.#onPointerDown);
    list.prepend(this.element);
    columns.addEventListener("change", this.#onChange);
    this.#lay();
    this.#write();
  }

  remove() {
    this.#columns.removeEventListener("change", this.#onChange);
    this.element.remove();
  }

  #onChange = () => {
    this.#lay();
    if (this.#write()) this.#changed();
  };

  #lay() {
    const { tracks, least } = this.#columns.tracks;
    const { style } = this.#list;
    style.setProperty("--tracks", tracks);
    style.setProperty("--least", `calc(${least} + ${this.#columns.shown.length - 1} * var(--gap))`);
    this.#list.toggleAttribute(
      "data-resized",
      this.#columns.shown.some(({ id }) => this.#columns.widthOf(id) !== null),
    );
  }

  /** @returns whether there was anything to write */
  #write() {
    const { shown } = this.#columns;
    const ids = shown.map(({ id }) => id);
    const before = this.#shown;
    this.#shown = ids.join(" ");
    if (this.#shown === before) return false;
    const focused = document.activeElement;
    const had = focused instanceof HTMLElement && this.#row.contains(focused) ? focused.dataset.column : undefined;
    if (!this.#columns.isShown(this.#focused)) this.#focused = shown[0]?.id ?? "";
    this.#list.setAttribute("aria-colcount", String(ids.length));
    this.#list.dataset.columns = this.#shown;
    this.#list.toggleAttribute(
      "data-joined",
      ids.includes("method") && ids.indexOf("message") === ids.indexOf("method") + 1,
    );
    this.#list.toggleAttribute(
      "data-extra",
      ids.some((id) => !FIRST.includes(id)),
    );
    this.#row.replaceChildren(...shown.map((column, index) => this.#header(column, index)));
    if (had !== undefined) this.#focus(had);
    return true;
  }

  /** @param {Column} column @param {number} index */
  #header({ id, label }, index) {
    const header = make("span", "head");
    header.setAttribute("role", "columnheader");
    header.setAttribute("aria-colindex", String(index + 1));
    header.dataset.column = id;
    header.tabIndex = id === this.#focused ? 0 : -1;
    header.title = KEYS;
    const words = make("span", "head-label");
    words.textContent = label;
    header.append(words);
    if (!this.#columns.takesRest(id)) {
      const edge = make("span", "head-edge");
      edge.dataset.side = this.#columns.edgeOf(id);
      header.append(edge);
    }
    return header;
  }

  /** @returns {HTMLElement[]} */
  get #headers() {
    return /** @type {HTMLElement[]} */ ([...this.#row.children]);
  }

  /** @param {string} id one that is gone leaves the focus to another */
  #focus(id) {
    const headers = this.#headers;
    const header =
      headers.find(({ dataset }) => dataset.column === id) ??
      headers.find(({ dataset }) => dataset.column === this.#focused) ??
      headers[0];
    this.#focused = header?.dataset.column ?? "";
    for (const each of headers) each.tabIndex = each === header ? 0 : -1;
    header?.focus({ preventScroll: true });
  }

  // --- by keys

  #onKey = (/** @type {KeyboardEvent} */ event) => {
    const { target, key, altKey, shiftKey } = event;
    const id = target instanceof HTMLElement ? target.dataset.column : undefined;
    if (id === undefined || event.ctrlKey || event.metaKey) return;
    const by = key === "ArrowLeft" ? -1 : key === "ArrowRight" ? 1 : 0;
    if (by && altKey) this.#move(id, this.#indexOf(id) + by);
    else if (by && shiftKey) this.#resize(id, this.#widthOf(id) + by * STEP);
    else if (by) this.#focus(this.#columns.shown[this.#indexOf(id) + by]?.id ?? id);
    else if (key === "Enter") this.#resize(id, this.#fit(this.#indexOf(id)));
    else if (key === "Delete" || key === "Backspace") this.#hide(id);
    else return;
    event.preventDefault();
  };

  /** @param {string} id @param {number} to */
  #move(id, to) {
    this.#columns.move(id, to);
    announce(`${this.#labelOf(id)}, column ${this.#indexOf(id) + 1} of ${this.#columns.shown.length}`);
  }

  /** @param {string} id @param {number} width */
  #resize(id, width) {
    if (this.#columns.takesRest(id)) return announce(`${this.#labelOf(id)} takes the room that the others leave`);
    this.#columns.resize(id, width);
    announce(`${this.#labelOf(id)}, ${this.#columns.widthOf(id)} pixels wide`);
  }

  /** @param {string} id */
  #hide(id) {
    const label = this.#labelOf(id);
    this.#focused = this.#columns.shown[this.#indexOf(id) + 1]?.id ?? "";
    this.#columns.hide(id);
    announce(this.#columns.isShown(id) ? `${label} stays` : `${label} is hidden`);
  }

  // --- by a pointer

  #onPointerDown = (/** @type {PointerEvent} */ event) => {
    const header = headerOf(event.target);
    if (event.button !== 0 || !header) return;
    event.preventDefault(); // no text is selected
    this.#focus(header.dataset.column ?? "");
    if (!isEdge(event.target)) return this.#dragHeader(header, event);
    const id = header.dataset.column ?? "";
    const again = id === this.#pressed.id && event.timeStamp - this.#pressed.at < DOUBLE;
    this.#pressed = { id, at: again ? -Infinity : event.timeStamp };
    if (again) this.#columns.resize(id, this.#fit(this.#indexOf(id)));
    else this.#dragEdge(header, event);
  };

  /** @param {HTMLElement} header @param {PointerEvent} event */
  #dragEdge(header, event) {
    const id = header.dataset.column ?? "";
    const [from, width] = [event.clientX, header.offsetWidth];
    const sign = this.#columns.edgeOf(id) === "end" ? 1 : -1;
    let moved = false;
    this.#follow(event.pointerId, ({ clientX }) => {
      moved ||= clientX !== from;
      if (moved) this.#columns.resize(id, width + sign * (clientX - from));
    });
  }

  /** @param {HTMLElement} header @param {PointerEvent} event */
  #dragHeader(header, event) {
    const id = header.dataset.column ?? "";
    const from = event.clientX;
    /** @type {HTMLElement | undefined} */
    let target;
    let moves = false;
    this.#follow(
      event.pointerId,
      ({ clientX }) => {
        moves ||= Math.abs(clientX - from) > MOVED;
        if (!moves) return;
        header.dataset.dragged = "true";
        delete target?.dataset.drop;
        target = this.#headers.findLast((each) => each.getBoundingClientRect().left <= clientX) ?? this.#headers[0];
        if (target && target !== header)
          target.dataset.drop = this.#indexOf(id) < this.#headers.indexOf(target) ? "behind" : "before";
      },
      (meant) => {
        delete header.dataset.dragged;
        delete target?.dataset.drop;
        if (target && meant) this.#columns.move(id, this.#headers.indexOf(target));
      },
    );
  }

  /**
   * @param {number} pointer
   * @param {(event: PointerEvent) => void} move
   * @param {(meant: boolean) => void} [drop] meant: it was let go, and not taken away
   */
  #follow(pointer, move, drop) {
    const row = this.#row;
    row.setPointerCapture(pointer);
    row.onpointermove = move;
    row.onpointerup = row.onpointercancel = (event) => {
      row.onpointermove = row.onpointerup = row.onpointercancel = null;
      drop?.(event.type === "pointerup");
    };
  }

  /** @param {string} id */
  #indexOf(id) {
    return this.#columns.shown.findIndex((column) => column.id === id);
  }

  /** @param {string} id */
  #labelOf(id) {
    return this.#columns.shown.find((column) => column.id === id)?.label ?? id;
  }

  /** @param {string} id */
  #widthOf(id) {
    return this.#headers[this.#indexOf(id)].offsetWidth;
  }
}

/** @param {EventTarget | null} target */
function headerOf(target) {
  const header = target instanceof Element ? target.closest(".head") : null;
  return header instanceof HTMLElement ? header : null;
}

/** @param {EventTarget | null} target */
function isEdge(target) {
  return target instanceof Element && target.matches(".head-edge");
}
