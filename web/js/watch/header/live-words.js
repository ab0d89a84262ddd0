/** How the watching itself is, in words: the stream, the server, the app, and the session behind it. */

import { appClockText, appDelayText, browserClockText } from "../../stream/time/clock-skew-text.js";
import { dayOf, duration, moment } from "../../lib/format.js";

/** @typedef {import("../../stream/live-log.js").LiveLog} Watch */
/** @typedef {import("../reader/ingest-lag.js").IngestLag} IngestLag */
/** @typedef {import("../../lib/format.js").Zone} Zone */
/** @typedef {{tone: "ok" | "warn" | "error" | "", word: string, hint: string}} Standing */

const QUIET = 20_000; // ms; a heartbeat comes every 15 s
const SEAM = 3000; // ms from one session to the next, which nobody needs to see

/** @type {Partial<Record<import("../../stream/close-reason.js").Reason, string>>} */
const ENDS = { signed_out: "Signed out", gone: "Service gone", refused: "Refused" };

/** @type {Standing} */
const OFFLINE = {
  tone: "error",
  word: "Offline",
  hint: "This browser says that it has no network, and the server has not been heard since; nothing is lost by it",
};

/** What is worst of all, in a word or two that hold no number. @param {Watch} watch @returns {Standing} */
export function standing({ subscriber, clock, offlineAt }) {
  const { phase, reason, heardAt } = subscriber;
  const silent = clock.now() - heardAt;
  // One that has its server on the same machine may hear it all the same.
  if (heardAt < offlineAt && phase !== "ended" && phase !== "stopped") return OFFLINE;
  switch (phase) {
    case "live":
      return silent < QUIET
        ? { tone: "ok", word: "Live", hint: "The socket is connected" }
        : { tone: "warn", word: "Server silent", hint: "The socket is connected, but the server has not been heard" };
    case "waiting":
      return {
        tone: "error",
        word: "Connection lost",
        hint: "The socket is not connected; this page tries again by itself",
      };
    case "ended":
    case "stopped":
      return { tone: "", word: endWords(reason), hint: "The socket is closed" };
    default:
      return reason === "" && silent < SEAM
        ? { tone: "ok", word: "Live", hint: "The socket is being connected" }
        : { tone: "warn", word: "Connecting", hint: "The socket is being connected" };
  }
}

/** What has ended. @param {import("../../stream/close-reason.js").Reason} reason */
export function endWords(reason) {
  return ENDS[reason] ?? "Session ended";
}

/** When the server was heard, and how clocks stand to its. @param {Watch} watch @returns {string[]} */
export function serverWords({ subscriber, clock }) {
  const { heardAt, skew } = subscriber;
  if (heardAt === -Infinity) return ["The server has not been heard yet."];
  const heard = duration(clock.now() - heardAt);
  return [`The server was last heard ${heard} ago; it speaks every 15 s at least.`, browserClockText(skew)];
}

/** When the app was heard, and how late its entries come. @param {Watch} watch @param {IngestLag} lag */
export function appWords({ lastEntryAt, serverTime }, lag) {
  if (lastEntryAt === 0) return ["No entry of the app has come in yet."];
  const since = Math.max(0, serverTime - lastEntryAt);
  const last = `The last entry came in ${since < 1000 ? "just now" : `${duration(since)} ago`}.`;
  return [last, appDelayText(lag), appClockText(lag)].filter((words) => words !== "");
}

/** Until when the session goes on, and whether it is renewed. @param {Watch} watch @param {Zone} zone */
export function sessionWords({ subscriber, remaining, shared, serverTime, clock }, zone) {
  if (remaining === Infinity) return "";
  const at = (/** @type {number} */ milliseconds) =>
    moment(serverTime + milliseconds, zone, dayOf(serverTime, zone), "minutes");
  const { dueAt, idle } = subscriber.renewal;
  if (shared) return `It ends ${at(remaining)}. Whoever shared this log chose how long.`;
  if (idle === 0) return `The session ends ${at(remaining)}. Renewing it loses nothing.`;
  const away = `nobody was at this page for ${duration(idle)}.`;
  return dueAt === Infinity
    ? `The session ends ${at(remaining)}: ${away}`
    : `The session renews by itself, next ${at(dueAt - clock.now())}, unless ${away}`;
}
