/**
 * What draws the rows in sight: their elements, where they stand, and how their times and services are said. A frame
 * first places, then paints, so that nothing is laid out twice.
 */

import { dayOf, isWithin } from "../lib/format.js";
import { nameTags } from "../log/service-colors.js";
import { highlightMatches } from "./match-highlights.js";
import { NONE } from "./log-row.js";
import { RowPool } from "./row-pool.js";

/** @typedef {import("../stream/live-log.js").LiveLog} Watch */
/** @typedef {import("../lib/format.js").Zone} Zone */
/** @typedef {import("./viewport.js").Layout} Layout */

export class RowPainter {
  /** Whether every row has to be written anew. */
  stale = true;
  service = nameTags([]);
  canvas = document.createElement("div");
  #list;
  #pool = new RowPool(this.canvas);
  /** @type {Zone} */
  #zone = "local";
  #today = dayOf(0, "utc");
  #contentHeight = 0;
  #written = 0;
  #goesOnAt = NONE;
  #markChanges = 0;

  /** @param {HTMLElement} list what scrolls, and holds the canvas */
  constructor(list) {
    this.#list = list;
    this.canvas.className = "rows";
    this.canvas.setAttribute("role", "rowgroup");
  }

  /** @param {Zone} zone */
  set zone(zone) {
    if (zone !== this.#zone) this.stale = true;
    this.#zone = zone;
  }

  /** How times and services are said. @returns {import("../log/columns/column-types.js").Reader} */
  get reader() {
    return { zone: this.#zone, today: this.#today, service: this.service };
  }

  /** The rows that a selection of text reaches into. */
  get selected() {
    return this.#pool.selected;
  }

  /** Lets go of every row's element. */
  empty() {
    this.#pool.empty();
  }

  /** The width in pixels that a column's widest row in sight needs. @param {number} index of the column */
  widthOf(index) {
    return this.#pool.widthOf(index);
  }

  /** The row that an event's target is in. @param {EventTarget | null} target */
  rowOf(target) {
    return this.#pool.rowOf(target);
  }

  /**
   * Keeps a row on its element while it is pressed.
   * @param {Parameters<RowPool["settle"]>} place as in `RowPool.settle`
   */
  settle(...place) {
    return this.#pool.settle(...place);
  }

  /** Takes note of where the reader has scrolled to. @returns {number} pixels from the top */
  scrolled() {
    this.#written = this.#list.scrollTop;
    return this.#written;
  }

  /** Height and offset, before any row is written. @param {Layout} layout */
  place({ contentHeight, scroll }) {
    if (contentHeight !== this.#contentHeight) {
      this.#contentHeight = contentHeight;
      this.canvas.style.height = `${contentHeight}px`;
    }
    if (Math.abs(scroll - this.#written) < 0.5) return; // not asked of the browser: that would lay out
    this.#written = scroll;
    this.#list.scrollTop = scroll;
  }

  /**
   * Writes what is in sight.
   * @param {Watch} watch
   * @param {import("./viewport.js").Viewport} viewport
   * @param {Layout} layout
   * @param {readonly import("../log/columns/column-types.js").Column[]} columns
   * @param {number | null} chosen number of the row that was chosen
   * @returns {boolean} whether every row is right; else some wait for their turn
   */
  paint(watch, viewport, layout, columns, chosen) {
    const { ring, lines, latencyBaseline: pace, firstSeen, subscriber, filter, shared, serverTime, marks } = watch;
    if (this.stale || marks.changes !== this.#markChanges || !isWithin(this.#today, serverTime)) this.#pool.forget();
    this.stale = false;
    this.#markChanges = marks.changes;
    this.#today = dayOf(serverTime, this.#zone);
    const goesOnAt = subscriber.mayGoOn && !shared ? ring.end - 1 : NONE;
    // The row of a session's end says what can be done about it now.
    if (goesOnAt !== this.#goesOnAt)
      for (const row of this.#pool.rows) if (row.element.dataset.kind === "session") row.forget();
    this.#goesOnAt = goesOnAt;
    const current = chosen !== null && lines.holds(chosen) ? lines.positionOf(chosen) : null;
    const setting = { ...this.reader, pace, firstSeen, marks, goesOnAt };
    const { shown, done } = this.#pool.show({ ring, lines, viewport, layout, current, columns, setting });
    const list = this.#list;
    if (shown.some(({ isDated }) => isDated)) list.toggleAttribute("data-dated", true);
    list.setAttribute("aria-rowcount", String(lines.end - viewport.base + 1));
    list.setAttribute("aria-activedescendant", shown.find((row) => row.isCurrent)?.element.id ?? "");
    highlightMatches(
      shown.flatMap((row) => row.searched),
      filter.query.sought,
    );
    return done;
  }
}
