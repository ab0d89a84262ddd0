/** Whether a new stream key works: what two answers of the API, taken again and again, say about it. */

/**
 * @typedef {"waiting" | "rejected" | "received"} Arrival waiting: the key was not used yet; rejected: it was, and the
 * service has only rejected entries since; received: it works
 */

/**
 * A key that was used tells that a request came in; the service's counts tell what became of its entries.
 * @param {{ accepted: number, rejected: number }} before the service's counts when the key was made
 * @param {{ accepted: number, rejected: number }} now
 * @param {{ lastUsedAt: string | null } | undefined} key
 * @returns {Arrival}
 */
export function arrival(before, now, key) {
  if (!key || key.lastUsedAt === null) return "waiting";
  // A restart begins the counts again: then whatever is there came after.
  const restarted = now.accepted < before.accepted || now.rejected < before.rejected;
  const from = restarted ? { accepted: 0, rejected: 0 } : before;
  if (now.accepted > from.accepted) return "received";
  return now.rejected > from.rejected ? "rejected" : "waiting";
}
