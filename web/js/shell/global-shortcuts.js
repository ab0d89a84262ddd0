/** The keys that every page has: the command palette and the shortcuts. */

import { preferences } from "../lib/store.js";
import { withMod } from "../lib/key-names.js";

/** @typedef {{id: string, title: string, key: string, letter: boolean}} GlobalKey */

/** @type {readonly GlobalKey[]} */
export const GLOBAL_KEYS = [
  { id: "palette", title: "Command palette", key: "mod+k", letter: false },
  { id: "keys", title: "Shortcuts", key: "?", letter: true },
];

/**
 * @param {Record<string, () => void>} actions by id
 * @returns {() => void} lets go of the keyboard
 */
export function bindGlobalShortcuts(actions) {
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.defaultPrevented || event.repeat) return;
    const found = GLOBAL_KEYS.find(({ key, letter }) =>
      letter
        ? event.key === key &&
          preferences.get("letterKeys") &&
          !event.ctrlKey &&
          !event.metaKey &&
          !event.altKey &&
          !isTyping(event.target)
        : withMod(event) && !event.shiftKey && `mod+${event.key.toLowerCase()}` === key,
    );
    if (!found) return;
    event.preventDefault();
    actions[found.id]?.();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

/** Whether what has the focus takes characters. @param {EventTarget | null} target */
function isTyping(target) {
  return (
    target instanceof Element &&
    target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null
  );
}
