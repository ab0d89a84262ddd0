/**
 * <sx-query-field .filter .seen>: where a query is typed, with what can stand there, and with what is wrong where it is
 * wrong. Fires `sx-query` {text} with every change, and `sx-meant` where it is done with.
 */

import { html, live, nothing } from "../../vendor/lit.js";
import { compact } from "../lib/format.js";
import { complete } from "../query/autocomplete.js";
import { recentQueries, rememberQuery } from "../query/recent-queries.js";
import { preferences } from "../lib/store.js";
import { LightElement } from "../ui/element.js";
import { ICONS } from "../ui/icons.js";
import { safeText } from "../ui/safe-text.js";

/** @typedef {import("../query/autocomplete.js").Completion} Completion */

const SETTLED = 600; // ms without a key: what is typed is meant
/** @type {Completion} */
const NOTHING = { from: 0, to: 0, options: [] };

export class QueryField extends LightElement {
  static properties = {
    filter: { attribute: false },
    seen: { attribute: false },
    completion: { state: true },
    active: { state: true },
    settled: { state: true },
    draft: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../query/filter.js").Filter | null} */
    this.filter = null;
    /** @type {import("../query/autocomplete.js").Source | null} */
    this.seen = null;
    /** What can stand where the caret is. */
    this.completion = NOTHING;
    /** Which of the options is chosen; -1: none. */
    this.active = -1;
    /** Whether nobody is in the midst of typing: an error is told then, not before. */
    this.settled = true;
    this.settling = 0;
    /** What stands in the line, as long as the filter does not say it. @type {string | null} */
    this.draft = null;
    this.atEnd(() => clearTimeout(this.settling));
  }

