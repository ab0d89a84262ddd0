/** Why entries are missing, as the server says it. */

/** @typedef {import("../log/ring.js").GapCause} GapCause */

/** The server's reasons, but for the one that depends on the page. @type {ReadonlyMap<string, GapCause>} */
const CAUSES = new Map(
  /** @type {GapCause[]} */ (["restart", "reset", "pruned", "paused", "removed"]).map((cause) => [cause, cause]),
);

/** @param {string} reason of a gap, but for `overrun` @returns {GapCause} */
export function gapCause(reason) {
  return CAUSES.get(reason) ?? "unexplained";
}
