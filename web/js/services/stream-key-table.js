/** <sx-stream-keys>: a service's stream keys as a table; the revoked ones last. */

import { html, nothing, repeat } from "../../vendor/lit.js";
import { ago, dateTime, exactTime } from "../lib/format.js";
import { preferences } from "../lib/store.js";
import { LightElement } from "../ui/element.js";
import { ICONS } from "../ui/icons.js";
import { confirmByName } from "../ui/confirm-dialog.js";
import { askName } from "../ui/name-dialog.js";
import { problemNotice, problemText } from "../ui/problem.js";
import { safeText } from "../ui/safe-text.js";
import { droppedText, refusedText } from "./refused-text.js";

/** @typedef {import("../api/client.js").StreamKey} StreamKey */

/** Used within this time, a key is in use. */
const LIVELY_MS = 60_000;

/** Keys that work first, each part newest first. @param {readonly StreamKey[]} keys */
export function inOrder(keys) {
  return [...keys].sort(
    (one, other) =>
      Number(one.revokedAt !== null) - Number(other.revokedAt !== null) || other.createdAt.localeCompare(one.createdAt),
  );
}

/** Properties: `api`, `service`, `keys`. Fires `changed`, and `create` from its empty state. */
export class StreamKeyTable extends LightElement {
  static properties = {
    api: { attribute: false },
    service: { attribute: false },
    keys: { attribute: false },
    problem: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../api/client.js").Api | null} */
    this.api = null;
    /** @type {import("../api/client.js").Service | null} */
    this.service = null;
    /** @type {StreamKey[]} */
    this.keys = [];
    /** Why a key could not be switched. @type {string | null} */
    this.problem = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.atEnd(preferences.subscribe(() => this.requestUpdate()));
  }

  render() {
    if (this.keys.length === 0) return this.empty();
    return html`${problemNotice(this.problem)}
    <table class="table keys">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Key</th>
          <th scope="col">Created</th>
          <th scope="col">Last used</th>
          <th scope="col">State</th>
          <th scope="col"><span class="sr-only">Actions</span></th>
        </tr>
      </thead>
      <tbody>
        ${repeat(
          inOrder(this.keys),
          ({ id }) => id,
          (key) => [this.row(key), this.refused(key), this.dropped(key)],
        )}
      </tbody>
    </table>`;
  }

  /** @param {StreamKey} key */
  row(key) {
    const revoked = key.revokedAt !== null;
    return html`<tr data-state=${revoked ? "revoked" : key.active ? "active" : "off"}>
      <th scope="row" title=${key.name}>
        ${key.name} ${key.kind === "hook" ? html`<span class="badge">hook</span>` : nothing}
      </th>
      <td data-label="Key"><code class="mono">${key.preview}</code></td>
      <td data-label="Created">${this.moment(key.createdAt, "date")}</td>
      <td data-label="Last used" class="num">${
        key.lastUsedAt ? this.moment(key.lastUsedAt, "ago") : html`<span class="faint">never</span>`
      }</td>
      <td data-label="State">${this.state(key)}</td>
      <td class="row-actions">
        ${
          revoked
            ? nothing
            : html`<div>
              <button
                type="button"
                class="icon-btn"
                aria-label="Rename ${key.name}"
                title="Rename"
                @click=${() => this.rename(key)}
              >
                ${ICONS.edit}
              </button>
              <button
                type="button"
                class="btn btn-quiet"
                aria-label="Switch ${key.name} ${key.active ? "off" : "on"}"
                @click=${() => this.switch(key)}
              >${key.active ? "Off" : "On"}</button>
              <button
                type="button"
                class="btn btn-quiet"
                aria-label="Revoke ${key.name}"
                @click=${() => this.revoke(key)}
              >Revoke</button>
            </div>`
        }
      </td>
    </tr>`;
  }

  /** @param {string} time @param {"date" | "ago"} as */
  moment(time, as) {
    const at = Date.parse(time);
    const zone = preferences.get("zone");
    return html`<time datetime=${time} title=${exactTime(at, zone)}>${
      as === "ago" ? ago(at, Date.now()) : dateTime(at, zone)
    }</time>`;
  }

  /** @param {StreamKey} key */
  state(key) {
    if (key.revokedAt !== null) return html`<span class="faint">revoked ${this.moment(key.revokedAt, "ago")}</span>`;
    if (!key.active) return html`<span class="state"><span class="light" data-tone="warn"></span>off: refused</span>`;
    if (key.refused) return html`<span class="state"><span class="light" data-tone="warn"></span>nothing taken</span>`;
    if (key.lastUsedAt === null) return html`<span class="state"><span class="light"></span>not used yet</span>`;
    const lively = Date.now() - Date.parse(key.lastUsedAt) < LIVELY_MS;
    return html`<span class="state"><span class="light" data-tone=${lively ? "ok" : ""}></span>${
      lively ? "in use" : "quiet"
    }</span>`;
  }

  /** A second row, where a key's requests bring nothing. @param {StreamKey} key */
  refused(key) {
    if (!key.refused || !key.active) return nothing;
    const { words, last, isSample } = refusedText(key.refused, Date.now());
    return html`<tr class="refused">
      <td colspan="6">${words}: ${isSample ? html`<code class="mono">${safeText(last)}</code>` : last}</td>
    </tr>`;
  }

  /** A row that says once what an app that is traced may wonder about. @param {StreamKey} key */
  dropped(key) {
    if (!key.dropped || !key.active) return nothing;
    return html`<tr class="refused">
      <td colspan="6">${droppedText(key.dropped)}</td>
    </tr>`;
  }

  empty() {
    return html`<div class="empty empty-inset">
      <h3>No stream key yet</h3>
      <p>A stream key is the secret your app sends its entries with. It is shown once, with code to paste.</p>
      <div class="actions">
        <button
          type="button"
          class="btn"
          @click=${() => this.dispatchEvent(new Event("create"))}
        >${ICONS.key}Create stream key</button>
      </div>
    </div>`;
  }

  /** @param {StreamKey} key */
  async rename(key) {
    const { api, service } = this;
    if (!api || !service) return;
    const name = await askName({
      heading: "Rename stream key",
      label: "Name",
      value: key.name,
      hint: "The key itself stays as it is.",
      action: "Rename",
      save: (next) => api.renameStreamKey(service.id, key.id, next),
    });
    if (name !== undefined) this.dispatchEvent(new Event("changed"));
  }

  /** Off, whoever sends with it is refused, until it is on again. @param {StreamKey} key */
  async switch(key) {
    const { api, service } = this;
    if (!api || !service) return;
    try {
      await api.switchStreamKey(service.id, key.id, !key.active);
      this.problem = null;
    } catch (error) {
      this.problem = problemText(error);
    }
    this.dispatchEvent(new Event("changed"));
  }

  /** @param {StreamKey} key */
  async revoke(key) {
    const { api, service } = this;
    if (!api || !service) return;
    const done = await confirmByName({
      heading: "Revoke stream key",
      consequence: html`Whatever sends to ${service.name} with <code class="mono">${key.preview}</code> is refused from
        the next request on. This cannot be undone.`,
      name: key.name,
      action: "Revoke stream key",
      act: () => api.revokeStreamKey(service.id, key.id),
    });
    if (done) this.dispatchEvent(new Event("changed"));
  }
}

customElements.define("sx-stream-keys", StreamKeyTable);
