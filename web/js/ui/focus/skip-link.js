/** The first thing that Tab reaches: past the bar of the page to what it is about. */

import { html } from "../../../vendor/lit.js";

/** Where it leads, the first that there is. */
const TARGETS = ["sx-log-list", "main"];

/** Goes past everything that stands before the page's content. */
export function skipLink() {
  return html`<button type="button" class="skip-link btn btn-primary" @click=${skip}>Skip to the content</button>`;
}

function skip() {
  for (const selector of TARGETS) {
    const target = document.querySelector(selector);
    if (!(target instanceof HTMLElement) || target.closest("[inert]")) continue;
    if (target.tabIndex < 0) target.tabIndex = -1;
    return target.focus();
  }
}
