/**
 * A level's word as its reader is told it. There are four levels; what an app calls `fatal` or `critical`, or 60, is
 * filtered as an error, and what it said stands in the metadata, where the server has put it.
 */

import { pathOf, valueAt } from "./json-path.js";

/** @typedef {import("./entry.js").Entry} Entry */

const ORIGINAL = pathOf(["originalLevel"]);
const WORDS = new Set(
  "fatal critical crit alert emerg emergency panic dpanic severe ftl".split(" ").map((word) => `"${word}"`),
);
/** Of syslog, OpenTelemetry, Python and pino; above 400 those of Monolog and Google. */
const NUMBERS = new Set([0, 1, 2, 21, 22, 23, 24, 50, 60]);

/**
 * Whether an entry tells of what an app does not survive, which is more than an error.
 * @param {Pick<Entry, "level" | "metadata">} entry
 */
export function isFatal({ level, metadata }) {
  if (level !== "error" || metadata === "") return false;
  const said = valueAt(metadata, ORIGINAL);
  if (said === undefined) return false;
  if (WORDS.has(said.toLowerCase())) return true;
  const number = Number(said.replaceAll('"', ""));
  return NUMBERS.has(number) || (number > 400 && number <= 800);
}

/** The word, of four and `fatal`. @param {Pick<Entry, "level" | "metadata">} entry */
export function levelWord(entry) {
  return isFatal(entry) ? "fatal" : entry.level;
}
