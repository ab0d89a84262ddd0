/** The line over a log of which only the later part is shown: since a mark, or since it was cleared. */

import { html, nothing } from "../../vendor/lit.js";
import { clock, count } from "../format.js";
import { preferences } from "../state.js";
import { shown } from "./shown.js";

/** @param {import("./reader-marks.js").ReaderMarks} reader */
export function watchSince(reader) {
  const { only, clearedAt, before } = reader;
  if (!only && !clearedAt) return nothing;
  const what = only
    ? html`Only what followed <b>mark ${only.row.number}${only.row.name ? html` · ${shown(only.row.name)}` : nothing}</b>`
    : html`Cleared <b class="num">${clock(clearedAt, preferences.get("zone")).slice(0, 8)}</b>`;
  return html`<div class="watch-since" role="status">
    <span class="grow">${what}<span class="muted num"> · ${count(before, "earlier row")} kept</span></span>
    <button type="button" class="btn btn-quiet" @click=${() => reader.showAll()}>${only ? "Show everything" : "Bring back"}</button>
  </div>`;
}
