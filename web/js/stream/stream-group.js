/**
 * Several streams that are watched at once, read as one: what needs the operator most is what is told of all of them.
 */

/** @typedef {import("./subscriber.js").Subscriber} Subscriber */

/**
 * The graver, the higher. An end that one key mends is told as long as any stream stands there; a service that is gone
 * only when nothing else is left to say.
 * @param {Subscriber} subscriber
 */
function gravity({ phase, reason }) {
  switch (phase) {
    case "ended":
      return reason === "gone" ? 0 : reason === "signed_out" || reason === "refused" ? 6 : 5;
    case "waiting":
      return 4;
    case "asking":
    case "connecting":
      return reason ? 3 : 2;
    case "live":
      return 1;
    case "stopped":
      return 0;
  }
}

/** Properties are those of a `Subscriber`, as far as a page reads them. */
export class StreamGroup {
  #all;

  /** @param {readonly [Subscriber, ...Subscriber[]]} subscribers */
  constructor(subscribers) {
    this.#all = subscribers;
  }

  /** Nobody's: there are several. @type {{id: string, name: string} | null} */
  service = null;

  /** Several are not shared together. @type {import("./messages.js").SharedView | null} */
  view = null;

  get #gravest() {
    return this.#all.reduce((gravest, each) => (gravity(each) > gravity(gravest) ? each : gravest));
  }

  get phase() {
    return this.#gravest.phase;
  }

  get reason() {
    return this.#gravest.reason;
  }

  get detail() {
    return this.#gravest.detail;
  }

  get deadline() {
    return this.#gravest.deadline;
  }

  get renewalRefused() {
    return this.#all.find((each) => each.renewalRefused)?.renewalRefused ?? "";
  }

  get renewing() {
    return this.#all.some((each) => each.renewing);
  }

  /** What comes first of any. */
  get renewal() {
    const all = this.#all.map(({ renewal }) => renewal);
    return {
      dueAt: Math.min(...all.map(({ dueAt }) => dueAt)),
      idle: Math.min(...all.map(({ idle }) => idle)),
    };
  }

  get mayGoOn() {
    return this.#all.some((each) => each.mayGoOn);
  }

  /** Of the one that was heard least lately, among those that are live. */
  get heardAt() {
    const live = this.#all.filter((each) => each.phase === "live");
    return live.length > 0
      ? Math.min(...live.map((each) => each.heardAt))
      : Math.max(...this.#all.map((each) => each.heardAt));
  }

  /** Of the session that ends first. */
  get endsAt() {
    return Math.min(...this.#all.map((each) => each.endsAt));
  }

  /** All streams come from one server: whoever has heard it knows its clock. */
  get skew() {
    return this.#all.find((each) => each.heardAt !== -Infinity)?.skew ?? 0;
  }

  get ledger() {
    return {
      catchingUp: this.#all.some((each) => each.ledger.catchingUp),
      filters: {
        refused: this.#all.find(({ ledger }) => ledger.filters.refused)?.ledger.filters.refused ?? "",
        taken: this.#all.find(({ ledger }) => ledger.filters.taken)?.ledger.filters.taken ?? null,
      },
      leftOut: this.#all.reduce((sum, each) => sum + each.ledger.leftOut, 0),
    };
  }
}
