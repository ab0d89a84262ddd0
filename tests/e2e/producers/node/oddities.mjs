/** What applications really log now and then, and what has brought down servers. By name: a log through a client. */

function deep(levels) {
  const top = {};
  let at = top;
  for (let level = 1; level < levels; level += 1) at = at.next = {};
  return { id: "deep", ...top };
}

export const ODDITIES = {
  /** Half of a surrogate pair is left. */
  slicedEmoji: (client) => client.info("Thank you 😀".slice(0, -1), { name: "😀".slice(1) }),
  deepMetadata: (client) => client.info("deep", deep(1000)),
  fatal: (client) => client.push({ level: "fatal", message: "out of memory" }),
  hugeMessage: (client) => client.error("x".repeat(1_000_000)),
};
