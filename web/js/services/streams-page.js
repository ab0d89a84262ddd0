/** <sx-streams>: a service's stream keys and its live sessions, fresh every two seconds. */

import { html } from "../../vendor/lit.js";
import "../alerts/alert-list.js";
import { alerts } from "../api/alerts.js";
import { ApiError } from "../api/client.js";
import { poll } from "../api/poll.js";
import { readTokens } from "../api/read-tokens.js";
import { SERVICES, serviceAddress } from "../lib/router.js";
import { ingestAddress, NO_KEY } from "./snippets/snippets.js";
import { LightElement } from "../ui/element.js";
import "../ui/copy-button.js";
import { ICONS } from "../ui/icons.js";
import "../ui/menu.js";
import { problemNotice, problemText } from "../ui/problem.js";
import "./connect-code.js";
import { openKeyDialog } from "./key-dialog.js";
import { openReadTokenDialog } from "./read-token-dialog.js";
import "./read-token-list.js";
import { serviceMenu } from "./service-actions.js";
import "./session-list.js";
import "./stream-key-table.js";

const EVERY_MS = 2000;

/** Properties: `api`, `serviceId`. Fires `changed` when the service was renamed or deleted. */
export class StreamsPage extends LightElement {
  static properties = {
    api: { attribute: false },
    serviceId: { attribute: false },
    service: { state: true },
    keys: { state: true },
    sessions: { state: true },
    tokens: { state: true },
    alerts: { state: true },
    intake: { state: true },
    problem: { state: true },
    gone: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../api/client.js").Api | null} */
    this.api = null;
    this.serviceId = "";
    /** @type {import("../api/client.js").Service | null} */
    this.service = null;
    /** @type {import("../api/client.js").StreamKey[] | null} */
    this.keys = null;
    /** @type {import("../api/client.js").Session[]} */
    this.sessions = [];
    /** @type {import("../api/read-tokens.js").ReadToken[]} */
    this.tokens = [];
    /** @type {import("../api/alerts.js").Alert[]} */
    this.alerts = [];
    /** @type {import("../api/client.js").Intake | null} */
    this.intake = null;
    /** @type {string | null} */
    this.problem = null;
    this.gone = false;
    /** @type {ReturnType<typeof poll> | null} */
    this.asking = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.asking = poll((signal) => this.load(signal), EVERY_MS);
    this.atEnd(this.asking.stop);
  }

  /** @param {AbortSignal} signal */
  async load(signal) {
    const { api, serviceId: id } = this;
    if (!api) return;
    try {
      [this.service, this.keys, this.sessions, this.tokens, this.alerts, this.intake] = await Promise.all([
        api.service(id, { signal }),
        api.streamKeys(id, { signal }),
        api.sessions(id, { signal }),
        readTokens(api, { signal }),
        alerts(api, { signal }),
        api.intake({ signal }),
      ]);
      this.problem = null;
    } catch (error) {
      if (error instanceof ApiError && error.code === "service_not_found") {
        this.gone = true;
        this.asking?.stop();
        return;
      }
      this.problem = problemText(error);
      throw error;
    }
  }

  render() {
    if (this.gone) return html`<main class="page">${this.missing()}</main>`;
    const { api, service, keys } = this;
    if (!api || !service || !keys)
      return html`<main class="page" aria-busy="true">${problemNotice(this.problem)}</main>`;
    const changed = () => {
      this.dispatchEvent(new Event("changed"));
      this.asking?.now();
    };
    const deleted = () => {
      this.dispatchEvent(new Event("changed"));
      location.hash = SERVICES;
    };
    return html`<main class="page">
      <header class="page-head">
        <h1>Streams</h1>
        <span class="grow"></span>
        <button type="button" class="btn btn-primary" @click=${this.create}>${ICONS.plus}Create stream key</button>
        <a class="btn" href=${serviceAddress(service.id, "watch")}>Watch</a>
        <sx-menu
          label="More for ${service.name}"
          side="end"
          .items=${() => serviceMenu(api, service, { renamed: changed, deleted })}
        ></sx-menu>
      </header>
      ${problemNotice(this.problem)}
      ${this.address()}
      <section aria-labelledby="keys-heading">
        <h2 id="keys-heading" class="section-head">Stream keys</h2>
        <sx-stream-keys
          .api=${api}
          .service=${service}
          .keys=${keys}
          @changed=${() => this.asking?.now()}
          @create=${this.create}
        ></sx-stream-keys>
      </section>
      <section aria-labelledby="sessions-heading">
        <h2 id="sessions-heading" class="section-head">Live sessions</h2>
        <sx-session-list
          .api=${api}
          .service=${service}
          .sessions=${this.sessions}
          @changed=${() => this.asking?.now()}
        ></sx-session-list>
      </section>
      <section aria-labelledby="tokens-heading">
        <div class="section-row">
          <h2 id="tokens-heading" class="section-head">Read tokens</h2>
          <button type="button" class="btn btn-quiet" @click=${this.createReadToken}>
            ${ICONS.plus}Create read token
          </button>
        </div>
        <sx-read-tokens
          .api=${api}
          .service=${service}
          .tokens=${this.tokens}
          @changed=${() => this.asking?.now()}
        ></sx-read-tokens>
      </section>
      <section aria-labelledby="alerts-heading">
        <sx-alerts
          .api=${api}
          .service=${service}
          .alerts=${this.alerts}
          @changed=${() => this.asking?.now()}
        ></sx-alerts>
      </section>
      <section aria-labelledby="connect-heading">
        <h2 id="connect-heading" class="section-head">Connect</h2>
        <div class="connect">
          <sx-connect
            .service=${service}
            .listeners=${this.intake?.listeners ?? null}
            @hook-key=${this.create}
          ></sx-connect>
          <p class="connect-note faint">
            <span class="mono">${NO_KEY}</span> stands for your stream key. Creating one shows this code with the key in
            it.
          </p>
        </div>
      </section>
    </main>`;
  }

  address() {
    const address = ingestAddress(location.origin);
    return html`<div class="address">
      <span class="muted">Producers send to</span>
      <code class="mono">POST ${address}</code>
      <sx-copy .text=${address} label="the ingest address"></sx-copy>
    </div>`;
  }

  missing() {
    return html`<section class="empty">
      <h2>This service is gone</h2>
      <p>It was deleted, or the address is from another database.</p>
      <div class="actions"><a class="btn" href=${SERVICES}>All services</a></div>
    </section>`;
  }

  async createReadToken() {
    const { api, service } = this;
    if (!api || !service) return;
    await openReadTokenDialog(api, service);
    this.asking?.now();
  }

  async create() {
    const { api, service, keys } = this;
    if (!api || !service) return;
    const made = keys?.length ?? 0;
    const name = made === 0 ? "production" : `key ${made + 1}`;
    await openKeyDialog({ api, service, ask: true, name, tab: "express", onFirstEntry: () => this.asking?.now() });
    this.asking?.now();
  }
}

customElements.define("sx-streams", StreamsPage);
