/** <sx-palette>: every command there is, by a few letters of it. */

import { html, nothing } from "../../vendor/lit.js";
import { commands } from "../lib/command-registry.js";
import { count } from "../lib/format.js";
import { ranked } from "../lib/fuzzy-match.js";
import { preferences } from "../lib/store.js";
import { LightElement } from "../ui/element.js";
import { ICONS } from "../ui/icons.js";
import { keyName } from "../lib/key-names.js";

/** @typedef {import("../lib/command-registry.js").Command} Command */

const REMEMBERED = 20;
const MOST = 60; // shown at once

class Palette extends LightElement {
  static properties = { query: { state: true }, chosen: { state: true } };

  constructor() {
    super();
    this.query = "";
    /** Index among those found. */
    this.chosen = 0;
  }

  get dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  get found() {
    return ranked(commands(), this.query, recent()).slice(0, MOST);
  }

  firstUpdated() {
    this.dialog.showModal();
  }

  updated() {
    this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  render() {
    const { found, chosen } = this;
    return html`<dialog
      class="dialog palette"
      aria-label="Command palette"
      @close=${() => this.remove()}
      @click=${this.onClick}
    >
      <label class="palette-query">
        ${ICONS.search}
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-autocomplete="list"
          aria-activedescendant=${found[chosen] ? `palette-${chosen}` : nothing}
          aria-label="Command"
          placeholder="What do you want to do?"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          autofocus
          .value=${this.query}
          @input=${this.onInput}
          @keydown=${this.onKey}
        />
        <kbd class="kbd">Esc</kbd>
      </label>
      <ul id="palette-list" class="palette-list" role="listbox" aria-label="Commands">
        ${found.map((each, index) => this.option(each, index))}
      </ul>
      ${found.length === 0 ? html`<p class="palette-none muted">Nothing is called that.</p>` : nothing}
      <p class="sr-only" role="status">${count(found.length, "command")}</p>
    </dialog>`;
  }

  /** @param {{item: Command, at: readonly number[]}} found @param {number} index */
  option({ item, at }, index) {
    return html`<li
      id=${`palette-${index}`}
      role="option"
      aria-selected=${index === this.chosen}
      @click=${() => this.run(item)}
      @pointermove=${() => (this.chosen = index)}
    >
      <span class="palette-group faint">${item.group}</span>
      <span class="grow clip">${marked(item.title, at)}</span>
      ${item.aside ? html`<span class="faint">${item.aside}</span>` : nothing}${
        item.key ? html`<kbd class="kbd">${keyName(item.key)}</kbd>` : nothing
      }
    </li>`;
  }

  /** @param {InputEvent} event */
  onInput({ target }) {
    this.query = /** @type {HTMLInputElement} */ (target).value;
    this.chosen = 0;
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const { found, chosen } = this;
    const last = found.length - 1;
    const to = {
      ArrowDown: chosen === last ? 0 : chosen + 1,
      ArrowUp: chosen === 0 ? last : chosen - 1,
      PageDown: Math.min(last, chosen + 8),
      PageUp: Math.max(0, chosen - 8),
    }[event.key];
    if (event.key === "Enter" && !event.isComposing) {
      const item = found[chosen]?.item;
      if (item) this.run(item);
    } else if (to !== undefined && last >= 0) this.chosen = to;
    else return;
    event.preventDefault();
  }

  /** A press beside it leaves. @param {MouseEvent} event */
  onClick(event) {
    if (event.target === this.dialog) this.dialog.close();
  }

  /** @param {Command} command */
  run(command) {
    preferences.set("recentCommands", [command.id, ...recent().filter((id) => id !== command.id)].slice(0, REMEMBERED));
    this.dialog.close(); // first, so that the command finds the focus where it was
    command.run();
  }
}

/** @returns {string[]} */
function recent() {
  const kept = preferences.get("recentCommands");
  return Array.isArray(kept) ? kept.filter((id) => typeof id === "string") : [];
}

/** @param {string} title @param {readonly number[]} at */
function marked(title, at) {
  const there = new Set(at);
  return [...title].map((letter, index) => (there.has(index) ? html`<b>${letter}</b>` : letter));
}

customElements.define("sx-palette", Palette);

/**
 * Opens it, unless it or another dialog is open.
 * @param {Promise<unknown>} fresh settles when there may be more to offer than at once
 */
export async function openPalette(fresh) {
  if (document.querySelector("dialog[open]:not(.detail-page)")) return;
  const palette = new Palette();
  document.body.append(palette);
  await fresh;
  palette.requestUpdate();
}