  /** @param {Map<PropertyKey, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("filter")) this.draft = null;
  }

  render() {
    const { filter, completion, active } = this;
    if (!filter) return nothing;
    const text = this.draft ?? filter.text;
    const { options } = completion;
    const open = options.length > 0;
    const error = this.settled && text === filter.text ? filter.error : null;
    return html`
      <label class="query">
        ${ICONS.search}
        <span class="sr-only">Filter by text or by terms</span>
        <span class="query-box">
          <span class="query-ink mono" aria-hidden="true">${error ? underlined(text, error) : nothing}</span>
          <input
            id="watch-query"
            class="mono"
            type="text"
            role="combobox"
            aria-autocomplete="list"
            aria-haspopup="listbox"
            aria-expanded=${open}
            aria-controls=${open ? "query-options" : nothing}
            aria-activedescendant=${active >= 0 ? `query-option-${active}` : nothing}
            aria-invalid=${error ? "true" : nothing}
            aria-describedby=${error ? "query-error" : nothing}
            placeholder="Words, or level:error  status>=500  metadata.userId=42"
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            .value=${live(text)}
            @input=${this.onInput}
            @keydown=${this.onKey}
            @keyup=${this.onKeyUp}
            @pointerup=${this.onPointerUp}
            @scroll=${this.onScroll}
            @blur=${this.onBlur}
          />
        </span>
        ${text === "" ? html`<kbd class="kbd" aria-hidden="true">/</kbd>` : nothing}
      </label>
      <span
        id="query-error"
        class="query-error"
        role="status"
        title=${error?.message ?? nothing}
      >${error?.message ?? nothing}</span>
      ${
        open
          ? html`<ul id="query-options" class="query-options" role="listbox" aria-label="What can stand here">
            ${options.map(
              (option, index) =>
                html`<li
                  id=${`query-option-${index}`}
                  role="option"
                  aria-selected=${index === active}
                  data-kind=${option.kind}
                  @pointerdown=${(/** @type {PointerEvent} */ event) => event.preventDefault()}
                  @click=${() => this.accept(index)}
                >
                  <bdi class="mono">${safeText(option.label)}</bdi>
                  <span class="query-aside">${option.count === undefined ? option.aside : compact(option.count)}</span>
                </li>`,
            )}
          </ul>`
          : nothing
      }
    `;
  }

  updated() {
    this.onScroll();
    this.querySelector(".query-options [aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  get input() {
    return /** @type {HTMLInputElement} */ (this.querySelector("input"));
  }

  /** Offers what can stand where the caret is. */
  offer() {
    const { input, seen } = this;
    this.completion = seen
      ? complete(input.value, input.selectionStart ?? input.value.length, seen, recentQueries(preferences))
      : NOTHING;
    this.active = -1;
  }

  mayBecomeField() {
    const { from, to, options } = this.completion;
    const word = this.input.value.slice(from, to).toLowerCase();
    return word !== "" && options.some(({ kind, label }) => kind === "field" && label.toLowerCase().startsWith(word));
  }

  close() {
    this.completion = NOTHING;
    this.active = -1;
  }

  /** @param {string} text */
  change(text) {
    this.draft = text; // until the filter says it
    this.dispatchEvent(new CustomEvent("sx-query", { detail: { text } }));
  }

  /** Puts an option in its place, and goes on: behind a field with its values. @param {number} index */
  accept(index) {
    const { completion, input } = this;
    const { insert, kind } = completion.options[index];
    const behind = input.value.slice(completion.to);
    const space = kind === "value" && !/^\s/.test(behind) ? " " : "";
    const before = input.value.slice(0, completion.from) + insert + space;
    input.value = before + behind;
    input.setSelectionRange(before.length, before.length);
    this.change(input.value);
    if (kind === "field") this.offer();
    else this.close();
    input.focus();
  }

  /** It is meant as it stands. */
  settle() {
    clearTimeout(this.settling);
    this.settled = true;
    if (this.draft !== null) this.change(this.draft);
  }

  /** It is meant, and done with. */
  finish() {
    this.settle();
    this.dispatchEvent(new CustomEvent("sx-meant"));
    if (this.filter && !this.filter.error) rememberQuery(preferences, this.filter.text);
  }

  onInput() {
    this.settled = false;
    clearTimeout(this.settling);
    this.settling = window.setTimeout(() => this.settle(), SETTLED);
    this.offer();
    // A log that empties with "stat" and fills again with "status:500" would only blink.
    if (this.mayBecomeField()) this.draft = this.input.value;
    else this.change(this.input.value);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const { options } = this.completion;
    const open = options.length > 0;
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        if (event.altKey && !open) this.offer();
        else if (open) this.active = stepped(this.active, event.key === "ArrowDown" ? 1 : -1, options.length);
        else return; // the log's
        break;
      case "Enter":
        if (this.active >= 0) this.accept(this.active);
        else {
          this.finish();
          this.close();
        }
        break;
      case "Tab":
        if (event.shiftKey || !open || (this.active < 0 && this.completion.from === this.completion.to)) return;
        this.accept(Math.max(0, this.active));
        break;
      case "Escape":
        if (!open) return;
        this.close();
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  onKeyUp({ key }) {
    if (
      this.completion.options.length > 0 &&
      (key === "ArrowLeft" || key === "ArrowRight" || key === "Home" || key === "End")
    )
      this.offer();
  }

  onPointerUp() {
    if (document.activeElement === this.input) this.offer();
  }

  /** What is underlined stands beneath what is typed, also when that is longer than the line. */
  onScroll() {
    const ink = this.querySelector(".query-ink");
    if (ink instanceof HTMLElement) ink.style.transform = `translateX(${-this.input.scrollLeft}px)`;
  }

  onBlur() {
    this.finish();
    this.close();
  }
}

/** @param {number} index @param {1 | -1} step @param {number} length */
function stepped(index, step, length) {
  if (index < 0) return step > 0 ? 0 : length - 1;
  return (index + step + length) % length;
}

/** @param {string} text @param {import("../query/language/error.js").QueryError} error */
function underlined(text, { from, to }) {
  const wrong = text.slice(from, to) || " "; // what is missing at the end is missing somewhere
  return html`${text.slice(0, from)}<span class="query-wrong">${wrong}</span>${text.slice(to)}`;
}

customElements.define("sx-query-field", QueryField);
