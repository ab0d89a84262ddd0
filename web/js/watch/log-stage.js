/** The log itself: the list, as its reader wants it. */

import { html, ref } from "../../vendor/lit.js";
import "../list/log-list.js";
import { preferences } from "../lib/store.js";
import { columnsMenu } from "./columns-menu.js";

/** @param {import("./watch-page.js").WatchPage} page @param {import("../stream/live-log.js").LiveLog} watch */
export function logStage(page, watch) {
  return html`<sx-log-list
      ${ref(page.listRef)}
      .watch=${watch}
      .zone=${preferences.get("zone")}
      .columns=${page.watchState?.columns ?? null}
      .collapses=${preferences.get("collapse")}
      ?inert=${page.panel !== "log"}
      @sx-list=${() => page.listMoved()}
      @sx-open=${() => page.navigation.open()}
    ></sx-log-list>
    ${columnsMenu(page)}`;
}
