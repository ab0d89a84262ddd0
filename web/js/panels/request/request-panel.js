/**
 * <sx-request>: one request or trace as one thing: its entries in the order of time, from every service, with bars for
 * how long each took. Fires `sx-entry` with the entry that is to be opened.
 */

import { html, nothing } from "../../../vendor/lit.js";
import { levelWord } from "../../entry/level-word.js";
import { count, duration, exactTime } from "../../lib/format.js";
import { isBeginning } from "../../log/gap-list.js";
import { describe } from "../../log/row-text.js";
import { nameTags } from "../../log/service-colors.js";
import { AppClock } from "../../stream/time/app-clock.js";
import { LightElement } from "../../ui/element.js";
import { safeText } from "../../ui/safe-text.js";
import { requestTimeline } from "./request-timeline.js";

/** @typedef {import("../../entry/entry.js").Entry} Entry */
/** @typedef {import("./request-timeline.js").Moment} Moment */
/** @typedef {import("./request-timeline.js").Timeline} Timeline */
/** @typedef {import("../../log/service-colors.js").ServiceTag} Service */
/** @typedef {{entries: readonly Entry[], services: readonly Service[], problem: string, asking: boolean}} Elsewhere */

const MOST = 1000; // entries
const LEAST = 0.6; // per cent: a moment is seen too
const ALL_DAY = { since: -Infinity, until: Infinity };

/** Properties: `watch`, whose filter lets through the request; `elsewhere`, what other services have of it; `zone`. */
export class RequestPanel extends LightElement {
  static properties = {
    // The same log, but with other rows: whenever the page is shown anew, so is this.
    watch: { attribute: false, hasChanged: () => true },
    elsewhere: { attribute: false },
    zone: {},
  };

  constructor() {
    super();
    /** @type {import("../../stream/live-log.js").LiveLog | null} */
    this.watch = null;
    /** @type {Elsewhere} */
    this.elsewhere = { entries: [], services: [], problem: "", asking: false };
    /** @type {import("../../lib/format.js").Zone} */
    this.zone = "local";
  }

  render() {
    const { watch, elsewhere } = this;
    if (!watch) return nothing;
    const { entries, gaps } = shownOf(watch);
    const all = [...entries, ...elsewhere.entries];
    const timeline = requestTimeline(all, gaps, timing(watch, all));
    const tag = nameTags(elsewhere.services.length > 0 ? elsewhere.services : watch.services);
    const several = timeline.services > 1;
    return html`<div class="panel-body request">
      <p class="num">${summary(timeline, several)}${elsewhere.asking ? " · asking the other services" : nothing}${
        elsewhere.problem ? html` · <span class="warned">${elsewhere.problem}</span>` : nothing
      }</p>
      <div class="table-frame" tabindex="0" role="group" aria-label="The request, in the order of time">
        <table class="request-table">
          <thead>
            <tr>
              <th scope="col">After</th>
              ${several ? html`<th scope="col">Service</th>` : nothing}
              <th scope="col">Level</th>
              <th scope="col">What</th>
              <th scope="col">Took</th>
              <th scope="col"><span class="sr-only">From beginning to end</span></th>
            </tr>
          </thead>
          <tbody>${timeline.moments.map((moment) => this.line(moment, timeline, several ? tag : null))}</tbody>
        </table>
      </div>
    </div>`;
  }

  /**
   * @param {Moment} moment
   * @param {Timeline} timeline
   * @param {import("../../log/service-colors.js").NameTag | null} tag null: there is one service
   */
  line({ row, start, at, quiet, failed }, { since, until }, tag) {
    const share = (/** @type {number} */ time) => (until > since ? ((time - since) / (until - since)) * 100 : 0);
    if (row.kind !== "entry")
      return html`<tr data-kind="gap"><td colspan=${tag ? 6 : 5}>${describe(row, {
        zone: this.zone,
        today: ALL_DAY,
      })}</td></tr>`;
    const service = tag?.(row.service || (this.watch?.subscriber.service?.id ?? ""));
    return html`<tr data-level=${row.level} data-failed=${failed} data-hue=${service?.hue ?? nothing}>
      <td class="num" title=${exactTime(at, this.zone)}>${duration(at - since)}${
        quiet >= 1 ? html` <span class="faint">(+${duration(quiet)})</span>` : nothing
      }</td>
      ${tag ? html`<td class="request-service">${service ? safeText(service.name) : nothing}</td>` : nothing}
      <td class="request-level">${levelWord(row)}</td>
      <td class="mono"><button
        type="button"
        class="request-entry"
        @click=${() => this.dispatchEvent(new CustomEvent("sx-entry", { detail: row, bubbles: true }))}
      >${safeText(what(row))}</button></td>
      <td class="num">${row.duration >= 0 ? duration(row.duration) : nothing}</td>
      <td class="request-plot"><svg aria-hidden="true"><rect
        x="${Math.min(share(start), 100 - LEAST)}%"
        y="8"
        width="${Math.max(LEAST, share(at) - share(start))}%"
        height="8"
      ></rect></svg></td>
    </tr>`;
  }
}

/**
 * When entries were written: by the clocks that the log knows, else by what these themselves tell of theirs.
 * @param {import("../../stream/live-log.js").LiveLog} watch
 * @param {readonly Entry[]} entries
 * @returns {(entry: Entry) => number}
 */
function timing(watch, entries) {
  /** @type {Map<string, AppClock>} */
  const clocks = new Map();
  for (const entry of entries) {
    const clock = clocks.get(entry.service) ?? new AppClock();
    clocks.set(entry.service, clock);
    clock.add([entry]);
  }
  const known = new Set(watch.services.map(({ id }) => id));
  return (entry) =>
    (known.has(entry.service) ? null : clocks.get(entry.service))?.writtenAt(entry) ?? watch.writtenAt(entry);
}

/**
 * What the log shows of it; the newest, where that is more than can be read.
 * @param {import("../../log/log.js").Log} log
 */
function shownOf({ filteredRows, ring }) {
  const entries = [];
  const gaps = [];
  for (let position = filteredRows.end - 1; position >= filteredRows.first && entries.length < MOST; position--) {
    const row = ring.row(filteredRows.rowAt(position));
    if (row.kind === "entry") entries.push(row);
    else if (row.kind === "gap" && !isBeginning(row)) gaps.push(row);
  }
  return { entries: entries.reverse(), gaps };
}

/** @param {Timeline} timeline @param {boolean} several */
function summary({ moments, since, until, failures, services }, several) {
  const entries = moments.filter(({ row }) => row.kind === "entry").length;
  return html`<b>${duration(until - since)}</b> · ${count(entries, "entry", "entries")}${
    several ? ` of ${count(services, "service")}` : nothing
  }${failures > 0 ? html` · <b class="errors">${count(failures, "failure")}</b>` : nothing}${
    entries >= MOST ? " · the newest of them" : nothing
  }`;
}

/** @param {Entry} entry */
function what({ method, endpoint, statusCode, message }) {
  if (!method && !endpoint) return message.split("\n", 1)[0];
  return [method, endpoint, statusCode || ""].filter(Boolean).join(" ");
}

customElements.define("sx-request", RequestPanel);
