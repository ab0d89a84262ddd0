/** The chip that says what is muted and how much that hides; it opens to each of them, to be taken back. */

import { html, nothing } from "../../vendor/lit.js";
import { count, whole } from "../lib/format.js";
import { rangeText } from "../log/range-text.js";
import { ICONS } from "../ui/icons.js";
import "../ui/popover.js";
import { safeText } from "../ui/safe-text.js";

/** @typedef {import("../stream/live-log.js").LiveLog} Watch */
/** @typedef {import("../log/mutes.js").Mute} Mute */

/**
 * The chip; nothing while nothing is muted.
 * @param {object} options
 * @param {Watch} options.watch
 * @param {(mute: Mute) => void} options.unmute
 * @param {() => void} options.unmuteAll
 */
export function muteChip({ watch, unmute, unmuteAll }) {
  const { mutes, bare, filteredRows } = watch;
  const { muted, mutedErrors } = filteredRows;
  if (mutes.list.length === 0 || bare) return nothing;
  return html`<sx-popover
    class="mutes"
    kind="chip num"
    side="end"
    hint="What is muted, and how much that hides"
    label="Muted"
    .face=${html`${ICONS.mute}<span>${whole(mutes.list.length)} muted, ${count(muted, "entry", "entries")} hidden${
      mutedErrors > 0 ? html`, <b class="errors">${count(mutedErrors, "error")}</b> among them` : nothing
    }</span>`}
    .content=${() => list(watch, unmute, unmuteAll)}
  ></sx-popover>`;
}

/** @param {Watch} watch @param {(mute: Mute) => void} unmute @param {() => void} unmuteAll */
function list(watch, unmute, unmuteAll) {
  const { mutes, filteredRows, services } = watch;
  const nameOf = (/** @type {string} */ service) => services.find(({ id }) => id === service)?.name;
  return html`<div class="mute-list">
    <p>What falls under one of these is not shown, nor counted in the chart, Routes and Errors
      (${rangeText(watch)}).</p>
    <ul>
      ${mutes.list.map((mute, index) => {
        const { text, service, always } = mute;
        const whose = nameOf(service);
        return html`<li>
          <bdi class="mono" title=${text}>${safeText(text)}</bdi>
          <span class="muted"><b class="num">${count(filteredRows.mutedBy[index] ?? 0, "entry", "entries")}</b>
            · ${always ? "always" : "this session"}${whose ? html` · ${safeText(whose)}` : nothing}</span>
          <button type="button" class="btn" aria-label=${`Unmute ${text}`} @click=${() => unmute(mute)}>Unmute</button>
        </li>`;
      })}
    </ul>
    ${
      mutes.list.length > 1
        ? html`<button type="button" class="btn btn-quiet" @click=${unmuteAll}>Unmute all</button>`
        : nothing
    }
  </div>`;
}
