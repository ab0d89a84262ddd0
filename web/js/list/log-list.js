/**
 * The log as a list of rows of one height, of which only those in sight exist. Rows are recycled and written at most
 * once a frame; where they stand is the viewport's business.
 *
 * Events, which bubble: `sx-open` (a row was pressed: it is `current`), `sx-list` (following, paused, waiting, adrift
 * or current have changed).
 */

import { isFrameFull } from "../lib/frame-budget.js";
import { highlightMatches } from "./match-highlights.js";
import { nameTags } from "../log/service-colors.js";
import { LogHead } from "./log-head.js";
import { RowPainter } from "./row-painter.js";
import { linesOf } from "../log/row-text.js";
import { Viewport } from "./viewport.js";

/** @typedef {import("../stream/live-log.js").LiveLog} Watch */
/** @typedef {import("../lib/format.js").Zone} Zone */
/** @typedef {import("../log/column-layout.js").ColumnLayout} Columns */

const BUDGET = 6; // ms a frame for the filter
const AT_ONCE = 40; // ms for what would be seen to move if it took several frames

export class LogList extends HTMLElement {
  static observedAttributes = ["inert"];
  /** @type {Watch | null} */
  #watch = null;
  /** @type {Viewport | null} */
  #viewport = null;
  #collapses = false;
  /** @type {number | null} */
  #current = null;
  #painter = new RowPainter(this);
  /** @type {Columns | null} */
  #columns = null;
  /** @type {LogHead | null} */
  #head = null;
  #height = 0;
  #rowHeight = 24;
  #frame = 0;
  #reported = "";
  #resize = new ResizeObserver(() => this.#measure());

