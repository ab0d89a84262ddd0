/** <sx-service-card>: one service at a glance, and the way to its log. */

import { html, nothing } from "../../vendor/lit.js";
import { ago, compact, count, exactTime, percent, rate } from "../lib/format.js";
import { serviceAddress } from "../lib/router.js";
import { preferences } from "../lib/store.js";
import { LightElement } from "../ui/element.js";
import { ICONS } from "../ui/icons.js";
import "../ui/menu.js";
import "../ui/sparkline.js";
import { openKeyDialog } from "./key-dialog.js";
import { serviceMenu } from "./service-actions.js";

/** Properties: `api`, `service`. Fires `changed` after a rename or a deletion. */
export class ServiceCard extends LightElement {
  static properties = { api: { attribute: false }, service: { attribute: false } };

  constructor() {
    super();
    /** @type {import("../api/client.js").Api | null} */
    this.api = null;
    /** @type {import("../api/client.js").Service | null} */
    this.service = null;
  }

  render() {
    const { api, service } = this;
    if (!api || !service) return nothing;
    const { stats, name, id } = service;
    const heard = stats.lastReceivedAt === null ? null : Date.parse(stats.lastReceivedAt);
    return html`<article class="card" aria-labelledby="name-${id}">
      <header class="card-head">
        <h2 id="name-${id}"><a href=${serviceAddress(id, "watch")} title=${name}>${name}</a></h2>
        <sx-menu label="More for ${name}" side="end" .items=${() => this.menu(api, service)}></sx-menu>
      </header>
      <div class="card-minute">
        <sx-spark .history=${stats.history ?? []}></sx-spark>
        ${heard === null ? html`<span class="faint">No entries yet</span>` : nothing}
      </div>
      <dl class="facts">
        <div><dt>entries/s</dt><dd class="num">${rate(stats.rate)}</dd></div>
        <div data-tone=${stats.errorShare > 0 ? "error" : nothing}>
          <dt>errors</dt>
          <dd class="num">${percent(stats.errorShare)}</dd>
        </div>
        <div>
          <dt>last heard</dt>
          <dd class="num" title=${heard === null ? nothing : exactTime(heard, preferences.get("zone"))}>
            ${heard === null ? "never" : ago(heard, Date.now())}
          </dd>
        </div>
        <div><dt>watchers</dt><dd class="num">${compact(stats.watchers)}</dd></div>
      </dl>
      <footer class="card-foot">
        <a class="btn btn-tonal" href=${serviceAddress(id, "watch")}>Watch</a>
        <a class="btn btn-quiet" href=${serviceAddress(id, "streams")}>Streams</a>
        <span class="grow"></span>
        ${
          stats.paused === undefined
            ? nothing
            : html`<span class="errors" title="The disk is full, or fails: entries are not recorded">history is
                paused</span>`
        }
        ${
          heard === null
            ? html`<button
              type="button"
              class="btn btn-quiet"
              @click=${this.connect}
            >${ICONS.key}Create stream key</button>`
            : html`<span class="faint num" title="Entries in the ring buffer">${count(
                stats.buffered,
                "entry",
                "entries",
              )} kept</span>`
        }
      </footer>
    </article>`;
  }

  /** @param {import("../api/client.js").Api} api @param {import("../api/client.js").Service} service */
  menu(api, service) {
    const changed = () => this.dispatchEvent(new Event("changed"));
    return serviceMenu(api, service, { renamed: changed, deleted: changed });
  }

  async connect() {
    const { api, service } = this;
    if (api && service) await openKeyDialog({ api, service, ask: true, tab: "express" });
  }
}

customElements.define("sx-service-card", ServiceCard);
