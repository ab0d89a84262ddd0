/**
 * The line over the log about who filters: an offer while the stream outruns the link, and what it means once the
 * server does.
 */

import { html, nothing } from "../../vendor/lit.js";

/**
 * The line over the log about filtering by the server; nothing while there is nothing to say.
 * @param {import("../stream/live-log.js").LiveLog} watch
 * @param {() => void} changed
 */
export function serverFilterLine({ serverFilter, subscriber, bare }, changed) {
  const act = (/** @type {"begin" | "end" | "decline"} */ what) => () => {
    serverFilter[what]();
    changed();
  };
  if (serverFilter.on) {
    const again = html`<button type="button" class="btn btn-quiet" @click=${act("end")}>Filter here again</button>`;
    const { refused } = subscriber.ledger.filters;
    if (refused)
      return line(html`<b>The server still filters by the former query,</b> and can't by this one: ${refused}`, again);
    const seen = bare ? "This context lacks what the server left out." : "What it leaves out is not kept here.";
    return line(html`<b>The server filters.</b> <span class="muted">${seen}</span>`, again);
  }
  if (serverFilter.refused)
    return line(
      html`<b>The server can't filter by this:</b> ${serverFilter.refused} <span class="muted">This page filters
        instead.</span>`,
    );
  if (!serverFilter.offered) return nothing;
  return line(
    html`<b>More comes than this page can take in.</b> <span class="muted">The server could send only what the filter
      lets through; the rest would not be counted here.</span>`,
    html`<button type="button" class="btn btn-quiet" @click=${act("begin")}>Let the server filter</button>
      <button type="button" class="btn btn-quiet" @click=${act("decline")}>No</button>`,
  );
}

/** @param {unknown} words @param {unknown} [buttons] */
function line(words, buttons = nothing) {
  return html`<div class="watch-since watch-server" role="status"><span class="grow">${words}</span>${buttons}</div>`;
}
