/** <sx-session-list>: who may watch a service right now, and the button that ends it. */

import { html, nothing, repeat } from "../../vendor/lit.js";
import { ApiError } from "../api/client.js";
import { ago, count, countdown, exactTime } from "../lib/format.js";
import { preferences } from "../lib/store.js";
import { LightElement } from "../ui/element.js";
import { leftText, openSessions } from "./open-sessions.js";

const TICK_MS = 1000;

/** Properties: `api`, `service`, `sessions`. Fires `changed`. */
export class SessionList extends LightElement {
  static properties = {
    api: { attribute: false },
    service: { attribute: false },
    sessions: { attribute: false },
    problem: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../api/client.js").Api | null} */
    this.api = null;
    /** @type {import("../api/client.js").Service | null} */
    this.service = null;
    /** @type {import("../api/client.js").Session[]} */
    this.sessions = [];
    /** @type {string | null} */
    this.problem = null;
  }

  connectedCallback() {
    super.connectedCallback();
    const tick = setInterval(() => {
      if (!document.hidden) this.requestUpdate();
    }, TICK_MS);
    this.atEnd(() => {
      clearInterval(tick);
    });
  }

  render() {
    const now = Date.now();
    const { open, left } = openSessions(this.sessions, now);
    const closed = left.length > 0 ? html`<p class="muted num section-note">${leftText(left, now)}</p>` : nothing;
    if (open.length === 0 && left.length > 0) return closed;
    if (open.length === 0) {
      return html`<p class="muted section-note">No session is open. Watch opens one, which renews itself
        while somebody is at the page.</p>`;
    }
    return html`${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      <table class="table sessions">
        <thead>
          <tr>
            <th scope="col">Kind</th>
            <th scope="col">Started</th>
            <th scope="col">Ends in</th>
            <th scope="col">Watchers</th>
            <th scope="col"><span class="sr-only">Actions</span></th>
          </tr>
        </thead>
        <tbody>
          ${repeat(
            open,
            ({ id }) => id,
            (session) => this.row(session, now),
          )}
        </tbody>
      </table>
      ${closed}`;
  }

  /** @param {import("../api/client.js").Session} session @param {number} now */
  row(session, now) {
    const zone = preferences.get("zone");
    const [created, expires] = [Date.parse(session.createdAt), Date.parse(session.expiresAt)];
    return html`<tr>
      <th scope="row"><span
        class="badge"
        data-tone=${session.kind === "share" ? "accent" : ""}
      >${session.kind}</span></th>
      <td data-label="Started" class="num" title=${exactTime(created, zone)}>${ago(created, now)}</td>
      <td data-label="Ends in" class="num" title=${exactTime(expires, zone)}>${countdown(expires - now)}</td>
      <td data-label="Watchers" class="num">${
        session.watchers === 0 ? html`<span class="faint">none</span>` : count(session.watchers, "watcher")
      }</td>
      <td class="row-actions">
        <div>
          <button
            type="button"
            class="btn btn-quiet"
            aria-label="End this ${session.kind} session"
            @click=${() => this.end(session.id)}
          >End</button>
        </div>
      </td>
    </tr>`;
  }

  /** @param {string} id */
  async end(id) {
    this.problem = null;
    try {
      await this.api?.endSession(id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code !== "session_not_found") this.problem = error.detail; // one that ran out meanwhile is ended, too
    }
    this.dispatchEvent(new Event("changed"));
  }
}

customElements.define("sx-session-list", SessionList);
