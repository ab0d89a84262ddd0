/**
 * Makes a link that shows one service's log, read-only, to whoever opens it, for a short time; and lists the links that
 * are open, with the button that ends each. The link is held by this element alone: closed, it can't be shown again.
 */

import { html, nothing } from "../../vendor/lit.js";
import { count, whole } from "../lib/format.js";
import { isExposed } from "../lib/plain-http.js";
import { poll } from "../api/poll.js";
import { shareLink } from "../lib/router.js";
import "../ui/copy-button.js";
import { ICONS } from "../ui/icons.js";
import { Modal } from "../ui/modal.js";
import "./session-list.js";

/** @typedef {import("../api/client.js").Api} Api */
/** @typedef {import("../query/server-filter-text.js").WireFilter} Filter */

const FRESH_MS = 2000;

/** Seconds, and what they are called. */
const LASTING = /** @type {const} */ ([
  [300, "5 minutes"],
  [900, "15 minutes"],
  [1800, "30 minutes"],
  [3600, "1 hour"],
  [7200, "2 hours"],
]);

/**
 * @typedef {object} Coverage what a link shows of what its maker sees, in entries
 * @property {number} shown on the page, now
 * @property {number} lost of these: the server keeps them no longer
 * @property {number} besides let through by the filter, but outside of the time or the stretch that the page shows
 * @property {number} muted let through by the filter, but muted by the maker
 */
/**
 * @typedef {object} Narrowing what the link may be narrowed to
 * @property {Filter} [filter]
 * @property {string} [range] as in a view
 * @property {string} words the query; "" without one
 * @property {string} time how the range is said; "" without one
 * @property {boolean} hidesMuted whether what is muted is left out by it
 */

/** @extends {Modal<void>} */
class ShareDialog extends Modal {
  static properties = {
    seconds: { state: true },
    narrowed: { state: true },
    link: { state: true },
    shares: { state: true },
  };

  /**
   * @param {Api} api
   * @param {import("../api/client.js").Service} service
   * @param {Narrowing | null} narrowing
   * @param {string[] | null} columns
   * @param {Coverage} coverage
   */
  constructor(api, service, narrowing, columns, coverage) {
    super();
    this.api = api;
    this.service = service;
    this.narrowing = narrowing;
    this.columns = columns;
    this.coverage = coverage;
    this.heading = `Share ${service.name}`;
    /** @type {number} */
    this.seconds = 900;
    this.narrowed = narrowing !== null;
    /** "" until one is made. */
    this.link = "";
    /** @type {import("../api/client.js").Session[]} */
    this.shares = [];
  }

  connectedCallback() {
    super.connectedCallback();
    this.asking = poll(async (signal) => {
      const sessions = await this.api.sessions(this.service.id, { signal });
      this.shares = sessions.filter(({ kind }) => kind === "share");
    }, FRESH_MS);
    this.atEnd(this.asking.stop);
  }

  body() {
    return html`<div class="dialog-body">
      ${this.link ? this.made() : this.choices()}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      ${
        this.shares.length > 0
          ? html`<section aria-label="Open links">
            <h3 class="section-head">Open links</h3>
            <sx-session-list
              .api=${this.api}
              .service=${this.service}
              .sessions=${this.shares}
              @changed=${() => this.asking?.now()}
            ></sx-session-list>
          </section>`
          : nothing
      }
    </div>`;
  }

  choices() {
    return html`<p class="muted">Whoever has the link sees this service's log live, without an account, and nothing
      else. It ends by itself.</p>
      <form id="share-form" class="share-form" @submit=${this.make}>
        <fieldset class="share-lasting">
          <legend>How long</legend>
          ${LASTING.map(
            ([seconds, name]) => html`<label class="choice">
              <input
                type="radio"
                name="seconds"
                value=${seconds}
                .checked=${this.seconds === seconds}
                @change=${() => (this.seconds = seconds)}
              />
              <span>${name}</span>
            </label>`,
          )}
        </fieldset>
        ${
          this.narrowing
            ? html`<label class="share-filter">
              <input type="checkbox" .checked=${this.narrowed} @change=${() => (this.narrowed = !this.narrowed)} />
              <span>Only what the page shows now: ${this.shownNow(this.narrowing)}</span>
            </label>`
            : nothing
        }
        <p class="muted num share-coverage">${this.covered()}</p>
      </form>`;
  }

