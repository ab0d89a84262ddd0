/**
 * The ground of the shell's elements: Lit into light DOM, so that css/*.css styles them; and what each of them does at
 * its end.
 */

import { LitElement } from "../../vendor/lit.js";

/**
 * A Lit element without a shadow root, and with an end: what `atEnd` was given is called when it leaves the document.
 */
export class LightElement extends LitElement {
  constructor() {
    super();
    /** @type {(() => void)[]} */
    this.endings = [];
  }

  createRenderRoot() {
    return this;
  }

  /** Runs when the element leaves the page: an unsubscribe, a stop. @param {() => void} ending */
  atEnd(ending) {
    this.endings.push(ending);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    for (const ending of this.endings.splice(0)) ending();
  }
}
