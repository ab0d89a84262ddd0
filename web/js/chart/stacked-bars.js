/**
 * Bars over time, stacked by level, in the colours of the theme: uPlot, told what to draw. It tells what its cursor
 * points at and selects; what comes of that is the caller's business.
 */

import { uPlot } from "../../vendor/uplot.js";
import { stacked } from "../log/statistics/histogram.js";

/** @typedef {import("../log/statistics/histogram.js").Bars} Bars */
/** @typedef {{at: number, tone: "gap" | "mark"}} Line a moment, in epoch seconds */
/** @typedef {{since: number, until: number}} Stretch epoch seconds; the second one is not within it */

const TOKENS = /** @type {const} */ ([
  "error-mark",
  "warn-mark",
  "info-mark",
  "debug-mark",
  "muted",
  "warn",
  "text",
  "line",
]);
const AXIS = 17; // px
const [LABEL, DATED] = [48, 72]; // px, a time without and with its day
const LEAST = 2; // px of a part
const DRAG = 4; // px; less is a press
const LEAST_PEAK = 4; // entries: a quiet service should look quiet

export class StackedBars {
  #host;
  #plot;
  /** @type {Record<string, string>} */
  #colours = {};
  /** @type {Bars} */
  #bars = { since: 0, step: 1, counts: { error: [], warn: [], info: [], debug: [] }, heights: [] };
  /** @type {readonly Line[]} */
  #lines = [];
  /** @type {{second: number | null, stretch: Stretch | null}} */
  #marked = { second: null, stretch: null };
  /** Where the mouse was pressed, epoch seconds; null: it is not. @type {number | null} */
  #pressed = null;
  /** Where `mark` has set the cursor, px. */
  #placed = -10;
  /** Whether there is room for times below. */
  #timed = true;

