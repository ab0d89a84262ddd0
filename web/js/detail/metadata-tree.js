/** <sx-metadata-tree>: JSON as a tree that opens branch by branch. Only open branches exist in the page. */

import { html, nothing } from "../../vendor/lit.js";
import { ExactNumber } from "../lib/exact-json.js";
import { spellKey } from "../query/edit.js";
import { LightElement } from "../ui/element.js";
import { whole } from "../lib/format.js";
import { ICONS } from "../ui/icons.js";
import { safeText } from "../ui/safe-text.js";
import { valueMenu } from "./value-menu.js";

const FEW = 100; // members before "show the rest"
const SMALL = 12; // a branch with no more members is open from the start, near the root

/** @param {unknown} value @returns {value is object} */
function isBranch(value) {
  return typeof value === "object" && value !== null && !(value instanceof ExactNumber);
}

/**
 * Properties: `name` (null at the root, which shows its members only), `value`, `depth`, `field` (as the query names
 * it).
 */
export class MetadataTree extends LightElement {
  static properties = {
    name: { attribute: false },
    value: { attribute: false },
    depth: { attribute: false },
    field: { attribute: false },
    open: { state: true },
    all: { state: true },
  };

  constructor() {
    super();
    /** @type {string | null} */
    this.name = null;
    /** @type {unknown} */
    this.value = null;
    this.depth = 0;
    this.field = "metadata";
    /** @type {boolean | null} null: not touched yet */
    this.open = null;
    this.all = false;
  }

  render() {
    const { name, value, depth, field } = this;
    if (!isBranch(value))
      return html`<div class="leaf">${key(name)}${leaf(value)}${valueMenu(this, {
        field,
        value: String(value),
        name: name ?? field,
      })}</div>`;
    const entries = Object.entries(value);
    if (name === null) return this.members(entries);
    if (entries.length === 0)
      return html`<div class="leaf">${key(name)}<span class="value faint">${
        Array.isArray(value) ? "[ ]" : "{ }"
      }</span></div>`;
    const open = this.open ?? (depth <= 2 && entries.length <= SMALL);
    return html`<button type="button" class="branch" aria-expanded=${open} @click=${() => (this.open = !open)}>
        ${ICONS.chevron}${key(name)}<span class="faint num">${size(value, entries.length)}</span>
      </button>
      ${open ? html`<div class="members">${this.members(entries)}</div>` : nothing}`;
  }

  /** @param {[string, unknown][]} entries */
  members(entries) {
    const shown = this.all ? entries : entries.slice(0, FEW);
    return html`${shown.map(
      ([name, value]) =>
        html`<sx-metadata-tree
          .name=${name}
          .value=${value}
          .depth=${this.depth + 1}
          .field=${`${this.field}.${spellKey(name)}`}
        ></sx-metadata-tree>`,
    )}
    ${
      shown.length < entries.length
        ? html`<button
          type="button"
          class="btn btn-quiet"
          @click=${() => (this.all = true)}
        >${whole(entries.length - shown.length)} more</button>`
        : nothing
    }`;
  }
}

/** @param {string | null} name */
function key(name) {
  return name === null ? nothing : html`<bdi class="key">${safeText(name)}</bdi>`;
}

/**
 * @param {object} value
 * @param {number} count
 */
function size(value, count) {
  return Array.isArray(value) ? `[${whole(count)}]` : `{${whole(count)}}`;
}

/** @param {unknown} value */
function leaf(value) {
  const type = value === null ? "null" : value instanceof ExactNumber ? "number" : typeof value;
  // Quotes only where the text would pass for something else.
  const quoted =
    typeof value === "string" &&
    (value === "" || value !== value.trim() || /^(?:-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false|null)$/i.test(value));
  const text = safeText(String(value));
  return html`<bdi class="value" data-type=${type}>${quoted ? ["\u201c", text, "\u201d"] : text}</bdi>`;
}

customElements.define("sx-metadata-tree", MetadataTree);
