/** The log itself: the list, as its reader wants it. */

import { html, ref } from "../../vendor/lit.js";
import "../log-list.js";
import { preferences } from "../state.js";
import { columnsMenu } from "./columns-menu.js";

/** @param {import("./watch.js").WatchPage} page @param {import("../watch.js").Watch} watch */
export function logStage(page, watch) {
  return html`<sx-log-list
      ${ref(page.listRef)}
      .watch=${watch}
      .zone=${preferences.get("zone")}
      .columns=${page.reading?.columns ?? null}
      .collapses=${preferences.get("collapse")}
      ?inert=${page.panel !== "log"}
      @sx-list=${() => page.listMoved()}
      @sx-open=${() => page.walk.open()}
    ></sx-log-list>
    ${columnsMenu(page)}`;
}
