/** Confirms what cannot be undone: names its object, says what goes with it, and waits for the name to be typed. */

import { html, nothing } from "../../vendor/lit.js";
import { Modal } from "./modal.js";

/**
 * @typedef {object} Question
 * @property {string} heading
 * @property {unknown} consequence what happens, in a sentence or two
 * @property {string} name what has to be typed
 * @property {string} action what the button says
 * @property {() => Promise<unknown>} act rejects with an ApiError, which is shown
 */

/** @extends {Modal<true>} */
class ConfirmDialog extends Modal {
  static properties = { typed: { state: true } };

  constructor() {
    super();
    this.typed = "";
    /** @type {Question} */
    this.question = { heading: "", consequence: "", name: "", action: "", act: async () => {} };
  }

  get isNamed() {
    return this.typed.trim() === this.question.name.trim();
  }

  body() {
    return html`<form id="confirm-form" class="dialog-body" @submit=${this.confirm}>
      <p>${this.question.consequence}</p>
      <div class="field">
        <label for="confirm-input">Type <strong class="typed-name">${this.question.name}</strong> to confirm</label>
        <input
          id="confirm-input"
          class="input"
          autofocus
          autocomplete="off"
          spellcheck="false"
          @input=${this.onInput}
        />
        ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      </div>
    </form>`;
  }

  foot() {
    return html`<footer class="dialog-foot">
      <button type="button" class="btn" @click=${() => this.leave()}>Cancel</button>
      <button
        type="submit"
        form="confirm-form"
        class="btn btn-danger btn-primary"
        ?disabled=${this.busy || !this.isNamed}
      >
        ${this.question.action}
      </button>
    </footer>`;
  }

  /** @param {InputEvent & { target: HTMLInputElement }} event */
  onInput(event) {
    this.typed = event.target.value;
  }

  /** @param {SubmitEvent} event */
  confirm(event) {
    event.preventDefault();
    if (!this.isNamed) return;
    void this.attempt(async () => {
      await this.question.act();
      this.finish(true);
    });
  }
}

customElements.define("sx-confirm-dialog", ConfirmDialog);

/**
 * Asks for a name to be typed before something that can't be undone.
 * @param {Question} question
 * @returns {Promise<boolean>} whether it was done
 */
export async function confirmByName(question) {
  const dialog = new ConfirmDialog();
  dialog.question = question;
  dialog.heading = question.heading;
  return (await dialog.show()) ?? false;
}
