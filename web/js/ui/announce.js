/** Words for those who do not see the page: what a key has done that shows only in how things stand. */

/** @type {HTMLElement | null} */
let region = null;

/** Tells a screen reader something. @param {string} words */
export function announce(words) {
  if (!region) {
    region = document.createElement("div");
    region.className = "sr-only";
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  region.textContent = words;
}
