/**
 * What it means when the server closes a socket or refuses a session: whether to go on, and what to call it.
 *
 * @typedef
 * {"" | "lost" | "restarting" | "crowded" | "unavailable" | "expired" | "ended" | "signed_out" | "gone" | "refused"}
 * Reason why a stream waits (lost, restarting, crowded, unavailable) or has ended (expired, ended, signed_out, gone,
 * refused)
 * @typedef {{status: number, code: string, detail: string, retryAfter?: number | null}} Refusal status 0: no answer at
 * all
 */

const FOR_GOOD = new Set([400, 403, 405, 413, 415, 421]); // another try would meet the same refusal

/**
 * @param {number} code RFC 6455's or the contract's
 * @param {string} why the server's word for it
 * @returns {"expired" | "ended" | "gone" | "refused" | "unknown" | "crowded" | "restarting" | "lost"} unknown: the
 * token is
 */
export function closeReason(code, why) {
  switch (code) {
    case 4001:
      return "expired";
    case 4003:
      return why === "service deleted" ? "gone" : "ended";
    case 4400: // a bad message
    case 1009: // too long a message
      return "refused";
    case 4401:
      return "unknown";
    case 1013:
      return "crowded";
    default:
      return code === 1012 ? "restarting" : "lost";
  }
}

/**
 * @param {number} status HTTP's
 * @returns {"signed_out" | "gone" | "refused" | "unavailable"}
 */
export function refusalReason(status) {
  if (status === 401) return "signed_out";
  if (status === 404) return "gone";
  return FOR_GOOD.has(status) ? "refused" : "unavailable";
}
