/**
 * <sx-time-chart .watch .gaps .marks .range .zone>: what the filter lets through over the last minutes, by time of
 * arrival and level, and a brush to choose a range of it.
 *
 * An event, which bubbles: `sx-range` {since, until} in epoch milliseconds, or null for the whole.
 */

import { html } from "../../vendor/lit.js";
import { Brush } from "./brush.js";
import { fillFrame } from "../lib/timing/frame-budget.js";
import { axisTime, stretchWords, wholeWords } from "./chart-text.js";
import { dayOf } from "../lib/format.js";
import { preferences } from "../lib/store.js";
import { TimeAxis } from "./time-axis.js";
import { LightElement } from "../ui/element.js";
import { IdleTask } from "../lib/timing/idle-task.js";
import { StackedBars } from "./stacked-bars.js";

/** @typedef {import("./stacked-bars.js").Line} Line */

const PACE = 300; // ms between two drawings
const PATIENCE = 1000; // ms: a filter that takes longer is drawn as far as it has come
const TICK = 1000; // ms: the axis moves on
const LINES = 200; // so many gaps and marks at most

export class TimeChart extends LightElement {
  static properties = {
    watch: { attribute: false },
    gaps: { attribute: false },
    marks: { attribute: false },
    range: { attribute: false },
    zone: { attribute: false },
  };

  constructor() {
    super();
    /** @type {import("../stream/live-log.js").LiveLog | null} */
    this.watch = null;
    /** @type {import("../log/gap-list.js").GapList | null} */
    this.gaps = null;
    /** @type {import("../log/marks.js").Marks | null} */
    this.marks = null;
    /** What alone the log shows. @type {import("../log/span.js").Span | null} */
    this.range = null;
    /** @type {import("../lib/format.js").Zone} */
    this.zone = "local";
    this.axis = new TimeAxis();
    this.brush = new Brush(this.axis);
    /** @type {import("../log/statistics/histogram.js").Bars | null} */
    this.bars = null;
    /** What lies between the bars that are drawn. @type {Line[]} */
    this.lines = [];
    /** @type {StackedBars | null} */
    this.plot = null;
    this.inSight = false;
    this.drawing = new IdleTask(() => this.draw(), PACE);
    this.drawnAt = 0;
    this.plan = this.plan.bind(this); // also a listener
  }

  render() {
    const { axis, brush } = this;
    const [all, pointed] = this.words();
    return html`<div
        class="chart-plot"
        role="slider"
        tabindex="0"
        aria-label="Entries over time"
        aria-describedby="chart-keys"
        aria-valuemin=${axis.since}
        aria-valuemax=${axis.until}
        aria-valuenow=${brush.place ?? axis.until}
        aria-valuetext=${pointed || "nowhere yet"}
        @keydown=${this.onKey}
        @pointerdown=${this.onTouch}
        @pointermove=${this.onTouch}
        @pointerup=${this.onTouch}
        @pointercancel=${() => this.point(null, null)}
        @dblclick=${() => this.choose(null)}
        @blur=${() => this.point(null, null)}
      ></div>
      <p class="chart-words num" aria-hidden="true" data-pointed=${pointed !== ""}>${pointed || all}</p>
      <p id="chart-keys" class="sr-only">${all}. Arrow keys go from bar to bar, with Shift they choose a range. Enter
        shows only that, Escape everything again. M sets a mark there.</p>`;
  }

  firstUpdated() {
    const host = /** @type {HTMLElement} */ (this.querySelector(".chart-plot"));
    const narrow = matchMedia("(max-width: 599.98px)");
    const plot = new StackedBars(host, {
      timeOf: (second) => axisTime(second, this.moments),
      pointed: (second, from) => this.point(second, from),
      selected: () => this.choose(this.brush.stretch),
    });
    this.plot = plot;
    const resized = new ResizeObserver(() => {
      plot.resize(!narrow.matches);
      this.plan(0);
    });
    resized.observe(host);
    const seen = new IntersectionObserver(([{ isIntersecting }]) => {
      this.inSight = isIntersecting;
      this.plan(0);
    });
    seen.observe(host);
    const themed = new MutationObserver(() => {
      plot.recolour();
      this.plan(0);
    });
    themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const ticking = setInterval(this.plan, TICK);
    this.atEnd(() => {
      for (const observer of [resized, seen, themed]) observer.disconnect();
      clearInterval(ticking);
      this.drawing.stop();
      this.listen(null, this.watch);
      plot.destroy();
    });
  }

  /** @param {Map<PropertyKey, any>} changed */
  updated(changed) {
    if (changed.has("watch")) this.listen(this.watch, changed.get("watch"));
    if (changed.has("watch") || changed.has("range") || changed.has("zone")) this.plan(0);
  }

  /** @param {EventTarget | null} to @param {EventTarget | null | undefined} from */
  listen(to, from) {
    for (const name of ["rows", "refiltered"]) {
      from?.removeEventListener(name, this.plan);
      to?.addEventListener(name, this.plan);
    }
  }

  /** None while nobody sees it. @param {unknown} [wait] ms */
  plan(wait) {
    if (this.inSight) this.drawing.plan(typeof wait === "number" ? wait : PACE);
  }

