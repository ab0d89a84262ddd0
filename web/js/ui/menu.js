/** <sx-menu>: a button and the menu it opens, in the top layer, so that no card or pane ever cuts it off. */

import { html, nothing, classMap } from "../../vendor/lit.js";
import { LightElement } from "./element.js";
import { ICONS } from "./icons.js";
import { placeBeside } from "./popover-position.js";

/**
 * @typedef {object} Item
 * @property {string} [caption] a heading instead of an item
 * @property {boolean} [rule] a line instead of an item
 * @property {unknown} [label]
 * @property {unknown} [icon]
 * @property {unknown} [aside] muted, at the end
 * @property {string} [href]
 * @property {boolean} [checked] makes it one of several to choose from
 * @property {boolean} [stays] the menu stays open, so that several can be chosen
 * @property {boolean} [disabled]
 * @property {boolean} [danger]
 * @property {() => void} [act]
 */

let made = 0;

/**
 * Properties: `label` (what a screen reader says), `face` (what the button shows), `kind` (its class), `items` (a
 * function that gives them, asked only while open), `side` ("start" | "end"). Fires `opening` before it shows, for
 * lists that want to be fresh.
 */
export class Menu extends LightElement {
  static properties = {
    label: {},
    face: { attribute: false },
    kind: {},
    items: { attribute: false },
    side: {},
    open: { state: true },
  };

  constructor() {
    super();
    this.label = "";
    /** @type {unknown} */
    this.face = ICONS.more;
    this.kind = "icon-btn";
    /** @type {() => Item[]} */
    this.items = () => [];
    /** @type {"start" | "end"} */
    this.side = "start";
    this.open = false;
    this.menuId = `menu-${(made += 1)}`;
    this.closeOnMove = () => {
      this.menu.hidePopover();
    };
  }

  /** @returns {HTMLElement} */
  get menu() {
    return /** @type {HTMLElement} */ (this.querySelector(".menu"));
  }

  /** @returns {HTMLButtonElement} */
  get button() {
    return /** @type {HTMLButtonElement} */ (this.querySelector("button"));
  }

  render() {
    return html`<button
        type="button"
        class=${this.kind}
        aria-haspopup="menu"
        aria-expanded=${this.open}
        aria-label=${this.label}
        title=${this.label}
        popovertarget=${this.menuId}
        @keydown=${this.onButtonKey}
      >
        ${this.face}
      </button>
      <div
        id=${this.menuId}
        class="menu"
        role="menu"
        popover
        aria-label=${this.label}
        @beforetoggle=${this.onBeforeToggle}
        @toggle=${this.onToggle}
        @keydown=${this.onMenuKey}
      >
        ${this.open ? this.items().map((item) => this.item(item)) : nothing}
      </div>`;
  }

  /** @param {Item} item */
  item(item) {
    if (item.rule) return html`<hr />`;
    if (item.caption) return html`<div class="caption" role="presentation">${item.caption}</div>`;
    const inside = html`${item.icon ?? nothing}<span class="grow">${item.label}</span>
      ${
        item.aside ? html`<span class="faint num">${item.aside}</span>` : nothing
      }${item.checked ? ICONS.check : nothing}`;
    if (item.href) {
      return html`<a
        role="menuitem"
        tabindex="-1"
        href=${item.href}
        aria-current=${item.checked ? "page" : "false"}
        @click=${this.close}
      >
        ${inside}
      </a>`;
    }
    const role = item.checked === undefined ? "menuitem" : item.stays ? "menuitemcheckbox" : "menuitemradio";
    return html`<button
      type="button"
      role=${role}
      aria-checked=${item.checked === undefined ? nothing : item.checked}
      aria-disabled=${item.disabled ? "true" : nothing}
      tabindex="-1"
      class=${classMap({ danger: item.danger ?? false })}
      @click=${() => this.choose(item)}
    >
      ${inside}
    </button>`;
  }

  /** @param {Item} item */
  choose(item) {
    if (item.disabled) return;
    if (!item.stays) this.close();
    item.act?.();
  }

  close() {
    this.menu.hidePopover();
  }

  /** @param {ToggleEvent} event */
  onBeforeToggle(event) {
    if (event.newState !== "open") return;
    this.dispatchEvent(new Event("opening"));
    this.open = true;
    this.performUpdate();
    requestAnimationFrame(() => this.place()); // before it is painted; `toggle` comes behind that
  }

  /** @param {ToggleEvent} event */
  onToggle(event) {
    const opened = event.newState === "open";
    this.open = opened;
    const listen = opened ? addEventListener : removeEventListener;
    listen("resize", this.closeOnMove);
    if (!opened) return;
    this.place();
    this.move(0);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("resize", this.closeOnMove);
  }

  place() {
    placeBeside(this.menu, this.button, this.side);
  }

  /** @returns {HTMLElement[]} */
  get choices() {
    return [...this.menu.querySelectorAll("[role^=menuitem]")].filter((item) => item instanceof HTMLElement);
  }

  /** @param {number} index wraps around */
  move(index) {
    const { choices } = this;
    choices.at(index % choices.length)?.focus();
  }

  /** @param {KeyboardEvent} event */
  onButtonKey(event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    this.menu.showPopover();
    if (event.key === "ArrowUp") this.move(-1);
  }

  /** @param {KeyboardEvent} event */
  onMenuKey(event) {
    const { choices } = this;
    const at = choices.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (event.key === "ArrowDown") this.move(at + 1);
    else if (event.key === "ArrowUp") this.move(at - 1);
    else if (event.key === "Home") this.move(0);
    else if (event.key === "End") this.move(-1);
    else if (event.key === "Tab") return this.close();
    else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey) {
      const after = [...choices.slice(at + 1), ...choices.slice(0, at + 1)];
      after.find((item) => item.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

customElements.define("sx-menu", Menu);