  /** @param {Narrowing} narrowing */
  shownNow({ words, time }) {
    return html`${words ? html`<span class="mono">${words}</span>` : nothing}${words && time ? ", " : nothing}${time}`;
  }

  /** What the link shows of what stands on the page. */
  covered() {
    const { shown, lost, muted } = this.coverage;
    const more = this.narrowed && this.narrowing?.hidesMuted ? 0 : muted;
    const besides = this.narrowed && this.narrowing?.range ? 0 : this.coverage.besides;
    const entries = (/** @type {number} */ number) => count(number, "entry", "entries");
    return html`It begins with what the server still keeps, and ${this.ends ? "has its end" : "goes on live"}.
      ${
        lost > 0
          ? html`<b>${entries(lost)} of the ${whole(shown)} shown here</b> can't be in it: the server keeps them no
            longer.`
          : shown === 1
            ? "The entry shown here is in it."
            : `All ${entries(shown)} shown here are in it.`
      }
      ${besides > 0 ? `So are ${entries(besides)} from outside of the time that you look at.` : nothing}
      ${more > 0 ? html`So ${more === 1 ? "is" : "are"} <b>${entries(more)} that you have muted</b>.` : nothing}`;
  }

  /** Whether nothing that comes later is in it. */
  get ends() {
    return this.narrowed && /\/./.test(this.narrowing?.range ?? "");
  }

  made() {
    const [, lasting] = LASTING.find(([seconds]) => seconds === this.seconds) ?? LASTING[1];
    return html`<div class="secret">
        <code class="mono" tabindex="0" aria-label="Link">${this.link}</code>
        <sx-copy .text=${this.link} label="link" face="Copy link" .primary=${true}></sx-copy>
      </div>
      <p class="secret-note muted">
        ${ICONS.lock} Works for ${lasting}, for anybody who has
        it${this.narrowed ? ", and shows nothing else" : nothing}. Shown this one time.
      </p>
      ${
        isExposed(location)
          ? html`<p class="muted">This page came over plain HTTP, and so does what the link shows.</p>`
          : nothing
      }`;
  }

  foot() {
    return html`<footer class="dialog-foot">
      ${
        this.link
          ? html`<button type="button" class="btn" @click=${() => (this.link = "")}>Another link</button>
            <button type="button" class="btn btn-primary" @click=${() => this.leave()}>Done</button>`
          : html`<button type="button" class="btn" @click=${() => this.leave()}>Cancel</button>
            <button type="submit" form="share-form" class="btn btn-primary" ?disabled=${this.busy}>Create link</button>`
      }
    </footer>`;
  }

  /** @param {SubmitEvent} event */
  make(event) {
    event.preventDefault();
    void this.attempt(async () => {
      const { filter, range } = (this.narrowed && this.narrowing) || {};
      const columns = this.columns ?? undefined;
      const shown = { kind: /** @type {const} */ ("share"), ttl: this.seconds, filter, range, columns };
      const { token } = await this.api.createSession(this.service.id, shown);
      this.link = shareLink(location.origin, token);
      this.asking?.now();
      await this.updateComplete;
      /** @type {HTMLElement | null} */ (this.querySelector("sx-copy button"))?.focus();
    });
  }
}

customElements.define("sx-share-dialog", ShareDialog);

/**
 * Lets the operator make a link to a log.
 * @param {object} options
 * @param {Api} options.api
 * @param {import("../api/client.js").Service} options.service
 * @param {Narrowing | null} options.narrowing
 * @param {string[] | null} options.columns ids of those that the link is shown with; null: as the page is at first
 * @param {Coverage} options.coverage
 */
export function openShareDialog({ api, service, narrowing, columns, coverage }) {
  return new ShareDialog(api, service, narrowing, columns, coverage).show();
}
