/**
 * What of the watch page stands in its address, behind the path:
 * #/services/…/watch?level=error&q=…&range=…&panel=…&entry=epoch.seq
 */

import { Filter } from "../query/filter.js";
import { serviceAddress } from "../lib/router.js";
import { Span } from "../log/span.js";

/** @typedef {import("../entry/entry.js").Cursor} Cursor */
/** @typedef {Pick<import("../log/log.js").Log, "filter" | "span">} Shown */

const ENTRY = "entry";
const PANEL = "panel";

/** The filter that stands in the address. */
export function filterOfAddress() {
  return Filter.fromQuery(parts().query);
}

/** The time that stands in the address. */
export function spanOfAddress() {
  return Span.fromQuery(parts().query);
}

/** The panel that stands in the address. @returns {string} its id; "log": none does */
export function panelOfAddress() {
  return new URLSearchParams(parts().query).get(PANEL) ?? "log";
}

/** Writes into the address which panel is open. @param {Shown} shown @param {string} panel id; "log": none */
export function writePanel(shown, panel) {
  writeEntry(shown, entryOfAddress(), "replace", panel);
}

/** The same, while the entry stays. @param {Shown} shown */
export function writeAddress(shown) {
  writeEntry(shown, entryOfAddress(), "replace");
}

/** The entry that the address points to; null: to none. @returns {Cursor | null} */
export function entryOfAddress() {
  const [, epoch, seq] = /^(.+)\.(\d{1,15})$/.exec(new URLSearchParams(parts().query).get(ENTRY) ?? "") ?? [];
  return epoch === undefined ? null : { epoch, seq: Number(seq) };
}

/**
 * Has the address say what is shown, and which entry is open.
 * @param {Shown} shown
 * @param {Cursor | null} entry
 * @param {"replace" | "push"} how push: one step back in the browser leaves the entry
 * @param {string} [panel] id; "log": none
 */
export function writeEntry({ filter, span }, entry, how, panel = panelOfAddress()) {
  const query = [
    filter.toQuery(),
    span.toQuery(),
    panel === "log" ? "" : `${PANEL}=${encodeURIComponent(panel)}`,
    entry ? `${ENTRY}=${spell(entry)}` : "",
  ]
    .filter(Boolean)
    .join("&");
  const address = query ? `${parts().path}?${query}` : parts().path;
  if (how === "push") history.pushState(null, "", address);
  else if (address !== location.hash) history.replaceState(history.state, "", address);
}

/**
 * A link that opens an entry for as long as the server keeps it. It holds no filter, which could hide it.
 * @param {string} serviceId
 * @param {Cursor} entry
 */
export function entryLink(serviceId, entry) {
  return `${location.origin}${location.pathname}${serviceAddress(serviceId, "watch")}?${ENTRY}=${spell(entry)}`;
}

function parts() {
  const [path, ...rest] = location.hash.split("?");
  return { path, query: rest.join("?") };
}

/** @param {Cursor} entry */
function spell({ epoch, seq }) {
  return encodeURIComponent(`${epoch}.${seq}`);
}
