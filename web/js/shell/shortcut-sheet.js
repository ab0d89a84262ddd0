/** All shortcuts, made from the actions; single characters can be switched off there. */

import { html } from "../../vendor/lit.js";
import { preferences } from "../lib/store.js";
import { keyName } from "../lib/key-names.js";
import { Modal } from "../ui/modal.js";
import { GLOBAL_KEYS } from "./global-shortcuts.js";
import { ACTIONS } from "../watch/commands/actions.js";

/** @typedef {{title: string, key: string, letter: boolean}} Line */

/** @extends {Modal<void>} */
class KeySheet extends Modal {
  constructor() {
    super();
    this.heading = "Shortcuts";
    this.size = /** @type {const} */ ("lg");
  }

  connectedCallback() {
    super.connectedCallback();
    this.atEnd(preferences.subscribe(() => this.requestUpdate()));
  }

  body() {
    const letters = preferences.get("letterKeys");
    return html`<div class="dialog-body key-sheet" tabindex="0" role="group" aria-label="Shortcuts">
      <div class="key-groups">
        ${[...groups()].map(
          ([group, lines]) =>
            html`<section>
              <h3>${group}</h3>
              <dl>
                ${lines.map(
                  ({ title, key, letter }) =>
                    html`<dt data-off=${letter && !letters}>${title}</dt>
                  <dd><kbd class="kbd">${keyName(key)}</kbd></dd>`,
                )}
              </dl>
            </section>`,
        )}
      </div>
      <label class="key-letters">
        <input
          type="checkbox"
          .checked=${letters}
          @change=${(/** @type {Event} */ event) =>
            preferences.set("letterKeys", /** @type {HTMLInputElement} */ (event.target).checked)}
        />
        <span>Keys of a single character <span class="muted">Switch them off if you speak to your computer, or type by
          accident.</span></span>
      </label>
    </div>`;
  }
}

/** @returns {Map<string, Line[]>} */
function groups() {
  const found = new Map([["Everywhere", GLOBAL_KEYS.map(({ title, key, letter }) => ({ title, key, letter }))]]);
  for (const { group, title, key, letter = false } of ACTIONS) {
    if (!key) continue;
    const lines = found.get(group) ?? [];
    found.set(group, [...lines, { title, key, letter }]);
  }
  return found;
}

customElements.define("sx-key-sheet", KeySheet);

export function openShortcutSheet() {
  if (!document.querySelector("dialog[open]:not(.detail-page)")) void new KeySheet().show();
}