  connectedCallback() {
    this.tabIndex = 0;
    this.setAttribute("role", "grid");
    this.setAttribute("aria-label", "Log");
    this.append(this.#painter.canvas);
    this.addEventListener("scroll", this.#onScroll, { passive: true });
    this.addEventListener("wheel", this.#onWheel, { passive: true });
    this.addEventListener("pointerdown", this.#onPointerDown);
    this.addEventListener("click", this.#onClick);
    this.addEventListener("copy", this.#onCopy);
    this.#resize.observe(this);
  }

  attributeChangedCallback() {
    this.#schedule();
  }

  disconnectedCallback() {
    this.watch = null;
    this.#resize.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.columns = null;
    highlightMatches([], []);
  }

  /** Whether rows that repeat each other stand as one. @param {boolean} collapses */
  set collapses(collapses) {
    this.#collapses = collapses;
    const watch = this.#watch;
    const viewport = this.#viewport;
    if (!watch || !viewport) return;
    const change = () => {
      watch.collapse(collapses, viewport.origin);
      watch.advance(AT_ONCE);
    };
    const row = viewport.following ? null : viewport.rowRead(this.#current);
    if (row === null) change();
    else viewport.keeping(row, change);
    this.#schedule();
  }

  /** @param {Columns | null} columns */
  set columns(columns) {
    if (columns === this.#columns) return;
    this.#columns = columns;
    this.#head?.remove();
    const remade = () => {
      this.#painter.empty();
      this.#measure();
    };
    this.#head =
      columns && new LogHead(this, columns, { fit: (index) => this.#painter.widthOf(index), changed: remade });
    remade();
  }

  get watch() {
    return this.#watch;
  }

  set watch(watch) {
    if (watch === this.#watch) return;
    for (const [name, listener] of /** @type {const} */ ([
      ["rows", this.#schedule],
      ["state", this.#schedule],
      ["refiltered", this.#onRefiltered],
    ])) {
      this.#watch?.removeEventListener(name, listener);
      watch?.addEventListener(name, listener);
    }
    this.#watch = watch;
    this.#current = null;
    watch?.collapse(this.#collapses);
    this.#viewport = watch && new Viewport(() => watch);
    this.#painter.service = nameTags(watch?.services ?? []);
    this.toggleAttribute("data-several", Boolean(watch?.services.length));
    this.#measure();
  }

  /** @param {Zone} zone */
  set zone(zone) {
    this.#painter.zone = zone;
    this.#schedule();
  }

  get following() {
    return this.#viewport?.following ?? true;
  }

  get paused() {
    return this.#viewport?.paused ?? false;
  }

  /** Rows that the reader has not seen, 0 while following. */
  get waiting() {
    return this.#viewport?.waiting ?? 0;
  }

  /** Whether what is in sight is not kept any more. */
  get adrift() {
    return this.#viewport?.adrift ?? false;
  }

  /** The row that the reader is at, for a new filter to start from; undefined: the newest. */
  get origin() {
    return this.#viewport?.origin;
  }

  /** @type {number | null} number of the row that was chosen */
  get current() {
    return this.#current;
  }

  /** To the newest row, and with it from now on. */
  follow() {
    this.#viewport?.follow();
    this.#schedule();
  }

  /** To the oldest row. */
  toStart() {
    this.#viewport?.toStart();
    this.#schedule();
  }

  /** Holds the place, or lets go and follows. */
  togglePause() {
    this.#viewport?.[this.paused ? "follow" : "pause"]();
    this.#schedule();
  }

  /**
   * Chooses a row and brings it into sight: with the least movement, or with rows around it.
   * @param {number | null} number
   * @param {"reveal" | "center"} [how]
   */
  select(number, how = "reveal") {
    this.#current = number;
    if (number !== null) this.#viewport?.[how](number);
    this.#schedule();
  }

  /**
   * Chooses the row that is so many rows further down.
   * @param {number | "page up" | "page down"} step
   */
  move(step) {
    const row = this.#viewport?.rowBeside(this.#current, step) ?? null;
    if (row !== null) this.select(row);
  }

  /**
   * Gives each row of the run that the chosen one belongs to a line of its own, or takes them together again.
   * @param {boolean} open
   * @returns {boolean} whether there was anything to do
   */
  unfold(open) {
    const done = this.#current !== null && this.#viewport?.unfold(this.#current, open);
    this.#schedule();
    return Boolean(done);
  }

  // --- what the reader does

  #onScroll = () => {
    // the browser tells of this scroll before it tells of the height
    if (this.clientHeight !== this.#height) this.#measure();
    if (this.#viewport?.scrolledTo(this.#painter.scrolled())) this.#schedule();
  };

  /** A stream that grows faster than the wheel turns would pull the reader back down. @param {WheelEvent} event */
  #onWheel = (event) => {
    if (event.deltaY < 0 && this.scrollTop > 0) this.#hold();
  };

  /** So that the row under the pointer is still there when it is released. @param {PointerEvent} event */
  #onPointerDown = (event) => {
    const row = this.#painter.rowOf(event.target);
    if (event.button !== 0 || !row || row.number < 0 || !this.#watch || !this.following) return;
    this.#hold({
      row: row.number,
      top: this.#painter.settle(row, this.#watch.lines.positionOf(row.number), this.#rowHeight),
    });
  };

  /** @param {{row: number, top: number}} [seen] as in `Viewport.hold` */
  #hold(seen) {
    if (!this.following) return;
    this.#viewport?.hold(seen);
    this.#schedule();
  }

  /** @param {MouseEvent} event */
  #onClick = (event) => {
    const selection = getSelection();
    if (selection && !selection.isCollapsed && this.contains(selection.anchorNode)) return;
    const row = this.#painter.rowOf(event.target);
    if (!row || row.number < 0) return;
    this.select(row.number);
    if (event.target instanceof Element && event.target.closest(".run"))
      return void (this.unfold(true) || this.unfold(false));
    this.dispatchEvent(new CustomEvent("sx-open", { bubbles: true }));
  };

  /** Over several rows the browser would copy the cells without anything between them. @param {ClipboardEvent} event */
  #onCopy = (event) => {
    const ring = this.#watch?.ring;
    if (!ring || !this.#columns || !event.clipboardData) return;
    const lines = linesOf(ring, this.#painter.selected, this.#columns.shown, this.#painter.reader);
    if (lines.length < 2) return;
    event.clipboardData.setData("text/plain", lines.join("\n"));
    event.preventDefault();
  };

  #onRefiltered = () => {
    this.#viewport?.refiltered();
    this.#schedule();
  };

  // --- a frame

  #measure() {
    const viewport = this.#viewport;
    this.#height = this.clientHeight;
    const rowHeight = Number.parseFloat(getComputedStyle(this).getPropertyValue("--log-row")) || 24;
    this.#rowHeight = rowHeight;
    if (!viewport) return;
    if (viewport.rowHeight !== rowHeight) viewport.resizeRows(rowHeight);
    viewport.height = this.#height - (this.#head?.element.offsetHeight ?? 0);
    this.#painter.stale = true;
    this.#schedule();
  }

  #schedule = () => {
    this.#frame ||= requestAnimationFrame(this.#render);
  };

  #render = (/** @type {number} */ due) => {
    this.#frame = 0;
    const watch = this.#watch;
    const viewport = this.#viewport;
    if (!watch || !viewport || !this.#columns || this.#height === 0) return;
    if (!watch.advance(BUDGET)) this.#schedule();
    if (!this.inert && !this.#painter.stale && viewport.isBlur(watch.clock.now(), isFrameFull(due)))
      return this.#schedule();
    const layout = this.inert ? null : viewport.layout(); // beneath a panel nobody sees what would be written
    if (layout) {
      this.#painter.place(layout);
      if (!this.#painter.paint(watch, viewport, layout, this.#columns.shown, this.#current)) this.#schedule();
    }
    const state = [viewport.following, viewport.paused, viewport.waiting, viewport.adrift, this.#current].join();
    if (state === this.#reported) return;
    this.#reported = state;
    this.dispatchEvent(new CustomEvent("sx-list", { bubbles: true }));
  };
}

customElements.define("sx-log-list", LogList);
