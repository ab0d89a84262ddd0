/**
 * Creates a read token for one service or for all, and shows it this one time. The token is held by this element alone
 * and goes with it.
 */

import { html, nothing } from "../../vendor/lit.js";
import { createReadToken } from "../api/read-tokens.js";
import "../ui/copy-button.js";
import { ICONS } from "../ui/icons.js";
import { Modal } from "../ui/modal.js";

/** @typedef {import("../api/client.js").Api} Api */
/** @typedef {import("../api/read-tokens.js").NewReadToken} NewReadToken */

const DAYS = [7, 30, 90, 365];

/** @extends {Modal<boolean>} */
class ReadTokenDialog extends Modal {
  static properties = { made: { state: true } };

  /** @param {Api} api @param {{ id: string, name: string }} service */
  constructor(api, service) {
    super();
    this.api = api;
    this.service = service;
    this.heading = "Create read token";
    /** @type {NewReadToken | null} */
    this.made = null;
  }

  body() {
    return this.made ? this.shown(this.made) : this.form();
  }

  form() {
    return html`<form id="token-form" class="dialog-body" @submit=${this.make}>
      <p class="muted">For scripts, agents and other machines: it reads entries, and neither sends nor manages.</p>
      <div class="field">
        <label for="token-name">Name</label>
        <input
          id="token-name"
          name="name"
          class="input"
          required
          maxlength="100"
          autofocus
          autocomplete="off"
          spellcheck="false"
        />
      </div>
      <div class="field">
        <label for="token-days">Ends after</label>
        <select id="token-days" name="days" class="input">
          ${DAYS.map((days) => html`<option value=${days} ?selected=${days === 30}>${days} days</option>`)}
        </select>
      </div>
      <label class="share-filter">
        <input type="checkbox" name="every" />
        <span>All services, not ${this.service.name} alone, also those to come</span>
      </label>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
    </form>`;
  }

  /** @param {NewReadToken} made */
  shown(made) {
    return html`<div class="dialog-body">
      <div class="secret">
        <code class="mono" tabindex="0" aria-label="Read token">${made.token}</code>
        <sx-copy .text=${made.token} label="read token" face="Copy token" .primary=${true}></sx-copy>
      </div>
      <p class="secret-note muted">${ICONS.lock} Shown this one time: only a hash of it is kept. The commands that read
        take it from <span class="mono">SPECTRIX_TOKEN</span>, curl as
        <span class="mono">Authorization: Bearer</span>.</p>
    </div>`;
  }

  foot() {
    return html`<footer class="dialog-foot">
      ${
        this.made
          ? html`<button type="button" class="btn" @click=${() => this.finish(true)}>Done</button>`
          : html`<button type="button" class="btn" @click=${() => this.leave()}>Cancel</button>
            <button type="submit" form="token-form" class="btn btn-primary" ?disabled=${this.busy}>
              Create read token
            </button>`
      }
    </footer>`;
  }

  /** @param {SubmitEvent} event */
  make(event) {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    void this.attempt(async () => {
      this.made = await createReadToken(this.api, {
        name: String(form.get("name")),
        days: Number(form.get("days")),
        ...(form.has("every") ? {} : { services: [this.service.id] }),
      });
      this.heading = `Read token “${this.made.name}”`;
      await this.updateComplete;
      /** @type {HTMLElement | null} */ (this.querySelector("sx-copy button"))?.focus();
    });
  }
}

customElements.define("sx-read-token-dialog", ReadTokenDialog);

/**
 * Lets the operator create a read token; resolves when the dialog is closed.
 * @param {Api} api
 * @param {{ id: string, name: string }} service
 */
export function openReadTokenDialog(api, service) {
  return new ReadTokenDialog(api, service).show();
}
