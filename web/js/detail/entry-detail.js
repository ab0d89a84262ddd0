/**
 * <sx-entry-detail>: everything there is to know of one entry. It holds the entry itself, so it stays whatever the list
 * does. Fires `sx-close`, `sx-context`, `sx-together` {field, value} for a request or a trace, and `sx-step` with -1 or
 * 1; and what `value-menu.js` fires.
 */

import { html, nothing } from "../../vendor/lit.js";
import { curlOf } from "../entry/as-curl.js";
import { prettyJson } from "../entry/entry-json.js";
import { routeOf } from "../entry/http-route.js";
import { levelWord } from "../entry/level-word.js";
import { parse } from "../lib/exact-json.js";
import { duration, exactTime, whole } from "../lib/format.js";
import { isSlow } from "../log/statistics/latency-baseline.js";
import { valueFor } from "../query/values.js";
import { LightElement } from "../ui/element.js";
import { ICONS } from "../ui/icons.js";
import "../ui/copy-button.js";
import "./metadata-tree.js";
import { safeText } from "../ui/safe-text.js";
import { valueMenu } from "./value-menu.js";

/** @typedef {import("../entry/entry.js").Entry} Entry */

/**
 * A line of what is known: with a value to filter by, or with words only.
 * @typedef {{name: string, face?: string, field?: string, value?: string}} Fact
 */

/** What tells entries that belong together, by the query's word. */
const TOGETHER = /** @type {const} */ (["request", "trace"]).map((field) => ({ field, of: valueFor(field, []) }));

/** The entry's names of what is shown under others. @type {ReadonlyMap<string, string>} */
const FIELDS = new Map([
  ["time", "timestamp"],
  ["path", "endpoint"],
  ["status", "statusCode"],
]);

export class EntryDetail extends LightElement {
  static properties = {
    entry: { attribute: false },
    zone: {},
    p95: { attribute: false },
    link: {},
    filtered: { attribute: false },
  };

  constructor() {
    super();
    /** @type {Entry | null} */
    this.entry = null;
    /** @type {import("../lib/format.js").Zone} */
    this.zone = "local";
    /** Milliseconds, of the entry's route when it was opened; 0: not known. */
    this.p95 = 0;
    /** An address that opens the entry; "" where there is none. */
    this.link = "";
    /** Whether a filter hides what stands around it. */
    this.filtered = false;
  }

  render() {
    const { entry } = this;
    if (!entry) return nothing;
    const metadata = entry.metadata ? parse(entry.metadata) : null;
    const readFrom = namesOf(entry);
    const request = entry.method || entry.endpoint;
    const curl = curlOf(entry);
    return html`
      <div class="detail-head" data-level=${entry.level}>
        <h2 class="mono" tabindex="-1">
          ${
            request
              ? html`<span class="detail-method">${safeText(entry.method)}</span>
                <bdi>${safeText(entry.endpoint)}</bdi>`
              : html`<bdi>${safeText(firstLine(entry.message))}</bdi>`
          }
        </h2>
        <div class="detail-tools">
          ${
            this.filtered
              ? html`<button
                type="button"
                class="icon-btn"
                title="Show in context (v)"
                aria-label="Show in context"
                @click=${() => this.dispatchEvent(new Event("sx-context"))}
              >${ICONS.context}</button>`
              : nothing
          }
          <button
            type="button"
            class="icon-btn"
            title="Previous entry (↑)"
            aria-label="Previous entry"
            @click=${() => this.step(-1)}
          >${ICONS.previous}</button>
          <button
            type="button"
            class="icon-btn"
            title="Next entry (↓)"
            aria-label="Next entry"
            @click=${() => this.step(1)}
          >${ICONS.next}</button>
          <button
            type="button"
            class="icon-btn"
            title="Close (Esc)"
            aria-label="Close"
            @click=${() => this.dispatchEvent(new Event("sx-close"))}
          >${ICONS.close}</button>
        </div>
        <p class="detail-summary num">
          <span class="detail-level">${levelWord(entry)}</span>
          ${
            entry.statusCode
              ? html`<span
                class="detail-status"
                data-class=${Math.floor(entry.statusCode / 100)}
              >${entry.statusCode}</span>`
              : nothing
          }
          ${entry.duration >= 0 ? pace(entry, this.p95) : nothing}
        </p>
      </div>
      <div class="detail-body">
        ${
          saysItAll(entry)
            ? readFrom.message
              ? html`<p class="detail-from">message ${origin(readFrom.message)}</p>`
              : nothing
            : html`<section>
                <h3>message ${origin(readFrom.message)}</h3>
                <p class="detail-message mono"><bdi>${safeText(entry.message)}</bdi></p>
              </section>`
        }
        ${
          entry.truncated.length > 0
            ? html`<p class="notice" data-tone="warn">${ICONS.warning}<span>Cut by the server because it was too long or
              too deep: ${entry.truncated.join(", ")}</span></p>`
            : nothing
        }
        ${together(this, entry)}
        <section>
          <dl class="detail-facts mono">${facts(entry, this.zone).map((fact) =>
            this.fact(fact, readFrom[FIELDS.get(fact.name) ?? fact.name]),
          )}</dl>
        </section>
        ${
          metadata
            ? html`<section>
              <h3>metadata</h3>
              <div class="tree mono"><sx-metadata-tree .name=${null} .value=${metadata}></sx-metadata-tree></div>
            </section>`
            : nothing
        }
      </div>
      <div class="detail-foot">
        <sx-copy .text=${prettyJson(entry)} label="entry as JSON" face="JSON"></sx-copy>
        ${
          curl
            ? html`<sx-copy .text=${curl} label="request as a curl command, without secrets" face="cURL"></sx-copy>`
            : nothing
        }
        ${this.link ? html`<sx-copy .text=${this.link} label="link to this entry" face="Link"></sx-copy>` : nothing}
        <sx-copy .text=${entry.message} label="message" face="Message"></sx-copy>
      </div>
    `;
  }

