/** What a table of a comparison shows of a line: what differs, in words, and figures beside what they were. */

import { html, nothing } from "../../../vendor/lit.js";
import { ENOUGH } from "./difference.js";

/** @typedef {import("./difference.js").Change} Change */

/** @type {Record<Change, [word: string, tone: string]>} */
const CHANGES = {
  failing: ["now fails", "error"],
  "failing more": ["fails more often", "error"],
  new: ["new", "accent"],
  slower: ["slower", "warn"],
  more: ["more", "info"],
  fewer: ["fewer", ""],
  gone: ["gone", ""],
  faster: ["faster", "ok"],
  "failing less": ["fails less often", "ok"],
  mended: ["fails no more", "ok"],
};
/** Of an error more is worse. @type {Partial<typeof CHANGES>} */
const OF_ERRORS = {
  new: ["new", "error"],
  more: ["more often", "error"],
  fewer: ["less often", "ok"],
  gone: ["gone", "ok"],
};

/**
 * @param {readonly Change[]} changes
 * @param {number} few how many there are, where that is too few to tell; 0: they are enough
 * @param {{ofErrors?: boolean}} [options] whether they are those of a kind of error
 */
export function whatDiffers(changes, few, { ofErrors = false } = {}) {
  return html`${changes.map((change) => {
    const [face, tone] = (ofErrors && OF_ERRORS[change]) || CHANGES[change];
    return html`<span class="badge" data-tone=${tone || nothing}>${face}</span> `;
  })}${few > 0 ? html`<span class="faint">too few yet (${few} of ${ENOUGH})</span>` : nothing}`;
}

/** @template F @param {F} now @param {F} was @param {(figures: F) => string} say */
export function figure(now, was, say) {
  return html`<td>${say(now)}<span class="sr-only">, before</span> <span class="compare-was">${say(was)}</span></td>`;
}