  draw() {
    const { watch, axis, plot } = this;
    const now = performance.now();
    if (!watch || !plot) return;
    if (!watch.filteredRows.complete && now - this.drawnAt < PATIENCE) return this.plan();
    this.drawnAt = now;
    fillFrame();
    if (this.range) axis.hold(this.range, watch.serverTime);
    else if (!this.brush.open) axis.follow(watch.serverTime, watch.oldestAt);
    this.bars = watch.bars(axis);
    this.lines = [...this.recent(this.gaps?.list ?? [], "gap"), ...this.recent(this.marks?.list ?? [], "mark")];
    plot.show(this.bars, this.lines);
    this.mark();
  }

  /**
   * Where there are any on the axis, one a bar.
   * @param {readonly {row: {at: number}}[]} rows oldest first
   * @param {Line["tone"]} tone
   */
  recent(rows, tone) {
    /** @type {Map<number, Line>} */
    const lines = new Map();
    for (let index = rows.length - 1; index >= 0 && lines.size < LINES; index--) {
      const at = rows[index].row.at / 1000;
      if (at < this.axis.since) break;
      lines.set(this.axis.barOf(at), { at, tone });
    }
    return lines.values();
  }

  /** Draws what is pointed at and chosen. */
  mark() {
    const { brush, range, plot } = this;
    const until = Math.min((range?.until ?? 0) / 1000, this.axis.until);
    const chosen = brush.open
      ? brush.stretch
      : range && { since: Math.max(range.since / 1000, this.axis.since), until };
    plot?.mark(brush.place === null ? null : brush.place + this.axis.step / 2, chosen);
    this.requestUpdate();
  }

  // --- what the reader does

  /** @param {{since: number, until: number} | null} stretch in seconds */
  choose(stretch) {
    this.brush.clear();
    const detail = stretch && { since: stretch.since * 1000, until: stretch.until * 1000 };
    if (detail || this.range) this.dispatchEvent(new CustomEvent("sx-range", { detail, bubbles: true }));
    this.mark();
  }

  /**
   * To a second, or nowhere.
   * @param {number | null} second
   * @param {number | null} from where the stretch begins that goes on to there; null: none does
   */
  point(second, from) {
    const { brush } = this;
    if (second === null) brush.clear();
    else if (from === null) brush.to(second);
    else {
      if (!brush.open) brush.to(from);
      brush.to(second, true);
    }
    this.mark();
  }

  /** A finger or a pen: uPlot hears the mouse alone. @param {PointerEvent} event */
  onTouch({ type, pointerType, pointerId, clientX, currentTarget }) {
    const { plot, brush } = this;
    if (!plot || pointerType === "mouse") return;
    if (type === "pointerdown") /** @type {Element} */ (currentTarget).setPointerCapture(pointerId);
    if (type === "pointerup") return void (brush.open && this.choose(brush.stretch));
    const second = plot.secondAt(clientX);
    const begun = brush.place !== null && (brush.open || this.axis.barOf(second) !== this.axis.barOf(brush.place));
    this.point(second, type === "pointermove" && begun ? brush.place : null);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const { brush, axis } = this;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -axis.bars, End: axis.bars }[
      event.key
    ];
    if (steps !== undefined) brush.move(steps, event.shiftKey);
    else if (event.key === "Enter" && brush.stretch) this.choose(brush.stretch);
    else if (event.key === "Escape" && brush.place !== null) brush.clear();
    else if (event.key.toLowerCase() === "m" && brush.place !== null)
      this.dispatchEvent(new CustomEvent("sx-mark-at", { detail: brush.place * 1000, bubbles: true }));
    else return;
    event.preventDefault();
    this.mark();
  }

  // --- words

  get moments() {
    return { zone: this.zone, today: dayOf(this.watch?.serverTime ?? 0, this.zone) };
  }

  get besides() {
    const { stretch } = this.brush;
    return new Set(
      this.lines.filter(({ at }) => stretch && at >= stretch.since && at < stretch.until).map(({ tone }) => tone),
    );
  }

  /** @returns {[all: string, pointed: string]} what is drawn, and what of it is pointed at or chosen */
  words() {
    const { bars, brush, axis, range, moments } = this;
    if (!bars) return ["", ""];
    return [
      wholeWords(bars, axis, range && moments) + (this.watch?.counting ? " · history is being counted" : ""),
      brush.stretch ? stretchWords(bars, axis, brush.stretch, this.besides, moments) : "",
    ];
  }
}

customElements.define("sx-time-chart", TimeChart);

/**
 * The chart of a Watch page, choosing the range that its log shows.
 * @param {object} options
 * @param {import("../stream/live-log.js").LiveLog} options.watch
 * @param {import("../log/gap-list.js").GapList} options.gaps
 * @param {import("../log/marks.js").Marks} options.marks
 * @param {import("../log/span.js").Span | null} options.range
 * @param {(since: number, until: number) => void} options.between epoch milliseconds
 * @param {() => void} options.all
 * @param {(at: number) => void} options.mark sets one, at epoch milliseconds
 */
export function timeChart({ watch, gaps, marks, range, between, all, mark }) {
  const chosen = (/** @type {CustomEvent<{since: number, until: number} | null>} */ { detail }) =>
    detail ? between(detail.since, detail.until) : all();
  return html`<sx-time-chart
    class="watch-chart"
    role="region"
    aria-label="Chart"
    .watch=${watch}
    .gaps=${gaps}
    .marks=${marks}
    .range=${range}
    .zone=${preferences.get("zone")}
    @sx-range=${chosen}
    @sx-mark-at=${(/** @type {CustomEvent<number>} */ { detail }) => mark(detail)}
  ></sx-time-chart>`;
}
