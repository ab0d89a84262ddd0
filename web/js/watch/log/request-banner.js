/** The line over a log of which one request alone is shown; its chip leads back. */

import { html, nothing } from "../../../vendor/lit.js";
import { safeText } from "../../ui/safe-text.js";

/**
 * @param {import("../reader/one-request.js").OneRequest} request
 * @param {() => void} leave
 * @param {(() => void) | null} draw shows it in the order of time; null: that is shown
 */
export function requestBanner(request, leave, draw) {
  if (!request.isShown) return nothing;
  const { text } = request.before;
  return html`<div class="watch-since" role="status">
    <span class="grow">Only <b>${request.field}</b> <bdi class="mono">${safeText(request.value)}</bdi></span>
    ${draw ? html`<button type="button" class="btn btn-quiet" @click=${draw}>In the order of time</button>` : nothing}
    <button type="button" class="chip" @click=${leave}>Back to ${
      text ? html`<bdi class="mono">${safeText(text)}</bdi>` : request.before.empty ? "everything" : "the filter"
    } <kbd class="kbd" aria-hidden="true">Esc</kbd></button>
  </div>`;
}
