/** <sx-copy>: copies its text and says so for a moment. Fires `copied`. */

import { html, nothing } from "../../vendor/lit.js";
import { copyText } from "./clipboard.js";
import { LightElement } from "./element.js";
import { ICONS } from "./icons.js";

const SAYS_SO_MS = 1600;

/**
 * Properties: `text`, `label` (what is copied, such as "stream key"), `face` (a word on the button; none: icon only).
 */
export class CopyButton extends LightElement {
  static properties = {
    text: { attribute: false },
    label: {},
    face: {},
    primary: { type: Boolean },
    state: { state: true },
  };

  constructor() {
    super();
    this.text = "";
    this.label = "";
    this.face = "";
    this.primary = false;
    /** @type {"idle" | "copied" | "refused"} */
    this.state = "idle";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  render() {
    const said = { idle: "", copied: "Copied", refused: "Select the text and press Ctrl+C" }[this.state];
    const kind = this.face ? `btn ${this.primary ? "btn-primary" : ""}` : "icon-btn";
    return html`<button
        type="button"
        class=${kind}
        aria-label=${this.face ? nothing : `Copy ${this.label}`}
        title=${this.state === "refused" ? said : `Copy ${this.label}`}
        data-state=${this.state}
        @click=${this.copy}
      >
        ${this.state === "copied" ? ICONS.check : ICONS.copy}${
          this.face ? html`<span>${said || this.face}</span>` : nothing
        }
      </button>
      <span class="sr-only" role="status">${said}</span>`;
  }

  async copy() {
    const copied = await copyText(this.text, this.closest("dialog") ?? undefined);
    this.state = copied ? "copied" : "refused";
    if (copied) this.dispatchEvent(new Event("copied", { bubbles: true }));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.state = "idle";
    }, SAYS_SO_MS);
  }
}

customElements.define("sx-copy", CopyButton);
