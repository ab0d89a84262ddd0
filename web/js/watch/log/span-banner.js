/** The line over a log of which only a stretch is shown: since a mark, since it was cleared, or within a time. */

import { html, nothing } from "../../../vendor/lit.js";
import { count, dayOf, moment } from "../../lib/format.js";
import { preferences } from "../../lib/store.js";
import { spanText } from "../../log/range-text.js";
import { ICONS } from "../../ui/icons.js";
import { safeText } from "../../ui/safe-text.js";

/** @typedef {import("../reader/reader-span.js").ReaderSpan} ReaderSpan */

/** @param {ReaderSpan} reader @param {(at: number) => void} mark sets one, at epoch milliseconds */
export function spanBanner(reader, mark) {
  const { outsideErrors } = reader;
  const what = described(reader);
  if (!what) return nothing;
  return html`<div class="watch-since" role="status">
    <span class="grow">${what}<span class="muted num"> ·
      ${left(reader)}${
        outsideErrors > 0 ? html`, ${count(outsideErrors, "error")} among them` : nothing
      }${reader.past ? html`<span class="since-more"> · what comes now is not shown</span>` : nothing}</span></span>
    ${
      reader.range && reader.range.since > -Infinity
        ? html`<button
          type="button"
          class="btn btn-quiet"
          title="Compare what came since the beginning of this time with what came before it"
          @click=${() => mark(reader.range?.since ?? 0)}
        >${ICONS.mark}Set a mark</button>`
        : nothing
    }
    ${
      reader.shifts && reader.past
        ? html`<button type="button" class="btn btn-quiet" @click=${() => reader.shift(-1)}>Earlier</button>
          <button type="button" class="btn btn-quiet" @click=${() => reader.shift(1)}>Later</button>`
        : nothing
    }
    <button type="button" class="btn btn-quiet" @click=${() => reader.all()}>
      ${reader.clearedAt ? "Bring back" : "Show everything"}${
        reader.range ? html` <kbd class="kbd" aria-hidden="true">Esc</kbd>` : nothing
      }
    </button>
  </div>`;
}

/** How much is left out: behind a time that only ends, exactly where that can be told. @param {ReaderSpan} reader */
function left({ range, newer, outside }) {
  if (newer !== null) return count(newer, "newer entry", "newer entries");
  return range
    ? count(outside, "entry outside", "entries outside")
    : count(outside, "earlier entry", "earlier entries");
}

/** @param {ReaderSpan} reader */
function described({ mark, clearedAt, range }) {
  const zone = preferences.get("zone");
  const today = dayOf(Date.now(), zone);
  if (mark)
    return html`Only what followed <b>mark ${mark.row.number}${
      mark.row.name ? html` · ${safeText(mark.row.name)}` : nothing
    }</b>`;
  if (clearedAt) return html`Cleared <b class="num">${moment(clearedAt, zone, today, "seconds")}</b>`;
  const the = range && range.ago > 0 ? "the " : "";
  return range && html`Only ${the}<b class="num">${spanText(range, zone, Date.now())}</b>`;
}
