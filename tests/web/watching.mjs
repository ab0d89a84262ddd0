/** Makings for the tests of the watch page's models: entries, server messages, a clock that only moves when told. */

/**
 * @param {number} seq
 * @param {Partial<import("../../web/js/entry/entry.js").Entry>} [fields]
 * @returns {import("../../web/js/entry/entry.js").Entry}
 */
export function entry(seq, fields = {}) {
  return {
    kind: "entry",
    service: "",
    epoch: "e1",
    seq,
    receivedAt: 1_000_000 + seq,
    timestamp: 1_000_000 + seq,
    level: "info",
    message: `message ${seq}`,
    source: "",
    endpoint: "",
    method: "",
    statusCode: 0,
    duration: -1,
    metadata: "",
    truncated: [],
    readFrom: "",
    ...fields,
  };
}

/**
 * @param {number} count
 * @param {number} [from]
 * @param {(seq: number) => Partial<import("../../web/js/entry/entry.js").Entry>} [fields]
 */
export function entries(count, from = 1, fields = () => ({})) {
  return Array.from({ length: count }, (_, i) => entry(from + i, fields(from + i)));
}

export class FakeClock {
  #now = 0;
  now() {
    return this.#now;
  }
  wall() {
    return 1_800_000_000_000 + this.#now;
  }
  /** @param {number} milliseconds */
  advance(milliseconds) {
    this.#now += milliseconds;
  }
}

/** What the server says, as text. */
export const said = {
  /** @param {object} [fields] */
  watching: (fields = {}) =>
    JSON.stringify({
      type: "watching",
      sessionId: "s1",
      kind: "operator",
      service: { id: "svc", name: "Payment Service" },
      expiresAt: new Date(1_800_000_900_000).toISOString(),
      time: new Date(1_800_000_000_000).toISOString(),
      epoch: "e1",
      oldest: 1,
      head: 0,
      resumed: false,
      ...fields,
    }),
  /** @param {number[]} seqs @param {number} [through] */
  entries: (seqs, through = seqs.at(-1)) => {
    const at = new Date(1_800_000_000_000).toISOString();
    return JSON.stringify({
      type: "entries",
      through,
      entries: seqs.map((seq) => ({ seq, receivedAt: at, timestamp: at, level: "info", message: `m${seq}` })),
    });
  },
  /** @param {number | null} from @param {number | null} to @param {string} [reason] */
  gap: (from, to, reason = "overrun") =>
    JSON.stringify({
      type: "gap",
      from,
      to,
      count: reason === "overrun" ? Number(to) - Number(from) + 1 : null,
      reason,
    }),
  /** @param {number} through */
  heartbeat: (through) =>
    JSON.stringify({ type: "heartbeat", through, head: through, time: new Date(1_800_000_000_000).toISOString() }),
  /** @param {number} seconds */
  expiring: (seconds) =>
    JSON.stringify({ type: "expiring", expiresAt: new Date(1_800_000_900_000).toISOString(), seconds }),
  /** @param {number} through */
  filtered: (through) => JSON.stringify({ type: "filtered", through }),
  /** @param {string} detail */
  error: (detail) => JSON.stringify({ type: "error", code: "bad_filter", detail }),
};
