/** The lowest line: what the page keeps, what is missing from it, and where the reader stands. */

import { html, nothing } from "../../../vendor/lit.js";
import { count, whole } from "../../lib/format.js";
import { lackText, rangeText } from "../../log/range-text.js";
import { gapPopover } from "../../panels/gap-popover.js";
import { ICONS } from "../../ui/icons.js";
import { keptLine } from "./kept-line.js";

/** @typedef {import("../../stream/live-log.js").LiveLog} Watch */
/** @typedef {{following: boolean, paused: boolean, waiting: number, adrift: boolean, seeking: boolean}} Stand */

/**
 * @param {object} options
 * @param {Watch} options.watch
 * @param {import("../../log/gap-list.js").GapList} options.gaps
 * @param {Stand} options.stand
 * @param {() => void} options.pause
 * @param {() => void} options.follow
 * @param {import("../../lib/format.js").Zone} options.zone
 * @param {(row: number) => void} options.show a row of the log
 * @param {number | null} options.paused the first seq that history does not record; null: it does
 * @param {() => void} options.goOn further back than the page holds at once
 */
export function watchFooter({ watch, gaps, stand, zone, pause, follow, show, paused, goOn }) {
  return html`<div class="foot-ledger">${ledger({ watch, gaps, zone, show, paused, goOn })}</div>
    <div class="foot-stand">
      <span class="foot-words num" role="status">${words(stand)}</span>
      <button
        type="button"
        class="btn btn-quiet"
        aria-pressed=${stand.paused}
        title=${stand.paused ? "Resume (Space)" : "Pause (Space)"}
        @click=${pause}
      >
        ${stand.paused ? ICONS.play : ICONS.pause}<span>${
          stand.paused ? "Resume" : "Pause"
        }</span><kbd class="kbd">Space</kbd>
      </button>
      <button
        type="button"
        class="btn ${stand.following ? "btn-quiet" : "btn-follow"}"
        aria-pressed=${stand.following}
        title="Follow the newest (End)"
        @click=${follow}
      >
        ${ICONS.follow}<span>${stand.following ? "Following" : "Follow"}</span><kbd class="kbd">End</kbd>
      </button>
    </div>`;
}

/** @param {Stand} stand */
function words({ following, paused, waiting, adrift, seeking }) {
  if (seeking) return html`${paused ? html`<b>paused</b> ` : nothing}looking for the entry that you were reading`;
  if (following) return nothing;
  if (adrift) return html`<span class="warned">these rows are too old to be kept; they stay until you scroll</span>`;
  if (paused) return html`<b>paused</b> ${whole(waiting)} waiting`;
  return waiting > 0 ? html`${whole(waiting)} below` : nothing;
}

/** @param {Pick<Parameters<typeof watchFooter>[0], "watch" | "gaps" | "zone" | "show" | "paused" | "goOn">} options */
function ledger({ watch, gaps, zone, show, paused, goOn }) {
  const { facetCounts, ring, history } = watch;
  const [range, lack] = [rangeText(watch, zone), lackText(watch)];
  const { state } = history.standing;
  return html`<span class="num">${count(facetCounts.entries, "entry", "entries")}</span>
    ${range ? html`<span class="muted num foot-range">${range}</span>` : nothing}
    ${lack ? html`<span class="muted num foot-lack">${lack}</span>` : nothing}
    ${
      history.searches && (state === "looking" || state === "busy" || state === "halted")
        ? html`<button type="button" class="btn btn-quiet" @click=${() => history.halt(state !== "halted")}>${
            state === "halted" ? "Look further" : "Stop"
          }</button>`
        : nothing
    }
    ${
      state === "full"
        ? html`<button type="button" class="btn btn-quiet" @click=${goOn}>Go on from here</button>`
        : nothing
    }
    ${keptLine(watch, zone, paused)}
    ${gapPopover({ gaps, show })}
    ${
      ring.dropped > 0
        ? html`<span
          class="faint num let-go"
          title="This page keeps the newest ${whole(ring.maxRows)} rows"
        >${count(ring.dropped, "older one")} let go</span>`
        : nothing
    }`;
}
