/**
 * <sx-marks>: the marks that were set, and what came after one of them against what came before it, by kind of error
 * and by route.
 * Fires `sx-mark` {do, mark}: what the reader wants done with a mark.
 */

import { html, nothing } from "../../../vendor/lit.js";
import { Comparison } from "./comparison.js";
import { figure, whatDiffers } from "./compared-cells.js";
import { errorTable } from "./error-table.js";
import { count, dayOf, duration, moment, percent, rate, whole } from "../../lib/format.js";
import { preferences } from "../../lib/store.js";
import { LightElement } from "../../ui/element.js";
import { ICONS } from "../../ui/icons.js";
import { safeText } from "../../ui/safe-text.js";

/** @typedef {import("../../log/marks.js").Mark} Mark */
/** @typedef {import("./comparison.js").Line} Line */
/** @typedef {"set" | "choose" | "show" | "only" | "all" | "name" | "clear"} Wish */

const BUDGET = 6; // ms a turn for counting
const MOST = 200; // lines shown

/**
 * Properties: `marks`, `ring`, `chosen` (a mark; null: the newest), `only` (the mark since which alone rows are shown).
 */
export class MarksPanel extends LightElement {
  static properties = {
    // The same objects, but not as they were: whenever the page is shown anew, so is this.
    marks: { attribute: false, hasChanged: () => true },
    ring: { attribute: false },
    chosen: { attribute: false },
    only: { attribute: false },
  };

  constructor() {
    super();
    /** @type {import("../../log/marks.js").Marks | null} */
    this.marks = null;
    /** @type {import("../../log/ring.js").Ring | null} */
    this.ring = null;
    /** @type {Mark | null} */
    this.chosen = null;
    /** @type {Mark | null} */
    this.only = null;
    /** @type {{of: string, comparison: Comparison} | null} */
    this.counted = null;
  }

  get mark() {
    const { marks, chosen } = this;
    return marks?.list.find((mark) => mark === chosen) ?? marks?.newest ?? null;
  }

  /** The comparison at the chosen mark, a turn further. @param {Mark} mark */
  compare(mark) {
    const { marks, ring } = this;
    if (!marks || !ring) return null;
    const [before, after] = [marks.before(mark), marks.after(mark)];
    const of = [before.from, mark.at, after.end].join();
    if (this.counted?.of !== of) this.counted = { of, comparison: new Comparison(ring, before, after, mark.row.at) };
    const { comparison } = this.counted;
    const stop = performance.now() + BUDGET;
    if (!comparison.advance(marks.until(mark), () => performance.now() >= stop))
      requestAnimationFrame(() => this.requestUpdate());
    return comparison;
  }

  /** @param {Wish} wish @param {Mark | null} [mark] */
  wish(wish, mark = this.mark) {
    this.dispatchEvent(new CustomEvent("sx-mark", { detail: { do: wish, mark } }));
  }

  render() {
    const { marks, mark } = this;
    if (!marks || !mark) {
      return html`<div class="empty">
        <h2>Set a mark, do something in your app, see what it did</h2>
        <p>A mark is a line across the log. What follows it is counted here by kind of error
          and by route, against what came before.</p>
        <div class="actions"><button
          type="button"
          class="btn btn-primary"
          @click=${() => this.wish("set", null)}
        >${ICONS.mark}Set a mark <kbd class="kbd">M</kbd></button></div>
      </div>`;
    }
    const comparison = this.compare(mark);
    return html`<div class="panel-body marks">
      <div class="marks-list" role="group" aria-label="Marks">
        ${marks.list.map((each) => this.chip(each, each === mark))}
        <button
          type="button"
          class="btn btn-quiet"
          @click=${() => this.wish("set", null)}
        >${ICONS.mark}Set a mark <kbd class="kbd">M</kbd></button>
      </div>
      ${this.tools(mark)}${comparison ? this.comparison(mark, comparison) : nothing}
    </div>`;
  }

  /** @param {Mark} mark @param {boolean} chosen */
  chip(mark, chosen) {
    const { number, name, at } = mark.row;
    const zone = preferences.get("zone");
    return html`<button type="button" class="chip" aria-pressed=${chosen} @click=${() => this.wish("choose", mark)}>
      <b class="num">${number}</b>${name ? safeText(name) : nothing}<span class="num">${moment(
        at,
        zone,
        dayOf(Date.now(), zone),
        "seconds",
      )}</span>
    </button>`;
  }

