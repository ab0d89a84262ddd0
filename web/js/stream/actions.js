/**
 * What a subscriber asks of the edge that moves its bytes.
 *
 * @typedef {{id: string, token: string, watchIdle?: number}} Session watchIdle: seconds for which it is renewed
 *   by itself after somebody was last at the page; without it, it never is
 * @typedef {{do: "session"} | {do: "open", socket: number} | {do: "send", socket: number, text: string}
 *   | {do: "close", socket: number} | {do: "end", session: string}
 *   | {do: "deliver", rows: import("../log/ring.js").Row[], size: number}} Action
 *   session: ask for a new one, then sessionReady or sessionRefused · end: this session is not needed any more
 */

export {};
