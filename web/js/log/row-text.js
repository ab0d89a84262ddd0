/** What a row of the log says, as text: of an entry what stands beside its fields, of anything else all. */

import { visible } from "../lib/escape.js";
import { dayOf, moment, whole } from "../lib/format.js";

/** @typedef {import("../entry/entry.js").Entry} Entry */
/** @typedef {import("./ring.js").Row} Row */
/** @typedef {import("../lib/format.js").Zone} Zone */
/** @typedef {Pick<import("./columns/column-types.js").Reader, "zone" | "today">} Moments */

/**
 * Rows as lines of plain text, those that are still kept.
 * @param {import("./ring.js").Ring} ring
 * @param {readonly {number: number, run: import("./lines.js").Run | null}[]} rows
 * @param {readonly import("./columns/column-types.js").Column[]} columns
 * @param {import("./columns/column-types.js").Reader} reader
 */
export function linesOf(ring, rows, columns, reader) {
  return rows
    .filter(({ number }) => ring.has(number))
    .map(({ number, run }) => lineOf(ring, number, run, columns, reader));
}

/**
 * A row as one line of plain text, for the clipboard: the columns that are shown, in their order, and escapes as the
 * page shows them, so that what is pasted into a terminal is text there too. What stands for a run says so.
 * @param {import("./ring.js").Ring} ring
 * @param {number} number
 * @param {import("./lines.js").Run | null} run that the row stands for
 * @param {readonly import("./columns/column-types.js").Column[]} columns
 * @param {import("./columns/column-types.js").Reader} reader
 */
export function lineOf(ring, number, run, columns, reader) {
  const row = ring.row(number);
  if (row.kind !== "entry") return `-- ${visible(describe(row, reader))} --`;
  const texts = columns.map(({ text }) => visible(text(row, reader)));
  if (run && !run.open) texts.push(repeated(ring, run, row.timestamp, reader.zone));
  return texts.filter((text) => text !== "").join("\t");
}

/**
 * @param {import("./ring.js").Ring} ring
 * @param {import("./lines.js").Run} run
 * @param {number} since its first one's time
 * @param {Zone} zone
 */
function repeated(ring, { count, last }, since, zone) {
  const row = ring.row(last);
  return `× ${whole(count)}${row.kind === "entry" ? ` – ${moment(row.timestamp, zone, dayOf(since, zone))}` : ""}`;
}

/**
 * What a row says that is no entry.
 * @param {Exclude<Row, Entry>} row
 * @param {Moments} reader
 * @param {boolean} [mayGoOn] whether a session's end is where the stream stands now
 */
export function describe(row, reader, mayGoOn = false) {
  if (row.kind === "gap") return describeGap(row, reader);
  return row.kind === "mark" ? describeMark(row, reader) : describeEnd(row, reader, mayGoOn);
}

/**
 * What was before all that is kept.
 * @param {{count: number, until: number, hasHistory: boolean}} unkept until: epoch milliseconds
 * @param {Moments} reader
 */
export function unkeptText({ count, until, hasHistory }, { zone, today }) {
  const [time, are] = [moment(until, zone, today, "minutes"), count === 1 ? "is" : "are"];
  return hasHistory
    ? `${whole(count)} older ${count === 1 ? "entry" : "entries"}, until ${time}, ${are} no longer kept`
    : `history is off: ${whole(count)} ${count === 1 ? "entry" : "entries"} before ${time} ${are} no longer kept`;
}

/** Why entries are missing, in words. @type {Record<import("./ring.js").GapCause, string>} */
export const CAUSES = {
  slow: "this page was too slow",
  away: "away too long",
  restart: "the server was restarted and numbers start over",
  reset: "the server does not know this place; it goes on with its newest entries",
  pruned: "older than the server keeps",
  paused: "the server could not write its history",
  removed: "removed by the operator",
  unreadable: "the server cannot read that part of its history",
  unkept: "no longer kept",
  off: "no longer kept, as history is off",
  unexplained: "the server left them out without saying why",
};

/** @param {import("./ring.js").GapRow} gap @param {Moments} reader */
function describeGap({ count, cause, at }, reader) {
  if (count !== null && (cause === "unkept" || cause === "off"))
    return unkeptText({ count, until: at, hasHistory: cause === "unkept" }, reader);
  if (count === null) return `gap: ${CAUSES[cause]}`;
  return `gap: ${whole(count)} ${count === 1 ? "entry" : "entries"} not received (${CAUSES[cause]})`;
}

/**
 * @param {import("./ring.js").MarkRow} mark
 * @param {Moments} reader
 */
function describeMark({ number, name, at }, { zone, today }) {
  return `mark ${number}${name && ` · ${name}`} · ${moment(at, zone, today, "seconds")}`;
}

/**
 * @param {import("./ring.js").SessionRow} row
 * @param {Moments} reader
 * @param {boolean} mayGoOn
 */
function describeEnd({ end, at }, { zone, today }, mayGoOn) {
  const what = `session ${end === "expired" ? "ended" : "was ended"} ${moment(at, zone, today, "minutes")}`;
  return mayGoOn ? `${what} · Enter to go on` : what;
}
