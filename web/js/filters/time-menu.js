/** Which time is shown, and the menu to choose it from. */

import { html } from "../../vendor/lit.js";
import { spanText } from "../log/range-text.js";
import { ICONS } from "../ui/icons.js";
import "../ui/menu.js";
import { askTime } from "./time-dialog.js";

/** @typedef {import("../log/span.js").Span} Span */
/**
 * @typedef {object} Time
 * @property {Span} span of which alone something is shown
 * @property {import("../lib/format.js").Zone} zone
 * @property {number} now epoch milliseconds, the server's clock
 * @property {() => void} all shows whatever there is, up to now
 * @property {(ago: number) => void} last shows what came since so many milliseconds ago, and what comes
 * @property {(since: number, until: number) => void} between epoch milliseconds; Infinity: and what comes
 * @property {(() => void) | null} first shows the first entries that are kept; null: they can't be asked for
 */

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000]; // ms
const LENGTHS = [
  { ago: 15 * MINUTE, label: "Last 15 minutes" },
  { ago: HOUR, label: "Last hour" },
  { ago: DAY, label: "Last day" },
  { ago: 7 * DAY, label: "Last 7 days" },
];

/** @param {Time} time */
export function timeMenu({ span, zone, now, all, last, between, first }) {
  const face = span.timed ? capital(spanText(span, zone, now)) : "Time";
  return html`<sx-menu
    class="query-time"
    label=${span.timed ? `Time: ${face}` : "Time"}
    kind="btn btn-quiet num"
    side="end"
    data-on=${span.timed}
    .face=${html`${ICONS.clock}<span>${face}</span>`}
    .items=${() => [
      { label: "Up to now", aside: "live", checked: !span.timed, act: all },
      ...LENGTHS.map(({ ago, label }) => ({ label, checked: span.ago === ago, act: () => last(ago) })),
      { rule: true },
      ...(first ? [{ label: "The first entries that are kept", act: first }] : []),
      { label: "From … to …", act: () => void choose({ span, zone, now, between }) },
    ]}
  ></sx-menu>`;
}

/** @param {Pick<Time, "span" | "zone" | "now" | "between">} time */
async function choose({ span, zone, now, between }) {
  const from = span.timed ? span.since : now - HOUR;
  const chosen = await askTime({ since: from, until: span.timed ? span.until : Infinity, zone });
  if (chosen) between(chosen.since, chosen.until);
}

/** @param {string} text */
function capital(text) {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
