/** <sx-alerts>: the alerts that concern a service, how each stands, and what can be done with it. */

import { html, nothing, repeat } from "../../vendor/lit.js";
import { openAlertDialog } from "./alert-dialog.js";
import { concerning, destinationText, noticeText, standing, troubleText, whenText } from "./alert-form.js";
import { openNoticesDialog } from "./notices-dialog.js";
import { changeAlert, deleteAlert, testAlert } from "../api/alerts.js";
import { ago, exactTime } from "../lib/format.js";
import { preferences } from "../lib/store.js";
import { announce } from "../ui/announce.js";
import { confirmByName } from "../ui/confirm-dialog.js";
import { LightElement } from "../ui/element.js";
import { ICONS } from "../ui/icons.js";
import "../ui/menu.js";
import { problemNotice, problemText } from "../ui/problem.js";

/** @typedef {import("../api/alerts.js").Alert} Alert */

const HOUR_MS = 3_600_000;

/** Properties: `api`, `service`, `alerts`. Fires `changed`. */
export class AlertList extends LightElement {
  static properties = {
    api: { attribute: false },
    service: { attribute: false },
    alerts: { attribute: false },
    said: { state: true },
    problem: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../api/client.js").Api | null} */
    this.api = null;
    /** @type {import("../api/client.js").Service | null} */
    this.service = null;
    /** @type {Alert[]} */
    this.alerts = [];
    this.said = "";
    /** @type {string | null} */
    this.problem = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.atEnd(preferences.subscribe(() => this.requestUpdate()));
  }

  render() {
    const shown = concerning(this.alerts, this.service?.id ?? "");
    return html`<div class="section-row">
        <h2 id="alerts-heading" class="section-head">Alerts</h2>
        <button type="button" class="btn btn-quiet" @click=${() => this.edit(null)}>${ICONS.plus}Create alert</button>
      </div>
      ${problemNotice(this.problem)}
      ${this.said ? html`<p class="muted section-note" role="status">${this.said}</p>` : nothing}
      ${
        shown.length === 0
          ? html`<p class="muted section-note">Nobody is told of anything. An alert watches a query, and tells Slack,
              Discord, ntfy, Telegram or a webhook.</p>`
          : html`<table class="table alerts">
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">When</th>
                  <th scope="col">Tells</th>
                  <th scope="col">Last told</th>
                  <th scope="col">State</th>
                  <th scope="col"><span class="sr-only">Actions</span></th>
                </tr>
              </thead>
              <tbody>
                ${repeat(
                  shown,
                  ({ id }) => id,
                  (alert) => this.row(alert),
                )}
              </tbody>
            </table>`
      }`;
  }

  /** @param {Alert} alert */
  row(alert) {
    const zone = preferences.get("zone");
    const [tone, state] = standing(alert, Date.now());
    const told = alert.lastNotice && Date.parse(alert.lastNotice.at);
    const trouble = troubleText(alert);
    return html`<tr>
      <th scope="row" title=${alert.query || "every entry"}>${alert.name}</th>
      <td data-label="When">${whenText(alert.when)}${alert.service === null ? ", in any service" : nothing}</td>
      <td data-label="Tells">${
        alert.destinations.map(destinationText).join("; ") || html`<span class="faint">nobody</span>`
      }</td>
      <td data-label="Last told" class="num">${
        told && alert.lastNotice
          ? html`<span
              ><time datetime=${alert.lastNotice.at} title=${exactTime(told, zone)}>${ago(told, Date.now())}</time>:
              ${noticeText(alert.lastNotice)}</span
            >`
          : html`<span class="faint">never</span>`
      }</td>
      <td data-label="State">
        <span class="badge" data-tone=${tone} title=${trouble || nothing}>${state}</span>
        <span class="faint">${alert.failures ? `${alert.failures} failed` : nothing}</span>
      </td>
      <td class="row-actions">
        <div>
          <sx-menu label="More for ${alert.name}" side="end" .items=${() => this.menu(alert, state === "silenced")}>
          </sx-menu>
        </div>
      </td>
    </tr>`;
  }

  /** @param {Alert} alert @param {boolean} silenced */
  menu(alert, silenced) {
    return [
      { label: "Change", act: () => this.edit(alert) },
      { label: "Send a test", act: () => this.test(alert) },
      {
        label: silenced ? "Tell again" : "Silence for an hour",
        act: () =>
          this.attempt((api) =>
            changeAlert(api, alert.id, {
              silencedUntil: silenced ? null : new Date(Date.now() + HOUR_MS).toISOString(),
            }),
          ),
      },
      { label: "Notices", act: () => this.api && openNoticesDialog(this.api, alert) },
      { label: "Delete", danger: true, act: () => this.discard(alert) },
    ];
  }

  /** @param {Alert | null} alert */
  async edit(alert) {
    const { api, service } = this;
    if (api && service && (await openAlertDialog(api, service, alert))) this.dispatchEvent(new Event("changed"));
  }

  /** @param {Alert} alert */
  test(alert) {
    return this.attempt(async (api) => {
      this.said = "Sending …";
      const failed = (await testAlert(api, alert.id)).filter(({ delivered }) => !delivered);
      this.said = failed.length
        ? `The test of “${alert.name}” did not arrive: ${failed.map(({ said }) => said).join("; ")}.`
        : `The test of “${alert.name}” has arrived.`;
      announce(this.said);
    });
  }

  /** @param {Alert} alert */
  async discard(alert) {
    const { api } = this;
    if (!api) return;
    const done = await confirmByName({
      heading: "Delete alert",
      consequence: "It tells nobody any more, and its notices are forgotten.",
      name: alert.name,
      action: "Delete alert",
      act: () => deleteAlert(api, alert.id),
    });
    if (done) this.dispatchEvent(new Event("changed"));
  }

  /** @param {(api: import("../api/client.js").Api) => Promise<unknown>} act */
  async attempt(act) {
    const { api } = this;
    if (!api) return;
    this.problem = null;
    try {
      await act(api);
      this.dispatchEvent(new Event("changed"));
    } catch (error) {
      this.said = "";
      this.problem = problemText(error);
    }
  }
}

customElements.define("sx-alerts", AlertList);
