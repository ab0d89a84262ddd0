/** The line that filters, and says at every moment what the filter hides. */

import { html, nothing } from "../../vendor/lit.js";
import { whole } from "../lib/format.js";
import { preferences } from "../lib/store.js";
import { overText, rangeText } from "../log/range-text.js";
import { FACETS } from "../log/facet-counts.js";
import { ICONS } from "../ui/icons.js";
import "../ui/menu.js";
import "../ui/popover.js";
import { safeText } from "../ui/safe-text.js";
import { muteChip } from "./mute-chip.js";
import "./query-field.js";
import { queryHelp } from "./query-help.js";
import { timeMenu } from "./time-menu.js";

/** @typedef {import("../stream/live-log.js").LiveLog} Watch */
/**
 * @typedef {object} Views
 * @property {readonly import("../api/views.js").View[]} list
 * @property {(view: import("../api/views.js").View) => void} show
 * @property {() => void} save
 * @property {(view: import("../api/views.js").View) => void} remove
 * @property {(() => void) | null} giveBack shows the reader's own columns again; null: they are shown
 */

/**
 * The query line, with what the filter hides.
 * @param {object} options
 * @param {Watch} options.watch
 * @param {import("../query/autocomplete.js").Source} options.seen
 * @param {(text: string) => void} options.search
 * @param {() => void} options.settle what was searched is meant, and not being typed any more
 * @param {() => void} options.clear everything, levels and sources included
 * @param {() => void} options.leaveContext
 * @param {() => void} options.openFacets where they are not in sight
 * @param {{unmute: (mute: import("../log/mutes.js").Mute) => void, unmuteAll: () => void}} options.muting
 * @param {import("./time-menu.js").Time} options.time
 * @param {Views | null} options.views null: there is no place for any
 */
export function queryBar({ watch, seen, search, settle, clear, leaveContext, openFacets, muting, time, views }) {
  const { filter } = watch;
  const narrowed = FACETS.some((facet) => !filter.choice(facet).all);
  return html`<div class="query-line" role="search">
    <button type="button" class="btn btn-quiet facets-open" data-on=${narrowed} @click=${openFacets}>
      ${ICONS.facets}<span>Filter</span>
    </button>
    <sx-query-field
      .filter=${filter}
      .seen=${seen}
      @sx-query=${(/** @type {CustomEvent<{text: string}>} */ { detail }) => search(detail.text)}
      @sx-meant=${settle}
    ></sx-query-field>
    ${
      watch.bare
        ? html`<button type="button" class="btn query-context" title="Back to the filter (Esc)" @click=${leaveContext}>
          context · back to filter <kbd class="kbd" aria-hidden="true">Esc</kbd>
        </button>`
        : filter.empty
          ? nothing
          : html`<span class="hides num" title=${hint(watch)}>${hides(watch)}</span>`
    }
    ${
      filter.empty && filter.text === ""
        ? nothing
        : html`<button
          type="button"
          class="icon-btn"
          title="Clear the filter"
          aria-label="Clear the filter"
          @click=${clear}
        >${ICONS.close}</button>`
    }
    ${muteChip({ watch, ...muting })}${timeMenu(time)}
    ${views ? viewsMenu(views) : nothing}
    <sx-popover
      class="query-rules"
      kind="icon-btn"
      side="end"
      hint="Query help"
      label="Query help"
      .face=${ICONS.help}
      .content=${queryHelp}
    ></sx-popover>
  </div>`;
}

/** @param {Views} views */
function viewsMenu({ list, show, save, remove, giveBack }) {
  return html`<sx-menu
    class="query-views"
    label="Views"
    kind="btn btn-quiet"
    side="end"
    .face=${html`${ICONS.views}<span>Views</span>`}
    .items=${() => [
      { caption: list.length > 0 ? "Views" : "A view keeps query, columns and time under a name" },
      ...list.map((view) => ({ label: safeText(view.name), aside: view.query, act: () => show(view) })),
      { rule: true },
      ...(giveBack ? [{ label: "Your own columns", act: giveBack }] : []),
      { label: "Save this view…", act: save },
      ...list.map((view) => ({ label: html`Delete ${safeText(view.name)}`, danger: true, act: () => remove(view) })),
    ]}
  ></sx-menu>`;
}

/** @param {Watch} watch */
function hides(watch) {
  const { filteredRows, facetCounts, serverFilter, subscriber } = watch;
  const { hidden, hiddenErrors } = filteredRows;
  return html`hides <b>${whole(hidden)}</b> of ${whole(facetCounts.entries)}${
    hiddenErrors > 0
      ? html` · <b class="errors">${whole(hiddenErrors)} ${hiddenErrors === 1 ? "error" : "errors"}</b> among them`
      : nothing
  }${
    serverFilter.on ? html` · <b>${whole(subscriber.ledger.leftOut)}</b> left out by the server` : nothing
  }<span class="hides-range"> · ${rangeText(watch, preferences.get("zone"))}</span>`;
}

/** @param {Watch} watch */
function hint(watch) {
  const left = watch.serverFilter.on ? "; the server has left out others since it filters by this" : "";
  return `Entries kept by this page that the filter hides (${overText(watch, preferences.get("zone"))})${left}`;
}
