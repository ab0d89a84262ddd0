/** What stands in the list's place while it has no row to show: always the next step. */

import { html, nothing } from "../../../vendor/lit.js";
import { count, whole } from "../../lib/format.js";
import { isBeginning } from "../../log/gap-list.js";
import { lackText } from "../../log/range-text.js";
import { SERVICES } from "../../lib/router.js";
import { ICONS } from "../../ui/icons.js";

/** @typedef {import("../../stream/live-log.js").LiveLog} Watch */

/**
 * @param {object} options
 * @param {Watch} options.watch
 * @param {number} options.waiting rows that a pause holds back
 * @param {boolean} options.busy whether one of the steps is being done
 * @param {() => void} options.createKey
 * @param {() => void} options.sendTest
 * @param {() => void} options.clear the filter
 * @param {() => void} options.unmuteAll
 */
export function emptyState({ watch, waiting, busy, createKey, sendTest, clear, unmuteAll }) {
  const { facetCounts, filteredRows, subscriber, filter, span } = watch;
  if (waiting > 0 && waiting === filteredRows.length) return paused(waiting);
  if (!hasNothing(watch)) return nothing;
  if (facetCounts.entries > 0) {
    if (!filteredRows.complete) return nothing;
    if (!span.whole) return outOfSpan(span.timed, filteredRows.outside);
    return hidesAll({ watch, clear, unmuteAll });
  }
  if (subscriber.phase === "ended" && subscriber.reason === "gone") return gone();
  if (subscriber.phase !== "live" || subscriber.ledger.catchingUp) return nothing;
  return html`<div class="empty watch-empty">
    <h2>Listening for the first entry</h2>
    ${
      watch.shared || watch.services.length > 0
        ? html`<p>It appears here the moment it comes in.</p>`
        : steps({ busy, createKey, sendTest })
    }
    ${
      filter.empty
        ? nothing
        : html`<p class="faint">A filter is on: what it does not let through will not be shown.</p>`
    }
  </div>`;
}

/** Whether no row is shown but those that say from where on anything is kept. @param {Watch} watch */
function hasNothing({ filteredRows, ring, services }) {
  if (filteredRows.length > services.length + 1) return false;
  for (let position = filteredRows.first; position < filteredRows.end; position++) {
    const row = ring.row(filteredRows.rowAt(position));
    if (row.kind !== "gap" || !isBeginning(row)) return false;
  }
  return true;
}

/** Of an address that leads to no service. */
function gone() {
  return html`<div class="empty watch-empty">
    <h2>There is no such service</h2>
    <p>It was deleted, or the address is from another database. Choose another, or create it anew.</p>
    <div class="actions"><a class="btn btn-primary" href=${SERVICES}>All services</a></div>
  </div>`;
}

/** @param {{watch: Watch, clear: () => void, unmuteAll: () => void}} options */
function hidesAll({ watch, clear, unmuteAll }) {
  const { hidden, muted } = watch.filteredRows;
  const lack = lackText(watch);
  const who = hidden === 0 ? "What is muted" : muted === 0 ? "The filter" : "The filter and what is muted";
  return html`<div class="empty watch-empty">
    <h2>${who} ${hidden > 0 && muted > 0 ? "hide" : "hides"} all ${whole(watch.facetCounts.entries)} entries</h2>
    <p>New ones appear here as soon as one passes.${lack ? html` Older ones: ${lack}.` : nothing}</p>
    <div class="actions">
      ${hidden > 0 ? html`<button type="button" class="btn" @click=${clear}>Clear the filter</button>` : nothing}
      ${muted > 0 ? html`<button type="button" class="btn" @click=${unmuteAll}>Unmute all</button>` : nothing}
    </div>
  </div>`;
}

/** @param {number} waiting */
function paused(waiting) {
  return html`<div class="empty watch-empty">
    <h2>Nothing is shown of what was there when you paused</h2>
    <p>${count(waiting, "row")} came since. Press Space to see ${waiting === 1 ? "it" : "them"}.</p>
  </div>`;
}

/** @param {boolean} timed @param {number} outside entries that are not shown for this */
function outOfSpan(timed, outside) {
  return html`<div class="empty watch-empty">
    <h2>${timed ? "Nothing is shown of this time" : "Nothing has come since"}</h2>
    <p>${
      outside > 0 ? `${count(outside, "entry is", "entries are")} outside of it.` : "The filter hides all there is."
    }</p>
  </div>`;
}

/**
 * @param {{busy: boolean, createKey: () => void, sendTest: () => void}} options
 */
function steps({ busy, createKey, sendTest }) {
  return html`<p>Send one from your app with a stream key, or try it from a terminal. It appears here the moment it
    comes in.</p>
    <div class="actions">
      <button type="button" class="btn btn-primary btn-lg" ?disabled=${busy} @click=${createKey}>
        ${ICONS.key}Create a stream key and show the curl
      </button>
      <button type="button" class="btn btn-lg" ?disabled=${busy} @click=${sendTest}>Send a test entry</button>
    </div>`;
}
