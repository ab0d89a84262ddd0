/**
 * <sx-connect>: code to paste for each framework, address and key filled in; three tabs, and a menu of all the others.
 */

import { html, nothing } from "../../vendor/lit.js";
import { formerLine, NO_KEY, SNIPPETS, snippet } from "./snippets/snippets.js";
import "../ui/copy-button.js";
import { LightElement } from "../ui/element.js";
import { ICONS } from "../ui/icons.js";
import "../ui/menu.js";

/** @typedef {import("./snippets/snippets.js").Snippet} Snippet */
/** @typedef {import("./snippets/snippets.js").Block} Block */

let made = 0;

/** Properties: `streamKey` (none: words that stand in its place), `chosen` (a snippet's id). */
export class ConnectCode extends LightElement {
  static properties = { streamKey: { attribute: false }, chosen: { attribute: false } };

  constructor() {
    super();
    this.streamKey = NO_KEY;
    this.chosen = SNIPPETS[0].id;
    this.number = made += 1;
  }

  /** The three, and the chosen one where it is another. */
  get tabs() {
    return SNIPPETS.filter(({ id, first }) => first || id === this.chosen);
  }

  /** @returns {import("../ui/menu.js").Item[]} the others, under the name of their language */
  get others() {
    return /** @type {const} */ (["Node", "Python"]).flatMap((group) => [
      { caption: group },
      ...SNIPPETS.filter((each) => each.group === group && !each.first).map(({ id, label, also }) => ({
        label,
        aside: also,
        checked: id === this.chosen,
        act: () => this.choose(id),
      })),
    ]);
  }

  render() {
    const { id, label, blocks } = snippet(this.chosen);
    const target = { origin: location.origin, key: this.streamKey };
    const panel = `snippet-${this.number}`;
    return html`<div class="connect-choice">
        <div class="tabs" role="tablist" aria-label="Code to paste" @keydown=${this.onTabKey}>
          ${this.tabs.map((each) => this.tab(each, panel))}
        </div>
        <sx-menu
          label="More frameworks"
          kind="btn btn-quiet"
          .face=${html`More${ICONS.chevron}`}
          .items=${() => this.others}
        ></sx-menu>
      </div>
      <div id=${panel} class="snippet" role="tabpanel" aria-labelledby="${panel}-${id}">
        ${blocks(target).map((block) => this.block(block, label))} ${id === "express" ? this.former(target) : nothing}
      </div>`;
  }

  /** @param {Snippet} snippet @param {string} panel */
  tab({ id, label }, panel) {
    const chosen = id === this.chosen;
    return html`<button
      type="button"
      role="tab"
      id="${panel}-${id}"
      aria-controls=${panel}
      aria-selected=${chosen}
      tabindex=${chosen ? 0 : -1}
      @click=${() => this.choose(id)}
    >
      ${label}
    </button>`;
  }

  /** @param {Block} block @param {string} label */
  block({ title, note, code }, label) {
    return html`<div class="snippet-block">
      ${
        title
          ? html`<p class="snippet-title"><span class="mono">${title}</span>${
              note ? html`<span class="faint">${note}</span>` : nothing
            }</p>`
          : nothing
      }
      <div class="code" data-wrap=${!title}>
        <pre tabindex="0" aria-label=${title || label}>${code}</pre>
        <sx-copy .text=${code} label=${title || "the command"}></sx-copy>
      </div>
    </div>`;
  }

  /**
   * For those who have the middleware file that was there before ours.
   * @param {import("./snippets/snippets.js").Target} target
   */
  former(target) {
    const line = formerLine(target);
    return html`<p class="snippet-former faint">
      An app that has spectrix.middleware.ts can keep it and change one line: <code class="mono">${line}</code>
      <sx-copy .text=${line} label="the line"></sx-copy>
    </p>`;
  }

  /** @param {string} id */
  choose(id) {
    this.chosen = id;
  }

  /** @param {KeyboardEvent} event */
  onTabKey(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const { tabs } = this;
    const at = tabs.findIndex(({ id }) => id === this.chosen);
    this.choose((tabs.at((at + step) % tabs.length) ?? tabs[0]).id);
    void this.updateComplete.then(() =>
      /** @type {HTMLElement | null} */ (this.querySelector("[role=tab][aria-selected=true]"))?.focus(),
    );
  }
}

customElements.define("sx-connect", ConnectCode);
