/**
 * The log as a list of rows of one height, of which only those in sight exist. Rows are recycled and written at most
 * once a frame; where they stand is the viewport's business.
 *
 * Events, which bubble: `sx-open` (a row was pressed: it is the current one), `sx-list` (what the reader's place says
 * has changed, as far as it is drawn).
 */

import { isFrameFull } from "../lib/timing/frame-budget.js";
import { highlightMatches } from "./match-highlights.js";
import { nameTags } from "../log/service-colors.js";
import { LogHead } from "./log-head.js";
import { NONE } from "./log-row.js";
import { RowPainter } from "./row-painter.js";
import { linesOf } from "../log/row-text.js";

/** @typedef {import("./reader-place.js").ReaderPlace} ReaderPlace */
/** @typedef {import("../lib/format.js").Zone} Zone */
/** @typedef {import("../log/columns/column-layout.js").ColumnLayout} Columns */

const BUDGET = 6; // ms a frame for the filter

export class LogList extends HTMLElement {
  static observedAttributes = ["inert"];
  /** @type {ReaderPlace | null} */
  #place = null;
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
    this.place = null;
    this.#resize.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.columns = null;
    highlightMatches([], []);
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

  /** What is shown, and where its reader stands. @param {ReaderPlace | null} place */
  set place(place) {
    if (place === this.#place) return;
    for (const [name, listener] of /** @type {const} */ ([
      ["rows", this.#schedule],
      ["state", this.#schedule],
    ])) {
      this.#watch?.removeEventListener(name, listener);
      place?.log.addEventListener(name, listener);
    }
    this.#place?.removeEventListener("moved", this.#schedule);
    place?.addEventListener("moved", this.#schedule);
    this.#place = place;
    const services = place?.log.services ?? [];
    this.#painter.service = nameTags(services);
    this.toggleAttribute("data-several", services.length > 0);
    this.#measure();
  }

  get #watch() {
    return this.#place?.log ?? null;
  }

  get #viewport() {
    return this.#place?.viewport ?? null;
  }

  /** @param {Zone} zone */
  set zone(zone) {
    this.#painter.zone = zone;
    this.#schedule();
  }

  // --- what the reader does

  #onScroll = () => {
    // the browser tells of this scroll before it tells of the height
    if (this.clientHeight !== this.#height) this.#measure();
    if (this.#viewport?.scrolledTo(this.#painter.scrolled())) this.#schedule();
  };

  /** A stream that grows faster than the wheel turns would pull the reader back down. @param {WheelEvent} event */
  #onWheel = (event) => {
    if (event.deltaY < 0 && this.scrollTop > 0) this.#place?.hold();
  };

  /** So that the row under the pointer is still there when it is released. @param {PointerEvent} event */
  #onPointerDown = (event) => {
    const row = this.#painter.rowOf(event.target);
    const place = this.#place;
    if (event.button !== 0 || !row || row.number === NONE || !place?.following) return;
    place.hold({
      row: row.number,
      top: this.#painter.settle(row, place.log.lines.positionOf(row.number), this.#rowHeight),
    });
  };

  /** @param {MouseEvent} event */
  #onClick = (event) => {
    const selection = getSelection();
    if (selection && !selection.isCollapsed && this.contains(selection.anchorNode)) return;
    const row = this.#painter.rowOf(event.target);
    const place = this.#place;
    if (!place || !row || row.number === NONE) return;
    place.select(row.number);
    if (event.target instanceof Element && event.target.closest(".run"))
      return void (place.unfold(true) || place.unfold(false));
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
    const place = this.#place;
    if (!place || !this.#columns || this.#height === 0) return;
    const { log: watch, viewport, current } = place;
    if (!watch.advance(BUDGET)) this.#schedule();
    if (!this.inert && !this.#painter.stale && viewport.isBlur(watch.clock.now(), isFrameFull(due)))
      return this.#schedule();
    const layout = this.inert ? null : viewport.layout(); // beneath a panel nobody sees what would be written
    if (layout) {
      this.#painter.place(layout);
      if (!this.#painter.paint(watch, viewport, layout, this.#columns.shown, current)) this.#schedule();
      if (place.nearStart) watch.history.need();
      else if (viewport.following) watch.history.far();
    }
    const state = [viewport.following, viewport.paused, viewport.waiting, viewport.adrift, current].join();
    if (state === this.#reported) return;
    this.#reported = state;
    this.dispatchEvent(new CustomEvent("sx-list", { bubbles: true }));
  };
}

customElements.define("sx-log-list", LogList);
