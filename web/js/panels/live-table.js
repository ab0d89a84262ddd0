/**
 * What the live tables have in common: they count as long as they stand in the page, a slice a frame; they show it once
 * a second, in an order that the reader chose, that is remembered, and that stays as it is while they read.
 */

import { html, nothing, repeat } from "../../vendor/lit.js";
import { StableOrder } from "./stable-order.js";
import { count } from "../lib/format.js";
import { nameTags } from "../log/service-colors.js";
import { preferences } from "../lib/store.js";
import { LightElement } from "../ui/element.js";
import { overText } from "../log/range-text.js";
import { safeText } from "../ui/safe-text.js";

/** @typedef {{key: string}} Line */
/** @typedef {{entries: number, stop(): void, advance(spent: () => boolean): boolean}} Counts */
/**
 * @template {Line} T
 * @typedef {object} Column
 * @property {string} id
 * @property {string} title
 * @property {string} [hint]
 * @property {boolean} [text] whether its values are texts: sorted from the first to the last, and not from the most to
 * the least
 * @property {(line: T) => number | string} value to sort by
 * @property {(line: T) => unknown} cell
 */

const BEAT = 1000; // ms between two pictures
const BUDGET = 4; // ms a frame for counting
const MOST = 100; // lines shown

/** @template {Line} T @template {Counts} C */
export class LiveTable extends LightElement {
  static properties = { watch: { attribute: false } };

  /**
   * @param {object} kind
   * @param {string} kind.name the preference that remembers the order
   * @param {string} kind.first the column to sort by until one was chosen
   */
  constructor({ name, first }) {
    super();
    this.name = name;
    this.first = first;
    /** @type {import("../stream/live-log.js").LiveLog | null} */
    this.watch = null;
    /** @type {C | null} */
    this.counts = null;
    /** Whether everything was counted at least once, as the log is filtered now. */
    this.complete = false;
    this.frame = 0;
    this.shownAt = 0;
    /** @type {(() => void) | undefined} */
    this.unhear = undefined;
    /** @type {StableOrder<T>} */
    this.order = new StableOrder();
  }

  connectedCallback() {
    super.connectedCallback();
    const beating = setInterval(() => this.advance(), BEAT);
    this.atEnd(() => {
      clearInterval(beating);
      this.leave();
    });
  }

  /** @param {Map<PropertyKey, unknown>} changed */
  willUpdate(changed) {
    const { watch } = this;
    if (!changed.has("watch")) return;
    this.leave();
    if (!watch) return;
    this.counts = this.open(watch);
    const anew = () => {
      this.complete = false;
      this.advance();
    };
    watch.addEventListener("refiltered", anew);
    this.unhear = () => watch.removeEventListener("refiltered", anew);
    this.advance();
  }

  /** Ceases to count. */
  leave() {
    this.unhear?.();
    this.counts?.stop();
    this.counts = null;
    this.complete = false;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  /** A slice, and what follows from it. */
  advance() {
    const now = performance.now();
    const done = this.counts?.advance(() => performance.now() - now >= BUDGET) ?? true;
    if (done && !this.complete) this.order.forget(); // that of a part of it says little
    this.complete ||= done;
    if (!done) {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.advance());
    }
    if (!done && now - this.shownAt < BEAT) return;
    this.shownAt = now;
    this.requestUpdate();
  }

  /** Epoch milliseconds by the server's clock: now, or the last moment of a time that is past and alone is shown. */
  get until() {
    const { serverTime = 0, span } = this.watch ?? {};
    return Math.min(serverTime, (span?.until ?? Infinity) - 1);
  }

  /** @returns {{column: string, reversed: boolean}} */
  get sort() {
    const { column, reversed } = preferences.get(this.name) ?? {};
    return this.columns.some(({ id }) => id === column)
      ? { column, reversed: reversed === true }
      : { column: this.first, reversed: false };
  }

  /** @param {string} column again: the other way round */
  sortBy(column) {
    const { sort } = this;
    preferences.set(this.name, { column, reversed: sort.column === column && !sort.reversed });
    this.requestUpdate();
  }

  /** @param {T[]} lines in the order in which they are to stand */
  arranged(lines) {
    const { column, reversed } = this.sort;
    const value = once(this.columns.find(({ id }) => id === column)?.value ?? (() => 0));
    const compare = (/** @type {T} */ one, /** @type {T} */ other) =>
      (reversed ? -1 : 1) * ranked(value(one), value(other)) || (one.key < other.key ? -1 : 1);
    const held = this.querySelector("tbody")?.matches(":hover, :focus-within") ?? false;
    return this.order.arrange(lines, { by: `${column} ${reversed}`, compare, held, now: performance.now() });
  }

