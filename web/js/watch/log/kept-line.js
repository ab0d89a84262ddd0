/** What was before all that the server keeps: how much, until when, and how more is kept. */

import { html } from "../../../vendor/lit.js";
import { count, dayOf, whole } from "../../lib/format.js";
import { unkeptText } from "../../log/row-text.js";
import { safeText } from "../../ui/safe-text.js";
import "../../ui/popover.js";

/** @typedef {import("../../stream/live-log.js").LiveLog} Watch */
/** @typedef {import("../../lib/format.js").Zone} Zone */

/**
 * Nothing where all that ever came is there, or is not known to be gone.
 * @param {Watch} watch
 * @param {Zone} zone
 * @param {number | null} paused the first seq that history does not record; null: it does
 */
export function keptLine(watch, zone, paused) {
  if (paused !== null) return pausedLine(paused);
  const gone = watch.history.done ? watch.history.beginnings.filter((each) => each.count > 0 && each.until > 0) : [];
  const [first] = gone;
  if (!first) return null;
  const moments = { zone, today: dayOf(watch.serverTime, zone) };
  const all = gone.reduce((sum, each) => sum + each.count, 0);
  const face =
    gone.length === 1
      ? unkeptText(first, moments)
      : `${count(all, "older entry", "older entries")} of ${whole(gone.length)} services are no longer kept`;
  return html`<sx-popover
    class="foot-kept"
    kind="btn btn-quiet num"
    hint="What is kept, and how more is"
    label="What is kept"
    .face=${html`<span class="clip">${face}</span>`}
    .content=${() => more(watch, gone, moments)}
  ></sx-popover>`;
}

/** @param {number} seq */
function pausedLine(seq) {
  return html`<sx-popover
    class="foot-paused"
    kind="btn btn-quiet num"
    hint="History can't be written"
    label="History"
    .face=${"history is paused"}
    .content=${() => html`<div class="kept-more">
      <p>The server can't write its history: the disk is full, or fails. Entries are taken and shown as ever; from
        number ${whole(seq)} on they are not recorded, and will be a gap with its count.</p>
      <p>It goes on by itself once there is room.</p>
    </div>`}
  ></sx-popover>`;
}

/**
 * @param {Watch} watch
 * @param {import("../../stream/history/history.js").History["beginnings"]} gone
 * @param {{zone: Zone, today: import("../../lib/format.js").Day}} moments
 */
function more({ services }, gone, moments) {
  const name = (/** @type {string} */ id) => services.find((each) => each.id === id)?.name ?? "";
  return html`<div class="kept-more">
    ${
      gone.length > 1
        ? html`<ul>
          ${gone.map((each) => html`<li><b>${safeText(name(each.service))}</b>: ${unkeptText(each, moments)}</li>`)}
        </ul>`
        : html`<p>${unkeptText(gone[0], moments)}.</p>`
    }
    ${
      gone.some(({ hasHistory }) => !hasHistory)
        ? html`<p>The server holds the newest entries of each service in memory. Started with <code>--history 7d</code>,
            or <code>--history 5GB</code>, it keeps them on disk, and this page goes on into them.</p>`
        : html`<p>History keeps as much as <code>--history</code> says; the oldest go first.</p>`
    }
  </div>`;
}
