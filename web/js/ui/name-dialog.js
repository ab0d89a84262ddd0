/** Asks for a name: of a new service, of one to be renamed, of a stream key. */

import { html, nothing } from "../../vendor/lit.js";
import { Modal } from "./modal.js";

/**
 * @typedef {object} NameQuestion
 * @property {string} heading
 * @property {string} label
 * @property {string} [value]
 * @property {string} [hint]
 * @property {string} action what the button says
 * @property {import("../../vendor/lit.js").TemplateResult} [option] what may be ticked besides
 * @property {(name: string, ticked: boolean) => Promise<unknown>} save rejects with an ApiError, which is shown
 */

/** @extends {Modal<string>} */
class NameDialog extends Modal {
  constructor() {
    super();
    /** @type {NameQuestion} */
    this.question = { heading: "", label: "", action: "", save: async () => {} };
  }

  firstUpdated() {
    super.firstUpdated();
    this.input.select();
  }

  /** @returns {HTMLInputElement} */
  get input() {
    return /** @type {HTMLInputElement} */ (this.querySelector("#name-input"));
  }

  body() {
    const { label, value = "", hint, option } = this.question;
    return html`<form id="name-form" class="dialog-body" novalidate @submit=${this.save}>
      <div class="field">
        <label for="name-input">${label}</label>
        <input
          id="name-input"
          class="input"
          name="name"
          .value=${value}
          maxlength="100"
          required
          autofocus
          autocomplete="off"
          spellcheck="false"
          aria-invalid=${this.problem !== null}
          aria-describedby="name-about"
        />
        <p
          id="name-about"
          class=${this.problem ? "problem" : "hint"}
          role="status"
        >${this.problem ?? hint ?? nothing}</p>
      </div>
      ${
        option
          ? html`<label class="tick"><input type="checkbox" name="option" /><span>${option}</span></label>`
          : nothing
      }
    </form>`;
  }

  foot() {
    return html`<footer class="dialog-foot">
      <button type="button" class="btn" @click=${() => this.leave()}>Cancel</button>
      <button
        type="submit"
        form="name-form"
        class="btn btn-primary"
        ?disabled=${this.busy}
      >${this.question.action}</button>
    </footer>`;
  }

  /** @param {SubmitEvent} event */
  save(event) {
    event.preventDefault();
    const name = this.input.value.trim();
    if (name === "") {
      this.problem = "A name has at least one character.";
      return;
    }
    void this.attempt(async () => {
      await this.question.save(name, this.querySelector("input[name=option]:checked") !== null);
      this.finish(name);
    });
  }
}

customElements.define("sx-name-dialog", NameDialog);

/**
 * Asks for a name and saves it.
 * @param {NameQuestion} question
 * @returns {Promise<string | undefined>} the name that was saved; undefined where the dialog was left
 */
export function askName(question) {
  const dialog = new NameDialog();
  dialog.question = question;
  dialog.heading = question.heading;
  return dialog.show();
}
