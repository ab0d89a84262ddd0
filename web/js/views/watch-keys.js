/** The keys of the watch page. Those of a field, a menu or a dialog stay theirs. */

import { preferences } from "../state.js";

/** @typedef {import("./watch.js").WatchPage} WatchPage */

/** @type {Record<string, (page: WatchPage) => void>} */
const KEYS = {
  "/": (page) => /** @type {HTMLInputElement | null} */ (page.querySelector("#watch-query"))?.select(),
  " ": (page) => page.list?.togglePause(),
  End: (page) => page.list?.follow(),
  Home: (page) => page.list?.toStart(),
  ArrowUp: (page) => page.step(-1),
  ArrowDown: (page) => page.step(1),
  PageUp: (page) => page.step("page up"),
  PageDown: (page) => page.step("page down"),
  Enter: (page) => (page.watch?.subscriber.phase === "ended" ? page.again() : page.showDetail()),
  Escape: back,
};

/** Single characters, which the operator can switch off. */
const LETTERS = new Set(["/"]);

/**
 * @param {WatchPage} page
 * @returns {() => void} lets go of the keyboard
 */
export function bindKeys(page) {
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const act = KEYS[event.key];
    if (!act || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (LETTERS.has(event.key) && !preferences.get("letterKeys")) return;
    if (document.querySelector("dialog[open]") || document.querySelector("[popover]:popover-open")) return;
    if (!mayTake(event)) return;
    event.preventDefault();
    act(page);
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

/**
 * Whether a key means the page and not what has the focus.
 * @param {KeyboardEvent} event
 */
function mayTake({ key, target }) {
  if (!(target instanceof Element)) return true;
  if (target.closest("input, textarea, select, [contenteditable]")) {
    return key === "Escape" || ((key === "ArrowDown" || key === "ArrowUp") && target.id === "watch-query");
  }
  return !((key === "Enter" || key === " ") && target.closest("button, a, summary, [role=checkbox]"));
}

/**
 * One step out: of the field, of the sheet, of the detail, of the current row.
 * @param {WatchPage} page
 */
function back(page) {
  const { list, watch } = page;
  if (document.activeElement?.id === "watch-query") {
    if (watch?.filter.text) page.setFilter(watch.filter.with({ text: "" }));
    else list?.focus({ preventScroll: true });
  } else if (page.sheet) page.sheet = false;
  else if (page.detail) page.closeDetail();
  else list?.select(null);
}