  /**
   * @param {HTMLElement} host
   * @param {object} options
   * @param {(second: number) => string} options.timeOf what stands below
   * @param {(second: number | null, from: number | null) => void} options.pointed the cursor is at this second, or
   * nowhere; from: where a selection was begun
   * @param {() => void} options.selected the selection is done
   */
  constructor(host, { timeOf, pointed, selected }) {
    this.#host = host;
    this.recolour();
    const colour = (/** @type {string} */ name) => () => this.#colours[name];
    const paths = uPlot.paths.bars?.({ align: 1, size: [1, Infinity], gap: 1 });
    // uPlot paints in this order, and lower tops over higher ones: the stack from above.
    const levels = stacked(this.#bars, 0).reverse();
    this.#plot = new uPlot(
      {
        width: Math.max(1, host.clientWidth),
        height: Math.max(1, host.clientHeight),
        padding: [4, 0, 0, 0],
        legend: { show: false },
        select: { show: true, left: 0, top: 0, width: 0, height: 0 },
        cursor: {
          y: false,
          points: { show: false },
          drag: { x: true, y: false, setScale: false, dist: DRAG },
          bind: {
            mousedown: (_plot, _target, handler) => (event) => {
              if (event.button === 0) this.#pressed = this.secondAt(event.clientX);
              return handler(event);
            },
            mouseup: (_plot, _target, handler) => (event) => {
              this.#pressed = null;
              return handler(event);
            },
          },
        },
        scales: {
          x: {
            range: () => [
              this.#bars.since,
              this.#bars.since + Math.max(1, this.#bars.heights.length) * this.#bars.step,
            ],
          },
          y: { range: (_plot, _low, high) => [0, Math.max(LEAST_PEAK, high ?? 0)] },
        },
        axes: [
          {
            size: () => (this.#timed ? AXIS : 0),
            gap: 3,
            space: 84,
            font: `11px ${getComputedStyle(host).fontFamily}`,
            stroke: colour("muted"),
            grid: { show: false },
            ticks: { stroke: colour("line"), width: 1, size: 3 },
            values: (plot, seconds) =>
              seconds.map((second) => (this.#timed ? fitting(plot, second, timeOf(second)) : "")),
          },
          { show: false },
        ],
        series: [
          {},
          ...levels.map(({ level }) => ({ fill: colour(`${level}-mark`), width: 0, paths, points: { show: false } })),
        ],
        hooks: {
          draw: [() => this.#drawLines(), () => this.#place()],
          setCursor: [(plot) => this.#point(plot, pointed)],
          setSelect: [selected],
        },
      },
      [[], ...levels.map(() => [])],
      host,
    );
  }

  /** The host has another size. @param {boolean} timed whether there is room for times */
  resize(timed) {
    const { clientWidth: width, clientHeight: height } = this.#host;
    if (width === 0 || height === 0) return;
    this.#timed = timed;
    this.#plot.setSize({ width, height });
  }

  /** The theme is another one. */
  recolour() {
    const style = getComputedStyle(this.#host);
    for (const name of TOKENS) this.#colours[name] = style.getPropertyValue(`--${name}`).trim();
  }

  /** @param {Bars} bars @param {readonly Line[]} lines */
  show(bars, lines) {
    this.#bars = bars;
    this.#lines = lines;
    const seconds = bars.heights.map((_, bar) => bars.since + bar * bars.step);
    const parts = stacked(bars, LEAST / Math.max(1, this.#plot.over.clientHeight)).reverse();
    this.#plot.setData([seconds, ...parts.map(({ tops }) => tops)]);
  }

  /** @param {uPlot} plot @param {(second: number | null, from: number | null) => void} pointed */
  #point(plot, pointed) {
    const { left = -1 } = plot.cursor;
    if (left === this.#placed) return; // uPlot tells of it after every drawing, though nobody has moved
    const pressed = this.#pressed;
    if (left >= 0)
      pointed(
        plot.posToVal(left, "x"),
        pressed !== null && Math.abs(plot.valToPos(pressed, "x") - left) >= DRAG ? pressed : null,
      );
    else if (pressed === null) pointed(null, null);
  }

  /** The second at a place in the window. @param {number} clientX px */
  secondAt(clientX) {
    return this.#plot.posToVal(clientX - this.#plot.over.getBoundingClientRect().left, "x");
  }

  /**
   * What is pointed at and chosen.
   * @param {number | null} second null: nothing is pointed at
   * @param {Stretch | null} stretch null: none is chosen
   */
  mark(second, stretch) {
    this.#marked = { second, stretch };
    this.#place();
  }

  destroy() {
    this.#plot.destroy();
  }

  /** Also with every drawing: that is when uPlot has taken in where the axis is. */
  #place() {
    const { second, stretch } = this.#marked;
    const plot = this.#plot;
    this.#placed = second === null ? -10 : plot.valToPos(second, "x");
    plot.setCursor({ left: this.#placed, top: second === null ? -10 : 0 }, false);
    const left = stretch ? plot.valToPos(stretch.since, "x") : 0;
    plot.setSelect(
      { left, width: stretch ? plot.valToPos(stretch.until, "x") - left : 0, top: 0, height: plot.over.clientHeight },
      false,
    );
    this.#host.toggleAttribute("data-chosen", stretch !== null);
  }

  /** Thin lines over the bars: a gap is broken, a mark is whole. */
  #drawLines() {
    const { ctx, bbox } = this.#plot;
    const pixel = devicePixelRatio;
    ctx.save();
    ctx.lineWidth = pixel;
    for (const { at, tone } of this.#lines) {
      const x = Math.round(this.#plot.valToPos(at, "x", true)) + pixel / 2;
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.strokeStyle = this.#colours[tone === "gap" ? "warn" : "text"];
      ctx.setLineDash(tone === "gap" ? [3 * pixel, 2 * pixel] : []);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }
}

/**
 * A time, but none at either end, where it would be cut off.
 * @param {uPlot} plot
 * @param {number} second
 * @param {string} time
 */
function fitting(plot, second, time) {
  const x = plot.valToPos(second, "x");
  const half = (time.includes(" ") ? DATED : LABEL) / 2;
  return x >= half && x <= plot.over.clientWidth - half ? time : "";
}