  /**
   * @param {T[]} lines in any order
   * @param {object} words
   * @param {string} words.label of the table
   * @param {unknown} words.sum what is counted
   * @param {string} words.one a line beyond the most that are shown
   */
  panel(lines, { label, sum, one }) {
    const { watch } = this;
    const filtered = watch && !(watch.filter.empty && watch.span.whole);
    return html`<div class="panel-body live-panel" aria-busy=${!this.complete}>
      <p class="muted num">${sum} that the log shows${filtered ? ", filtered as it is" : nothing}.${
        watch ? html`<span class="live-range"> Over the ${overText(watch, preferences.get("zone"))}.</span>` : nothing
      }</p>
      ${this.table(label, this.arranged(lines).slice(0, MOST))}
      ${
        lines.length > MOST
          ? html`<p class="faint">${count(lines.length - MOST, one)}, below these in this order.</p>`
          : nothing
      }
    </div>`;
  }

  /**
   * What a line is. A press filters the log by it.
   * @param {object} line
   * @param {unknown} line.face
   * @param {string} line.terms "" where none can say it
   * @param {string} line.service
   * @param {boolean} line.isNew
   */
  named({ face, terms, service, isNew }) {
    const tag = nameTags(this.watch?.services ?? [])(service);
    return html`<span class="live-name">
      ${
        tag
          ? html`<span class="live-service" data-hue=${tag.hue} title=${tag.name}>${safeText(tag.name)}</span>`
          : nothing
      }
      ${
        terms
          ? html`<button
            type="button"
            class="live-go mono"
            title="Show these in the log"
            @click=${() => this.narrow(terms, { service })}
          >${face}</button>`
          : html`<span class="mono">${face}</span>`
      }
      ${
        isNew
          ? html`<span
            class="badge"
            data-tone="accent"
            title="This page saw it for the first time less than ten minutes ago"
          >NEW</span>`
          : nothing
      }
    </span>`;
  }

  /** @param {string} label @param {readonly T[]} lines arranged */
  table(label, lines) {
    const { column, reversed } = this.sort;
    const { columns } = this;
    return html`<div class="table-frame">
      <table class="live num" aria-label=${label} @keydown=${(/** @type {KeyboardEvent} */ event) => this.step(event)}>
        <thead>
          <tr>
            ${columns.map(
              ({ id, title, hint, text = false }) =>
                html`<th
                  scope="col"
                  class=${`live-${id}`}
                  aria-sort=${id !== column ? nothing : text === reversed ? "descending" : "ascending"}
                >
                  <button
                    type="button"
                    class="live-sort"
                    title=${hint ?? nothing}
                    @click=${() => this.sortBy(id)}
                  >${title}</button>
                </th>`,
            )}
            <th scope="col" class="live-tools"><span class="sr-only">What to do</span></th>
          </tr>
        </thead>
        <tbody>
          ${repeat(
            lines,
            ({ key }) => key,
            (line) => this.row(line, columns),
          )}
        </tbody>
      </table>
    </div>`;
  }

  /** @param {T} line @param {readonly Column<T>[]} columns */
  row(line, columns) {
    return html`<tr>
      ${columns.map(({ id, cell }, index) =>
        index === 0
          ? html`<th scope="row" class=${`live-${id}`}>${cell(line)}</th>`
          : html`<td class=${`live-${id}`}>${cell(line)}</td>`,
      )}
      <td class="live-tools">${this.tools(line)}</td>
    </tr>`;
  }

  /** Arrow keys go from line to line. @param {KeyboardEvent} event */
  step(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const lines = [...this.querySelectorAll(".live-go")];
    const at = lines.findIndex((line) => line.closest("tr")?.contains(document.activeElement));
    const next = lines[at < 0 ? 0 : at + by];
    if (next instanceof HTMLElement) next.focus();
  }

  /**
   * @param {string} terms
   * @param {{service?: string, exclude?: boolean}} [how] service: that alone, where there are several
   */
  narrow(terms, { service = "", exclude = false } = {}) {
    this.dispatchEvent(new CustomEvent("sx-narrow", { detail: { terms, service }, bubbles: true }));
    if (!exclude) this.dispatchEvent(new Event("sx-log", { bubbles: true }));
  }

  /** @abstract @returns {readonly Column<T>[]} the first one says what a line is */
  get columns() {
    return [];
  }

  /** @abstract What can be done with a line. @param {T} _line @returns {unknown} */
  tools(_line) {
    return nothing;
  }

  /** @abstract @param {import("../stream/live-log.js").LiveLog} _watch @returns {C} */
  open(_watch) {
    throw new TypeError("each table counts something of its own");
  }
}

/**
 * Asks for the value of a line once, however often it is compared.
 * @template {object} T @template V
 * @param {(line: T) => V} value
 * @returns {(line: T) => V}
 */
function once(value) {
  /** @type {Map<T, V>} */
  const known = new Map();
  return (line) => {
    const found = known.get(line) ?? value(line);
    known.set(line, found);
    return found;
  };
}

/**
 * Texts from the first to the last, numbers from the most to the least.
 * @param {number | string} one
 * @param {number | string} other
 */
function ranked(one, other) {
  if (typeof one === "number" && typeof other === "number") return other - one;
  return one === other ? 0 : one < other ? -1 : 1;
}
