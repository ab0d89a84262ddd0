/** Why entries are missing, as the server says it. */

/** @typedef {import("../log/ring.js").GapCause} GapCause */

/** The server's reasons, but for the one that depends on the page. @type {GapCause[]} */
const CAUSES = ["restart", "reset", "pruned", "paused", "removed", "unreadable"];

/** @param {string} reason of a gap, but for `overrun` @returns {GapCause} */
export function gapCause(reason) {
  return CAUSES.find((cause) => cause === reason) ?? "unexplained";
}
