/** The last notices of an alert: when, what, and whether they arrived. */

import { html } from "../../vendor/lit.js";
import { deliveryText, noticeText } from "./alert-form.js";
import { notices } from "../api/alerts.js";
import { dateTime } from "../lib/format.js";
import { preferences } from "../lib/store.js";
import { Modal } from "../ui/modal.js";

/** @typedef {import("../api/alerts.js").Notice} Notice */

/** @extends {Modal<void>} */
class NoticesDialog extends Modal {
  static properties = { notices: { state: true } };

  /** @param {import("../api/client.js").Api} api @param {import("../api/alerts.js").Alert} alert */
  constructor(api, alert) {
    super();
    this.api = api;
    this.alert = alert;
    this.size = /** @type {const} */ ("lg");
    this.heading = `Notices of “${alert.name}”`;
    /** @type {Notice[] | null} */
    this.notices = null;
  }

  firstUpdated() {
    super.firstUpdated();
    void this.attempt(async () => {
      this.notices = await notices(this.api, this.alert.id);
    });
  }

  body() {
    if (this.problem) return html`<div class="dialog-body"><p class="problem" role="alert">${this.problem}</p></div>`;
    if (!this.notices?.length)
      return html`<div class="dialog-body">
        <p class="muted">${this.notices ? "It has told nothing yet." : "…"}</p>
      </div>`;
    const zone = preferences.get("zone");
    return html`<div class="dialog-body">
      <table class="table">
        <thead>
          <tr><th scope="col">At</th><th scope="col">What</th><th scope="col">Delivered</th></tr>
        </thead>
        <tbody>
          ${this.notices.map(
            (notice) => html`<tr>
              <td><time datetime=${notice.at}>${dateTime(Date.parse(notice.at), zone)}</time></td>
              <td><a href=${hashOf(notice.link)} @click=${() => this.leave()}>${noticeText(notice)}</a></td>
              <td class="notice-deliveries">
                <div>${
                  notice.deliveries.length > 0
                    ? notice.deliveries.map((each) => html`<div>${deliveryText(each, this.alert)}</div>`)
                    : "nobody was told"
                }</div>
              </td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }
}

/** Within this page, by whatever address it was opened. @param {string} link */
function hashOf(link) {
  return link.slice(link.indexOf("#"));
}

customElements.define("sx-notices-dialog", NoticesDialog);

/** @param {import("../api/client.js").Api} api @param {import("../api/alerts.js").Alert} alert */
export function openNoticesDialog(api, alert) {
  return new NoticesDialog(api, alert).show();
}
