/** What stands in place of a live table that has nothing to count, and what to do about it. */

import { html } from "../../vendor/lit.js";
import { count } from "../lib/format.js";

/**
 * @param {import("../stream/live-log.js").LiveLog} watch
 * @param {string} heading
 * @param {string} words
 */
export function emptyTable(watch, heading, words) {
  const { hidden, muted, outside } = watch.filteredRows;
  const left = hidden + muted + outside;
  return html`<div class="empty">
    <h2>${heading}</h2>
    <p>${words}</p>
    ${
      left > 0
        ? html`<p class="muted">The log leaves out ${count(left, "entry", "entries")}; what is counted here is what it
          shows.</p>`
        : ""
    }
  </div>`;
}
