/** The ground of every dialog: one native <dialog>, opened on arrival, gone from the page when closed. */

import { html } from "../../vendor/lit.js";
import { ApiError } from "../api/client.js";
import { LightElement } from "./element.js";
import { ICONS } from "./icons.js";

/**
 * Subclasses render `body()` and, where they have one, `foot()`. `ended` resolves with the result given to `finish`,
 * or with undefined where the dialog was left.
 * @template T
 */
export class Modal extends LightElement {
  /** @type {import("../../vendor/lit.js").PropertyDeclarations} */
  static properties = {
    heading: {},
    size: {},
    busy: { state: true },
    problem: { state: true },
  };

  constructor() {
    super();
    this.heading = "";
    /** @type {"md" | "lg" | "xl"} */
    this.size = "md";
    this.busy = false;
    /** What went wrong, for people. @type {string | null} */
    this.problem = null;
    /** @type {(result: T | undefined) => void} */
    this.resolve = () => {};
    /** @type {Promise<T | undefined>} */
    this.ended = new Promise((resolve) => {
      this.resolve = resolve;
    });
    /** @type {T | undefined} */
    this.result = undefined;
  }

  /** Puts it on the page and returns what it ends with. */
  show() {
    document.body.append(this);
    return this.ended;
  }

  /** @returns {HTMLDialogElement} */
  get dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  firstUpdated() {
    this.dialog.showModal();
  }

  /** @returns {unknown} */
  body() {
    return null;
  }

  /** @returns {unknown} */
  foot() {
    return null;
  }

  render() {
    return html`<dialog
      class="dialog"
      data-size=${this.size}
      aria-labelledby="dialog-heading"
      @cancel=${this.onCancel}
      @close=${this.onClose}
      @pointerdown=${this.onPointerDown}
    >
      <header class="dialog-head">
        <h2 id="dialog-heading">${this.heading}</h2>
        <button type="button" class="icon-btn" aria-label="Close" @click=${() => this.leave()}>${ICONS.close}</button>
      </header>
      ${this.body()}${this.foot()}
    </dialog>`;
  }

  /** Whether it may close now; a subclass can say no, and why. */
  mayLeave() {
    return !this.busy;
  }

  leave() {
    if (this.mayLeave()) this.dialog.close();
  }

  /** @param {T} result */
  finish(result) {
    this.result = result;
    this.dialog.close();
  }

  /**
   * Runs what a button started: one at a time, and says what went wrong. A button that can't be pressed meanwhile has
   * the focus again then: else whoever has no mouse would begin at the top.
   * @param {() => Promise<void>} work
   */
  async attempt(work) {
    if (this.busy) return;
    const { activeElement } = document;
    this.busy = true;
    this.problem = null;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.problem = error.detail;
    } finally {
      this.busy = false;
      await this.updateComplete;
      const isLost = [document.body, this.dialog, activeElement].includes(document.activeElement);
      if (isLost && activeElement instanceof HTMLElement && this.contains(activeElement)) activeElement.focus();
    }
  }

  /** @param {Event} event */
  onCancel(event) {
    if (!this.mayLeave()) event.preventDefault();
  }

  onClose() {
    this.remove();
    this.resolve(this.result);
  }

  /** A press on the backdrop leaves. @param {PointerEvent} event */
  onPointerDown(event) {
    if (event.target !== this.dialog) return;
    const box = this.dialog.getBoundingClientRect();
    const inside =
      event.clientX >= box.left &&
      event.clientX <= box.right &&
      event.clientY >= box.top &&
      event.clientY <= box.bottom;
    if (!inside) this.leave();
  }
}