  /** @param {Mark} mark */
  tools(mark) {
    const only = this.only === mark;
    return html`<div class="marks-tools">
      <button type="button" class="btn" @click=${() => this.wish("show")}>Show in the log</button>
      <button
        type="button"
        class="btn"
        aria-pressed=${only}
        @click=${() => this.wish(only ? "all" : "only")}
      >Only what followed</button>
      <button
        type="button"
        class="btn btn-quiet"
        @click=${() => this.wish("name")}
      >${ICONS.edit}${mark.row.name ? "Rename" : "Name"}</button>
      <button
        type="button"
        class="btn btn-quiet"
        @click=${() => this.wish("clear")}
      >Clear mark ${mark.row.number}</button>
      ${
        (this.marks?.list.length ?? 0) > 1
          ? html`<button
            type="button"
            class="btn btn-quiet"
            @click=${() => this.wish("clear", null)}
          >Clear all</button>`
          : nothing
      }
    </div>`;
  }

  /** @param {Mark} mark @param {Comparison} comparison */
  comparison(mark, comparison) {
    const { marks } = this;
    const before = marks?.beside(mark.at, -1);
    const { compares, width } = comparison;
    const { lines, errors } = comparison.judged();
    const time = duration(width);
    return html`<p class="marks-sum">${
      compares
        ? html`${stretch(`The ${time} since mark ${mark.row.number}:`, comparison.now)}<span class="muted"> · ${stretch(
            `the ${time} ${before ? `before it, since mark ${before.row.number} at most` : "before it"}:`,
            comparison.was,
          )}</span>`
        : html`${stretch(`The ${time} since mark ${mark.row.number}:`, comparison.now)}<span
            class="muted"> · nothing came before it to compare with</span>`
    }</p>
      ${errorTable(errors, width)}
      ${
        lines.length === 0
          ? html`<p class="muted">Nothing came yet. Do something in your app.</p>`
          : html`<div class="table-frame" tabindex="0" role="group" aria-label="What came, by route">
            <table class="compare num">
              <thead>
                <tr>
                  <th scope="col">Route</th>
                  <th scope="col">What differs</th>
                  <th scope="col">Entries/min</th>
                  <th scope="col">Errors</th>
                  <th scope="col">p50</th>
                  <th scope="col">p95</th>
                </tr>
              </thead>
              <tbody>
                ${lines.slice(0, MOST).map((each) => line(each, width))}
              </tbody>
            </table>
          </div>`
      }
      ${
        lines.length > MOST
          ? html`<p class="faint">${count(lines.length - MOST, "more route")} with less to say.</p>`
          : nothing
      }`;
  }
}

/** @param {string} which @param {import("./stretch.js").Stretch} stretch */
function stretch(which, { entries, errors, lost }) {
  return html`${which} <b class="num">${count(entries, "entry", "entries")}</b>${
    errors > 0 ? html`, <b class="num errors">${count(errors, "error")}</b>` : nothing
  }${lost > 0 ? html` <span class="warned">(${whole(lost)} let go before they were counted)</span>` : nothing}`;
}

/** @param {Line} line @param {number} width milliseconds of each window */
function line({ method, route, now, was, changes, few }, width) {
  const minutes = Math.max(width, 1000) / 60_000;
  return html`<tr data-gone=${now.count === 0}>
    <th scope="row" class="mono">
      <span class="compare-method">${safeText(method)}</span> <bdi>${
        route === "" ? html`<span class="muted">no route</span>` : route === "…" ? "all other routes" : safeText(route)
      }</bdi>
    </th>
    <td>${whatDiffers(changes, few)}</td>
    ${figure(now, was, (each) => rate(each.count / minutes))} ${figure(now, was, share)}
    ${figure(now, was, ({ p50 }) => time(p50))} ${figure(now, was, ({ p95 }) => time(p95))}
  </tr>`;
}

/** @typedef {import("./comparison.js").Figures} Figures */

/** The share of failures. @param {Figures} figures */
function share({ count: all, errors }) {
  return all === 0 ? "–" : percent(errors / all);
}

/** @param {number} ms */
function time(ms) {
  return ms === 0 ? "–" : duration(ms);
}

customElements.define("sx-marks", MarksPanel);
