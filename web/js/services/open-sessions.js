/** Which sessions of a service concern its operator, apart from those that closed pages have left. */

import { count, countdown } from "../lib/format.js";

/**
 * Those that somebody watches by, or may: of pages that were closed without a word, what is left is no concern.
 * @param {readonly import("../api/client.js").Session[]} sessions
 * @param {number} now epoch milliseconds
 */
export function openSessions(sessions, now) {
  const live = sessions.filter((session) => Date.parse(session.expiresAt) > now);
  const isLeft = (/** @type {typeof live[number]} */ { kind, watchers }) => kind === "operator" && watchers === 0;
  return { open: live.filter((session) => !isLeft(session)), left: live.filter(isLeft) };
}

/** What is left, and until when. @param {readonly import("../api/client.js").Session[]} left @param {number} now */
export function leftText(left, now) {
  const last = Math.max(...left.map(({ expiresAt }) => Date.parse(expiresAt)));
  const ends = left.length === 1 ? "ends by itself in" : "end by themselves, the last in";
  return `${count(left.length, "session")} of pages that are closed ${ends} ${countdown(last - now)}.`;
}