  /** @param {Fact} fact @param {string} [from] the name that it came under, if not its own */
  fact({ name, face, field = name, value }, from) {
    return html`<dt>${name}</dt>
      <dd><span><bdi>${face ?? safeText(value ?? "")}</bdi> ${origin(from)}</span>${
        value === undefined ? nothing : valueMenu(this, { field, value, name })
      }</dd>`;
  }

  /** @param {-1 | 1} by */
  step(by) {
    this.dispatchEvent(new CustomEvent("sx-step", { detail: by }));
  }
}

/** @param {Entry} entry @returns {{[field: string]: string}} */
function namesOf({ readFrom }) {
  return readFrom ? JSON.parse(readFrom) : {};
}

/** @param {string | undefined} name under which a field came */
function origin(name) {
  return name ? html`<span class="detail-from">from <bdi>${safeText(name)}</bdi></span>` : nothing;
}

/**
 * How long it took, beside how long its route usually takes.
 * @param {Entry} entry
 * @param {number} p95 0: not known
 */
function pace(entry, p95) {
  const { duration: taken } = entry;
  const slow = isSlow(taken, p95);
  const usual = `p95 of ${routeOf(entry).path ? "this route" : "messages of this kind"} ${duration(p95)}`;
  return html`<span class="detail-duration" data-slow=${slow}>${duration(taken)}</span>${
    p95 > 0 ? html`<span class="faint">${slow ? "slow: " : ""}${usual}</span>` : nothing
  }`;
}

/**
 * What belongs together: everything of the same request, of the same trace.
 * @param {EntryDetail} detail
 * @param {Entry} entry
 */
function together(detail, entry) {
  const ids = TOGETHER.flatMap(({ field, of }) => {
    const value = of(entry)?.text;
    return value === undefined ? [] : [{ field, value }];
  });
  if (ids.length === 0) return nothing;
  return html`<p class="detail-together">
    ${ids.map(
      ({ field, value }) =>
        html`<button
          type="button"
          class="btn"
          title=${`All entries with ${field} ${value}`}
          @click=${() =>
            detail.dispatchEvent(new CustomEvent("sx-together", { detail: { field, value }, bubbles: true }))}
        >
          This ${field}
        </button>`,
    )}
  </p>`;
}

/**
 * @param {Entry} entry
 * @param {import("../lib/format.js").Zone} zone
 * @returns {Fact[]}
 */
function facts(entry, zone) {
  const { level, method, endpoint, statusCode, source } = entry;
  /** @type {Fact[]} */
  const all = [
    { name: "time", face: exactTime(entry.timestamp, zone) },
    { name: "level", value: level },
    { name: "source", value: source },
    { name: "method", value: method },
    { name: "path", value: endpoint },
    { name: "route", value: routeOf(entry).path },
    { name: "status", value: statusCode ? String(statusCode) : "" },
    { name: "ingest delay", face: ingestDelay(entry) },
    { name: "sequence number", face: whole(entry.seq) },
  ];
  return all.filter(({ value }) => value !== "");
}

/**
 * Whether the heading shows the whole message already.
 * @param {Entry} entry
 */
function saysItAll({ message, method, endpoint }) {
  return method || endpoint
    ? message === `${method} ${endpoint}` || message === endpoint
    : message.length < 100 && !message.includes("\n");
}

/** @param {string} text */
function firstLine(text) {
  return text.split("\n", 1)[0];
}

/**
 * When it came in, told against when it says it happened.
 * @param {Entry} entry
 */
function ingestDelay({ receivedAt, timestamp }) {
  const delay = receivedAt - timestamp;
  if (Math.abs(delay) < 1) return "less than 1 ms";
  return delay > 0 ? duration(delay) : `received ${duration(-delay)} before its time: the app's clock is ahead`;
}

customElements.define("sx-entry-detail", EntryDetail);
