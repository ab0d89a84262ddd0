/** How a stream stands, as a page may read it; `subscriber.js` moves it. */

import { Renewal } from "./session/renewal.js";

/** @typedef {import("./close-reason.js").Reason} Reason */
/** @typedef {"stopped" | "asking" | "connecting" | "live" | "waiting" | "ended"} Phase */

/**
 * Whether what was before has come, or won't come now.
 * @param {{phase: Phase, ledger: {catchingUp: boolean}}} subscriber
 */
export function hasTold({ phase, ledger }) {
  if (phase === "live") return !ledger.catchingUp;
  return phase === "waiting" || phase === "ended" || phase === "stopped";
}

export class StreamState {
  /** @type {Phase} */
  phase = "stopped";
  /** @type {Reason} */
  reason = "";
  /** What the server said about it, in its words; "" if nothing. */
  detail = "";
  /** Why a renewal asked for while live was refused; "" if it was not. */
  renewalRefused = "";
  /** Whether a new session was asked for in place of the present one. */
  renewing = false;
  /** Monotonic milliseconds at which `tick()` is due; Infinity: never. */
  deadline = Infinity;
  /** Monotonic milliseconds of the last message; -Infinity before the first. */
  heardAt = -Infinity;
  /** What is watched; null before the server has said. @type {{id: string, name: string} | null} */
  service = null;
  /** What the shared link was made with. @type {import("./messages.js").SharedView | null} */
  view = null;
  /** The server's clock minus this one's, milliseconds. */
  skew = 0;
  /** Monotonic milliseconds at which the session ends; Infinity while unknown. */
  endsAt = Infinity;

  /** @param {import("../lib/timing/clock.js").Clock} clock */
  constructor(clock) {
    this.clock = clock;
    /** When a new session is asked for by itself. */
    this.renewal = new Renewal(clock);
  }

  /** Whether it has ended in a way that a new session mends. */
  get mayGoOn() {
    return this.phase === "ended" && (this.reason === "expired" || this.reason === "ended");
  }

  /** Epoch milliseconds by the server's clock. */
  get serverTime() {
    return this.clock.wall() + this.skew;
  }

  /** @protected */
  beginRenewal() {
    this.renewing = true;
    this.renewalRefused = "";
    this.renewal.asked();
  }

  /** @protected @param {import("./close-reason.js").Refusal} refusal */
  failRenewal({ detail, retryAfter }) {
    this.renewing = false;
    this.renewalRefused = detail;
    this.renewal.refused((retryAfter ?? 0) * 1000);
  }

  /** @protected @param {Phase} phase @param {Reason} [reason] @param {string} [detail] */
  enter(phase, reason = "", detail = "") {
    this.phase = phase;
    // While it tries again, the reason for it still holds.
    if (phase === "connecting" || phase === "asking") return;
    this.reason = reason;
    this.detail = detail;
  }
}
