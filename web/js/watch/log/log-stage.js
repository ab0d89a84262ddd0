/** The log itself: the list, as its reader wants it. */

import { html, nothing } from "../../../vendor/lit.js";
import "../../list/log-list.js";
import { preferences } from "../../lib/store.js";
import { ICONS } from "../../ui/icons.js";
import { columnsMenu } from "./columns-menu.js";

/**
 * @param {object} options
 * @param {import("../../list/reader-place.js").ReaderPlace} options.place
 * @param {import("../../log/columns/column-layout.js").ColumnLayout} options.columns
 * @param {import("../../query/value-index.js").ValueIndex} options.seen
 * @param {boolean} options.covered whether a panel stands over it
 * @param {() => void} options.moved what the list shows of the place has changed
 * @param {() => void} options.open the current row was pressed
 * @param {(() => void) | null} options.live leads from the past to the newest; null: that is where the reader is
 */
export function logStage({ place, columns, seen, covered, moved, open, live }) {
  return html`<sx-log-list
      .place=${place}
      .zone=${preferences.get("zone")}
      .columns=${columns}
      ?inert=${covered}
      @sx-list=${moved}
      @sx-open=${open}
    ></sx-log-list>
    ${covered ? nothing : columnsMenu(columns, seen)}
    ${
      live && !covered
        ? html`<button type="button" class="to-live" title="Back to the newest (End)" @click=${live}>
          ${ICONS.follow}Back to live
        </button>`
        : nothing
    }`;
}
