/** Sets or changes the password. Every other sign-in ends with it. */

import { html, nothing } from "../../vendor/lit.js";
import { Modal } from "../ui/modal.js";

const SHORTEST = 8;

/** @extends {Modal<true>} */
class PasswordDialog extends Modal {
  constructor() {
    super();
    /** @type {import("../api/client.js").Api | null} */
    this.api = null;
    this.passwordSet = false;
  }

  body() {
    return html`<form id="password-form" class="dialog-body" @submit=${this.save}>
      <p class="muted">
        ${
          this.passwordSet
            ? "All other sign-ins and their live sessions end. Shared sessions live on to their own end."
            : "With a password you can sign in from another browser. One-time links go on working."
        }
      </p>
      <input type="text" name="username" autocomplete="username" value="operator" hidden />
      ${this.passwordSet ? this.field("current", "Current password", "current-password") : nothing}
      ${this.field(
        "next",
        "New password",
        "new-password",
        `At least ${SHORTEST} characters. A few unrelated words are good.`,
      )}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
    </form>`;
  }

  foot() {
    return html`<footer class="dialog-foot">
      <button type="button" class="btn" @click=${() => this.leave()}>Cancel</button>
      <button type="submit" form="password-form" class="btn btn-primary" ?disabled=${this.busy}>
        ${this.passwordSet ? "Change password" : "Set password"}
      </button>
    </footer>`;
  }

  /**
   * @param {string} name
   * @param {string} label
   * @param {"current-password" | "new-password"} kind
   * @param {string} [hint]
   */
  field(name, label, kind, hint) {
    return html`<div class="field">
      <label for="password-${name}">${label}</label>
      <input
        id="password-${name}"
        class="input"
        type="password"
        name=${name}
        autocomplete=${kind}
        required
        minlength=${kind === "new-password" ? SHORTEST : 1}
        ?autofocus=${name === (this.passwordSet ? "current" : "next")}
      />
      ${hint ? html`<p class="hint">${hint}</p>` : nothing}
    </div>`;
  }

  /** @param {SubmitEvent & { target: HTMLFormElement }} event */
  save(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    const current = this.passwordSet ? String(form.get("current")) : null;
    void this.attempt(async () => {
      await this.api?.setPassword(current, String(form.get("next")));
      this.finish(true);
    });
  }
}

customElements.define("sx-password-dialog", PasswordDialog);

/**
 * @param {{ api: import("../api/client.js").Api, passwordSet: boolean }} options
 * @returns {Promise<boolean>} whether a password was set
 */
export async function openPasswordDialog({ api, passwordSet }) {
  const dialog = new PasswordDialog();
  dialog.api = api;
  dialog.passwordSet = passwordSet;
  dialog.heading = passwordSet ? "Change password" : "Set a password";
  return (await dialog.show()) ?? false;
}
