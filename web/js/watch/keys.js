/** The keys of the watch page. Those of a field, a menu or a dialog stay theirs. */

import { preferences } from "../lib/store.js";
import { ACTIONS } from "./actions.js";

/** @typedef {import("./watch-page.js").WatchPage} WatchPage */

/** @type {Map<string, import("./actions.js").Action>} */
const BY_KEY = new Map(ACTIONS.flatMap((action) => (action.key ? [[action.key, action]] : [])));

/**
 * @param {WatchPage} page
 * @returns {() => void} lets go of the keyboard
 */
export function bindKeys(page) {
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const action = BY_KEY.get(event.getModifierState("CapsLock") ? otherCase(event.key) : event.key);
    if (!action || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (action.letter ? !preferences.get("letterKeys") : event.shiftKey) return;
    if (document.querySelector("dialog[open]:not(.detail-page)") || document.querySelector("[popover]:popover-open"))
      return;
    if (!mayTake(event) || (action.row && !page.seesRows)) return;
    event.preventDefault();
    action.run(page);
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

/** What Caps Lock makes of a letter is not what was meant. @param {string} key */
function otherCase(key) {
  if (key.length !== 1) return key;
  return key === key.toLowerCase() ? key.toUpperCase() : key.toLowerCase();
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
