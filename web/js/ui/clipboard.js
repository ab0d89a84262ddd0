/** Copies text, also where the browser withholds its clipboard: a page on plain HTTP has no `navigator.clipboard`. */

/**
 * Must be called from a click or a key press. Inside an open modal dialog pass the dialog as `within`:
 * everything outside it is inert and cannot be selected.
 * @param {string} text
 * @param {Element} [within]
 * @returns {Promise<boolean>} whether the text is on the clipboard
 */
export async function copyText(text, within = document.body) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused by permission or lost focus; the old way may still be allowed.
    }
  }
  return copyBySelection(text, within);
}

/** @param {string} text @param {Element} within */
function copyBySelection(text, within) {
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "sr-only";
  area.setAttribute("aria-hidden", "true");
  within.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  }
}
