/**
 * <sx-popover>: a button and what it says when pressed, in the top layer: for what is too much for the line it stands
 * on.
 */

import { html, nothing } from "../../vendor/lit.js";
import { LightElement } from "./element.js";
import { placeBeside } from "./popover-position.js";

let made = 0;

/**
 * Properties: `face` (what the button shows), `kind` (its class), `hint` (its title), `label` (of what it opens),
 * `content` (a function that gives the template, asked only while open), `side` ("start" | "end").
 */
export class Popover extends LightElement {
  static properties = {
    face: { attribute: false },
    kind: {},
    hint: {},
    label: {},
    content: { attribute: false },
    side: {},
    open: { state: true },
  };

  constructor() {
    super();
    /** @type {unknown} */
    this.face = null;
    this.kind = "btn btn-quiet";
    this.hint = "";
    this.label = "";
    /** @type {() => unknown} */
    this.content = () => nothing;
    /** @type {"start" | "end"} */
    this.side = "start";
    this.open = false;
    this.panelId = `popover-${(made += 1)}`;
    this.closeOnMove = () => this.close();
  }

  /** @returns {HTMLElement} */
  get panel() {
    return /** @type {HTMLElement} */ (this.querySelector("[popover]"));
  }

  render() {
    return html`<button
      type="button"
      class=${this.kind}
      title=${this.hint}
      aria-expanded=${this.open}
      popovertarget=${this.panelId}
    >${this.face}</button>
      <div
        id=${this.panelId}
        class="popover"
        role="group"
        aria-label=${this.label}
        popover
        @beforetoggle=${this.onBeforeToggle}
        @toggle=${this.onToggle}
      >
        ${this.open ? this.content() : nothing}
      </div>`;
  }

  close() {
    this.panel.hidePopover();
  }

  /** @param {ToggleEvent} event */
  onBeforeToggle(event) {
    if (event.newState !== "open") return;
    this.open = true;
    this.performUpdate();
    requestAnimationFrame(() => this.place()); // before it is painted; `toggle` comes behind that
  }

  /** @param {ToggleEvent} event */
  onToggle(event) {
    this.open = event.newState === "open";
    if (this.open) addEventListener("resize", this.closeOnMove);
    else removeEventListener("resize", this.closeOnMove);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("resize", this.closeOnMove);
  }

  place() {
    const button = this.querySelector("button");
    if (button) placeBeside(this.panel, button, this.side);
  }
}

customElements.define("sx-popover", Popover);
