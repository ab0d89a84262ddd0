/**
 * What can be done on the watch page, by name. Keys come from here, and whatever else names or offers an action.
 */

/** @typedef {import("./watch.js").WatchPage} WatchPage */
/**
 * @typedef {object} Action
 * @property {string} id
 * @property {string} title what it does, as a command
 * @property {"Move" | "Find" | "Look" | "Session" | "Page"} group
 * @property {string} [key] as `KeyboardEvent.key` names it
 * @property {boolean} [letter] its key is a single character, which the operator can switch off
 * @property {(page: WatchPage) => void} run
 */

/** @type {readonly Action[]} in the order in which they are shown */
export const ACTIONS = [
  { id: "pause", title: "Pause or resume", group: "Move", key: " ", run: (page) => page.list?.togglePause() },
  { id: "follow", title: "Follow the newest", group: "Move", key: "End", run: (page) => page.list?.follow() },
  { id: "start", title: "Go to the oldest", group: "Move", key: "Home", run: (page) => page.list?.toStart() },
  { id: "up", title: "Previous row", group: "Move", key: "ArrowUp", run: (page) => page.walk.step(-1) },
  { id: "down", title: "Next row", group: "Move", key: "ArrowDown", run: (page) => page.walk.step(1) },
  { id: "page-up", title: "A page up", group: "Move", key: "PageUp", run: (page) => page.walk.step("page up") },
  { id: "page-down", title: "A page down", group: "Move", key: "PageDown", run: (page) => page.walk.step("page down") },
  { id: "gap", title: "Previous gap", group: "Move", run: (page) => page.walk.toGap() },
  { id: "query", title: "Go to the query", group: "Find", key: "/", letter: true, run: (page) => page.focusQuery() },
  { id: "clear-filter", title: "Clear the filter", group: "Find", run: (page) => page.clearFilter() },
  { id: "detail", title: "Open the entry, or go on after the session's end", group: "Look", key: "Enter", run: (page) => page.walk.enter() },
  { id: "back", title: "One step back", group: "Look", key: "Escape", run: (page) => page.walk.back() },
  { id: "share", title: "Share this log by a link", group: "Page", run: (page) => page.deeds.share() },
  { id: "export-ndjson", title: "Export what is shown as NDJSON", group: "Page", run: (page) => page.deeds.exportAs("ndjson") },
  { id: "export-csv", title: "Export what is shown as CSV", group: "Page", run: (page) => page.deeds.exportAs("csv") },
  { id: "renew", title: "Renew the session", group: "Session", run: (page) => page.watch?.renew() },
];
