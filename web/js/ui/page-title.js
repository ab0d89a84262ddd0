/**
 * What the browser's tab says: the page's title, and before it how many errors came in while it was not looked at, and
 * what has ended.
 */

const MOST = 99;

let title = "Spectrix";
let errors = 0;
let ended = "";

/** Sets the title of the window. @param {string} text */
export function setTitle(text) {
  title = text;
  write();
}

/** Tells of new errors in the title and the icon of the window. @param {number} count 0: nothing to tell */
export function setNewErrors(count) {
  errors = count;
  write();
}

/** Tells that nothing more comes. @param {string} words what has ended; "": nothing */
export function setEnded(words) {
  if (words === ended) return;
  ended = words;
  write();
}

/** @param {string} text @param {number} count @param {string} [end] */
export function titleWith(text, count, end = "") {
  const counted = count > 0 ? `(${count > MOST ? `${MOST}+` : count}) ${text}` : text;
  return end ? `${end} · ${counted}` : counted;
}

function write() {
  document.title = titleWith(title, errors, ended);
  const icon = document.querySelector("link[rel=icon]");
  const href = errors > 0 ? "icon-errors.svg" : "icon.svg";
  if (icon && icon.getAttribute("href") !== href) icon.setAttribute("href", href);
}
