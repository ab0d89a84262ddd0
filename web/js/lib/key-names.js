/** Keys by the names that stand on this machine's keyboard. */

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** @type {Record<string, string>} */
const NAMES = {
  " ": "Space",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  PageUp: MAC ? "fn ↑" : "Page Up",
  PageDown: MAC ? "fn ↓" : "Page Down",
  Home: MAC ? "fn ←" : "Home",
  End: MAC ? "fn →" : "End",
  Enter: MAC ? "⏎" : "Enter",
  Escape: "Esc",
};

/**
 * A key as it stands on a keyboard of this system.
 * @param {string} key as `KeyboardEvent.key` names it, `mod+` before it for Ctrl or ⌘, or `Shift+`
 * @returns {string}
 */
export function keyName(key) {
  if (key.startsWith("mod+")) return `${MAC ? "⌘" : "Ctrl+"}${key.slice(4).toUpperCase()}`;
  if (NAMES[key]) return NAMES[key];
  if (key.startsWith("Shift+")) return `${MAC ? "⇧" : "Shift+"}${keyName(key.slice(6))}`;
  return /^[A-Z]$/.test(key) ? `${MAC ? "⇧" : "Shift+"}${key}` : key.toUpperCase();
}

/** Whether the key is pressed that goes with letters here: Ctrl, or ⌘. @param {KeyboardEvent} event */
export function withMod(event) {
  return (MAC ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey) && !event.altKey;
}
