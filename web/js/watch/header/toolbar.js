/** What can be done with the log as a whole: hand it on as a link or as a file. */

import { html, nothing } from "../../../vendor/lit.js";
import { count } from "../../lib/format.js";
import { preferences } from "../../lib/store.js";
import { overText, rangeText } from "../../log/range-text.js";
import "../../ui/menu.js";
import { ICONS } from "../../ui/icons.js";

/** @typedef {import("../../stream/live-log.js").LiveLog} Watch */

/**
 * @param {object} options
 * @param {Watch} options.watch
 * @param {() => void} options.share
 * @param {(format: import("../../entry/export.js").Format) => void} options.exportAs
 */
export function watchToolbar({ watch, share, exportAs }) {
  return html`<div class="watch-tools">
    ${
      watch.shared || watch.services.length > 0
        ? nothing
        : html`<button
          type="button"
          class="btn btn-quiet"
          aria-label="Share"
          title="Make a link that shows this log for a while"
          @click=${share}
        >${ICONS.share}<span>Share</span></button>`
    }
    <sx-menu
      label="Export what is shown"
      kind="btn btn-quiet"
      side="end"
      .face=${html`${ICONS.export}<span>Export</span>`}
      .items=${() => [
        { caption: exported(watch) },
        { label: "NDJSON", aside: "every digit", act: () => exportAs("ndjson") },
        { label: "CSV", aside: "for spreadsheets", act: () => exportAs("csv") },
      ]}
    ></sx-menu>
  </div>`;
}

/** What a file would hold. @param {Watch} watch */
function exported(watch) {
  const zone = preferences.get("zone");
  if (watch.reachesFurther && watch.services.length === 0)
    return `All that the server has of it, as a file: ${rangeText(watch, zone)}`;
  const over = overText(watch, zone);
  return `What is shown, as a file: ${count(watch.filteredRows.entries, "entry", "entries")}${over && `, ${over}`}`;
}
