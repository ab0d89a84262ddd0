/** Which kinds of errors came after a mark, against what came before it. */

import { html, nothing } from "../../../vendor/lit.js";
import { count, percent, rate } from "../../lib/format.js";
import { safeText } from "../../ui/safe-text.js";
import { figure, whatDiffers } from "./compared-cells.js";

/** @typedef {import("./comparison.js").ErrorLine} ErrorLine */

const MOST = 50; // lines shown

/**
 * The table; nothing where nothing failed.
 * @param {readonly ErrorLine[]} lines
 * @param {number} width milliseconds of each window
 */
export function errorTable(lines, width) {
  if (lines.length === 0) return nothing;
  const minutes = Math.max(width, 1000) / 60_000;
  return html`<div
      class="table-frame compare-errors"
      tabindex="0"
      role="group"
      aria-label="What failed, by kind of error"
    >
      <table class="compare num">
        <thead>
          <tr>
            <th scope="col">Kind of error</th>
            <th scope="col">What differs</th>
            <th scope="col">Entries/min</th>
            <th scope="col">Of all</th>
          </tr>
        </thead>
        <tbody>
          ${lines.slice(0, MOST).map(
            ({ kind: { name, words }, now, was, changes, few }) => html`<tr data-gone=${now.count === 0}>
              <th scope="row" class="mono"><bdi>${
                words === "…" ? "all other errors" : safeText([name, words].filter(Boolean).join(": "))
              }</bdi></th>
              <td>${whatDiffers(changes, few, { ofErrors: true })}</td>
              ${figure(now, was, (each) => rate(each.count / minutes))}
              ${figure(now, was, (each) => (each.entries > 0 ? percent(each.count / each.entries) : "–"))}
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${
      lines.length > MOST
        ? html`<p class="faint">${count(lines.length - MOST, "more kind")} of error with less to say.</p>`
        : nothing
    }`;
}
