/** The keys of the watch page. Those of a field, a menu or a dialog stay theirs. */

import { preferences } from "../../lib/store.js";
import { actionOf } from "./key-map.js";

/** @typedef {import("../watch-state.js").WatchState} WatchState */

/**
 * Turns keys into commands.
 * @param {() => WatchState | null} current what they are about
 * @returns {() => void} lets go of the keyboard
 */
export function bindKeys(current) {
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const state = current();
    if (!state || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const press = { key: event.key, capsLock: event.getModifierState("CapsLock"), shift: event.shiftKey };
    const action = actionOf(press, { letterKeys: preferences.get("letterKeys"), seesRows: state.seesRows });
    if (!action || isElsewhere() || !mayTake(event)) return;
    event.preventDefault();
    action.run(state);
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

/** Whether a dialog or a popover has the keys. */
function isElsewhere() {
  return (
    document.querySelector("dialog[open]:not(.detail-page)") !== null ||
    document.querySelector("[popover]:popover-open") !== null
  );
}

/**
 * Whether a key means the page and not what has the focus.
 * @param {KeyboardEvent} event
 */
function mayTake({ key, target }) {
  if (!(target instanceof Element)) return true;
  if (target.closest("input, textarea, select, [contenteditable]")) {
    return (
      key === "Escape" || key === "F6" || ((key === "ArrowDown" || key === "ArrowUp") && target.id === "watch-query")
    );
  }
  return !((key === "Enter" || key === " ") && target.closest("button, a, summary, [role=checkbox]"));
}
