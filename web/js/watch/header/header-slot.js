/** Where a page's head stands: in the shell's bar while there is room for it, else in the page itself. */

import { nothing, render } from "../../../vendor/lit.js";

export class HeaderSlot {
  #wide = matchMedia("(min-width: 1100px)");
  #changed;
  /** @type {HTMLElement | null} the place in the bar; null: in the page */
  #bar = null;

  /** @param {() => void} changed called when the head stands elsewhere */
  constructor(changed) {
    this.#changed = changed;
    this.#wide.addEventListener("change", this.#find);
    this.#find();
  }

  get inPage() {
    return this.#bar === null;
  }

  /** @param {unknown} head a template, written where it stands if that is the bar */
  show(head) {
    if (this.#bar) render(head, this.#bar);
  }

  /** Leaves the bar empty. */
  release() {
    this.#wide.removeEventListener("change", this.#find);
    this.show(nothing);
  }

  #find = () => {
    this.show(nothing);
    this.#bar = this.#wide.matches ? document.getElementById("topbar-page") : null;
    this.#changed();
  };
}
