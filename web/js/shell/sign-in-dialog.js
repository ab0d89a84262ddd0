/** <sx-sign-in-dialog>: signs in again over a page that is kept as it is. Fires `signed-in`. */

import { html } from "../../vendor/lit.js";
import { Modal } from "../ui/modal.js";
import "./sign-in-page.js";

/** The dialog; whoever opened it ends it once the sign-in is there, by whatever way it came. @extends {Modal<void>} */
export class SignInDialog extends Modal {
  /** @param {import("../api/client.js").Api} api @param {import("../api/client.js").Me} me */
  constructor(api, me) {
    super();
    this.heading = "Sign in";
    this.api = api;
    this.me = me;
  }

  body() {
    return html`<div class="dialog-body">
      <sx-sign-in
        .api=${this.api}
        .me=${this.me}
        .embedded=${true}
        @signed-in=${() => this.dispatchEvent(new Event("signed-in"))}
      ></sx-sign-in>
    </div>`;
  }
}

customElements.define("sx-sign-in-dialog", SignInDialog);
