/** <sx-read-tokens>: the tokens by which scripts may read a service, and the button that revokes each. */

import { html, nothing, repeat } from "../../vendor/lit.js";
import { reading, revokeReadToken } from "../api/read-tokens.js";
import { ago, dateTime, exactTime } from "../lib/format.js";
import { preferences } from "../lib/store.js";
import { confirmByName } from "../ui/confirm-dialog.js";
import { LightElement } from "../ui/element.js";

/** @typedef {import("../api/read-tokens.js").ReadToken} ReadToken */

/** Properties: `api`, `service`, `tokens`. Fires `changed`. */
export class ReadTokenList extends LightElement {
  static properties = {
    api: { attribute: false },
    service: { attribute: false },
    tokens: { attribute: false },
  };

  constructor() {
    super();
    /** @type {import("../api/client.js").Api | null} */
    this.api = null;
    /** @type {import("../api/client.js").Service | null} */
    this.service = null;
    /** @type {ReadToken[]} */
    this.tokens = [];
  }

  connectedCallback() {
    super.connectedCallback();
    this.atEnd(preferences.subscribe(() => this.requestUpdate()));
  }

  render() {
    const live = reading(this.tokens, this.service?.id ?? "", Date.now());
    if (live.length === 0) {
      return html`<p class="muted section-note">No script reads this service. A read token opens its entries, and
        nothing else, to commands, agents and curl.</p>`;
    }
    return html`<table class="table tokens">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Token</th>
          <th scope="col">Reads</th>
          <th scope="col">Last used</th>
          <th scope="col">Ends</th>
          <th scope="col"><span class="sr-only">Actions</span></th>
        </tr>
      </thead>
      <tbody>
        ${repeat(
          live,
          ({ id }) => id,
          (token) => this.row(token),
        )}
      </tbody>
    </table>`;
  }

  /** @param {ReadToken} token */
  row(token) {
    const zone = preferences.get("zone");
    const [ends, used] = [Date.parse(token.expiresAt), Date.parse(token.lastUsedAt ?? "")];
    const others = (token.services?.length ?? 0) - 1;
    return html`<tr>
      <th scope="row" title=${token.name}>${token.name}</th>
      <td data-label="Token"><code class="mono">${token.preview}</code></td>
      <td data-label="Reads">${token.services === null ? "all services" : "this one"}${
        others > 0 ? ` and ${others} more` : nothing
      }</td>
      <td data-label="Last used" class="num">${
        Number.isNaN(used)
          ? html`<span class="faint">never</span>`
          : html`<time datetime=${token.lastUsedAt} title=${exactTime(used, zone)}>${ago(used, Date.now())}</time>`
      }</td>
      <td data-label="Ends" class="num"><time
        datetime=${token.expiresAt}
        title=${exactTime(ends, zone)}
      >${dateTime(ends, zone)}</time></td>
      <td class="row-actions">
        <div>
          <button
            type="button"
            class="btn btn-quiet"
            aria-label="Revoke ${token.name}"
            @click=${() => this.revoke(token)}
          >Revoke</button>
        </div>
      </td>
    </tr>`;
  }

  /** @param {ReadToken} token */
  async revoke(token) {
    const { api } = this;
    if (!api) return;
    const done = await confirmByName({
      heading: "Revoke read token",
      consequence: html`Whatever reads with <code class="mono">${token.preview}</code> is refused, and what it
        watches is closed. This cannot be undone.`,
      name: token.name,
      action: "Revoke read token",
      act: () => revokeReadToken(api, token.id),
    });
    if (done) this.dispatchEvent(new Event("changed"));
  }
}

customElements.define("sx-read-tokens", ReadTokenList);
