/** Every gap of the log: when, which numbers, how many, why; a press goes there. */

import { html, nothing } from "../../vendor/lit.js";
import { count, dayOf, moment, whole } from "../lib/format.js";
import { CAUSES } from "../log/row-text.js";
import { preferences } from "../lib/store.js";
import "../ui/popover.js";

/** @typedef {import("../log/gap-list.js").GapList} Gaps */

const MOST = 200; // the newest of them

/**
 * The button that tells of gaps, with a list of them; nothing where there are none.
 * @param {object} options
 * @param {Gaps} options.gaps
 * @param {(row: number) => void} options.show
 */
export function gapPopover({ gaps, show }) {
  const { list, missed } = gaps;
  if (list.length === 0) return nothing;
  const sum =
    missed > 0 ? html`<span class="missed">· ${count(missed, "entry", "entries")} not received</span>` : nothing;
  return html`<sx-popover
    kind="btn btn-quiet warned num"
    hint="Every gap: when, how much and why"
    label="Gaps"
    .face=${html`${count(list.length, "gap")}${sum}`}
    .content=${() => ledger(gaps, show)}
  ></sx-popover>`;
}

/** @param {Gaps} gaps @param {(row: number) => void} show */
function ledger({ list, missed }, show) {
  const zone = preferences.get("zone");
  const today = dayOf(Date.now(), zone);
  const newest = list.slice(-MOST).reverse();
  return html`<div class="gap-ledger">
    <p>${count(list.length, "gap")}, ${count(missed, "entry", "entries")} not received. Each stands in the log where it
      belongs.</p>
    <ul>
      ${newest.map(
        ({ row, at }) =>
          html`<li>
            <button type="button" class="gap-line" @click=${(/** @type {Event} */ event) => go(event, () => show(at))}>
              <span class="num mono">${moment(row.at, zone, today, "seconds")}</span>
              <span><b class="num">${row.count === null ? "some" : whole(row.count)}</b>
                ${row.count === 1 ? "entry" : "entries"}${numbers(row)}</span>
              <span class="muted">${CAUSES[row.cause]}</span>
            </button>
          </li>`,
      )}
    </ul>
    ${newest.length < list.length ? html`<p class="faint">The newest ${whole(MOST)} are shown.</p>` : nothing}
  </div>`;
}

/** @param {import("../log/ring.js").GapRow} row */
function numbers({ from, to }) {
  if (from === null || to === null) return nothing;
  return html`<span class="num muted">, ${
    from === to ? `number ${whole(from)}` : `${whole(from)} to ${whole(to)}`
  }</span>`;
}

/** @param {Event} event @param {() => void} show */
function go({ currentTarget }, show) {
  const panel = currentTarget instanceof Element ? currentTarget.closest("[popover]") : null;
  if (panel instanceof HTMLElement) panel.hidePopover();
  show();
}
