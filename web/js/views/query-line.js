/** The line that filters by text, and says at every moment what the filter hides. */

import { html, live, nothing } from "../../vendor/lit.js";
import { whole } from "../format.js";
import { ICONS } from "../ui/icons.js";
import { WATCH_ICONS } from "./watch-icons.js";

/** @typedef {import("../watch.js").Watch} Watch */

/**
 * @param {object} options
 * @param {Watch} options.watch
 * @param {(text: string) => void} options.search
 * @param {() => void} options.clear everything, levels and sources included
 * @param {() => void} options.openFacets where they are not in sight
 */
export function queryLine({ watch, search, clear, openFacets }) {
  const { filter } = watch;
  const narrowed = !filter.levels.all || !filter.sources.all;
  return html`<div class="query-line" role="search">
    <button type="button" class="btn btn-quiet facets-open" data-on=${narrowed} @click=${openFacets}>
      ${WATCH_ICONS.facets}<span>Filter</span>
    </button>
    <label class="query">
      ${ICONS.search}
      <span class="sr-only">Filter by text</span>
      <input
        id="watch-query"
        class="mono"
        type="text"
        placeholder="Filter by text in any field"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        maxlength="500"
        .value=${live(filter.text)}
        @input=${(/** @type {InputEvent} */ event) => search(/** @type {HTMLInputElement} */ (event.target).value)}
      />
      ${filter.text === "" ? html`<kbd class="kbd" aria-hidden="true">/</kbd>` : nothing}
    </label>
    ${filter.empty
      ? nothing
      : html`<span class="hides num" title="Entries kept by this page that the filter hides">${hides(watch)}</span>
          <button type="button" class="icon-btn" title="Clear the filter" aria-label="Clear the filter" @click=${clear}>${ICONS.close}</button>`}
  </div>`;
}

/** @param {Watch} watch */
function hides({ sieve, tally }) {
  const { hidden, hiddenErrors } = sieve;
  return html`hides <b>${whole(hidden)}</b> of ${whole(tally.entries)}${hiddenErrors > 0
    ? html` · <b class="errors">${whole(hiddenErrors)} ${hiddenErrors === 1 ? "error" : "errors"}</b> among them`
    : nothing}`;
}
