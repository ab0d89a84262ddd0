/**
 * Which entry stands beside the log. It is held itself, so it stays whatever the list does; the address names it, so
 * that a reload shows it again; and one step back in the browser leaves it.
 */

/** @typedef {import("../../entry/entry.js").Entry} Entry */
/** @typedef {import("../../filters/address.js").Cursor} Cursor */
/**
 * @typedef {object} Options
 * @property {import("../../stream/live-log.js").LiveLog} watch
 * @property {import("../../filters/address.js").Address} address
 * @property {() => boolean} fillsWindow whether an entry takes the whole window now
 * @property {((cursor: Cursor) => Promise<Entry | null>) | null} fetch asks the server for one that the page has not;
 * null: the page may not ask
 * @property {(error: unknown) => string | null} explain says why the server did not answer, where that is to be said
 * @property {(row: number) => void} select chooses the entry's row in the log
 * @property {() => Pick<import("./kept/kept-place.js").KeptPlace, "seek" | "seeking">} place where the log goes to
 * @property {() => void} changed
 * @property {() => void} left the entry is closed: the log is where one goes on
 */

const GONE = "That entry is not kept any more: the oldest of a service go first.";

export class OpenEntry {
  /** @type {Entry | null} */
  entry = null;
  /** Milliseconds, the 95th percentile of its route when it was opened; 0: not known. */
  p95 = 0;
  /** What became of the entry that the address asked for; "" if there is nothing to say. */
  problem = "";
  #stopped = false;
  /** The entry of the address, as long as it was not looked for. @type {Cursor | null} */
  #sought;
  /** How often the log is still looked through for the row of an entry that the server gave. */
  #looks = 0;
  #options;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#sought = options.address.entry;
  }

  get fillsWindow() {
    return this.#options.fillsWindow();
  }

  /**
   * Going on from one entry to the next is no step: the step back from any of them leads to the log.
   * @param {Entry} entry
   */
  show(entry) {
    const { address, watch } = this.#options;
    const how = this.entry === null ? "step" : "stay";
    this.#looks = 0;
    this.#hold(entry);
    address.write(watch, { entry: named(entry), how });
  }

  close() {
    this.#looks = 0;
    if (this.entry === null) return;
    const { address, watch, left } = this.#options;
    this.entry = null;
    address.write(watch, { entry: null, how: "leave" });
    left();
  }

  /** The browser went a step: the entry that its address names is the open one. */
  readAddress() {
    const { entry } = this.#options.address;
    this.problem = "";
    this.#sought = null;
    this.#looks = 0;
    if (isSame(this.entry, entry)) return;
    this.entry = null;
    this.#sought = entry;
    if (entry) void this.seek();
    else this.#options.left();
  }

  /** Another stream is shown: what is still on its way comes too late. */
  stop() {
    this.#stopped = true;
  }

  /**
   * Looks for the entry that the address asks for, once everything from before has come: in the log, then at the
   * server. To be called whenever the page was shown anew.
   * @returns {Promise<void>}
   */
  async seek() {
    const { watch, address, fetch, select, changed } = this.#options;
    this.#choose();
    const sought = this.#sought;
    if (!sought || watch.subscriber.phase !== "live" || watch.subscriber.ledger.catchingUp) return;
    this.#sought = null;
    const number = numberOf(watch.ring, sought);
    const row = number === null ? null : watch.ring.row(number);
    if (number !== null && row?.kind === "entry") {
      select(number);
      return this.#hold(row);
    }
    const [entry, problem] = fetch ? await this.#fetched(fetch, sought) : [null, GONE];
    if (this.#stopped || this.entry !== null || !isSame(sought, address.entry)) return;
    if (entry) {
      this.#looks = 2;
      return this.#hold(sought.service ? { ...entry, service: sought.service } : entry);
    }
    this.problem = problem;
    changed();
  }

  /** Chooses the row of an entry that the server gave, as soon as the log has it. */
  #choose() {
    const { watch, select, place } = this.#options;
    if (this.#looks === 0 || place().seeking) return;
    const { entry } = this;
    const number = entry && numberOf(watch.ring, entry);
    this.#looks = number === null ? this.#looks - 1 : 0;
    if (number !== null) select(number);
    else if (entry && this.#looks > 0 && watch.shows(entry)) place().seek(entry);
  }

  /**
   * @param {(cursor: Cursor) => Promise<Entry | null>} fetch
   * @param {Cursor} cursor
   * @returns {Promise<[entry: Entry | null, problem: string]>}
   */
  async #fetched(fetch, cursor) {
    try {
      return [await fetch(cursor), GONE];
    } catch (error) {
      return [null, this.#options.explain(error) ?? ""];
    }
  }

  /** @param {Entry} entry */
  #hold(entry) {
    const { watch, changed } = this.#options;
    this.entry = entry;
    this.p95 = watch.latencyBaseline.p95(entry);
    this.problem = "";
    this.#sought = null;
    changed();
  }
}

/** @param {Entry} entry @returns {Cursor} */
function named({ epoch, seq, service }) {
  return { epoch, seq, ...(service && { service }) };
}

/** Whether both are one entry. @param {Cursor | null} one @param {Cursor | null} other */
function isSame(one, other) {
  if (!one || !other) return one === other;
  return one.epoch === other.epoch && one.seq === other.seq && (one.service ?? "") === (other.service ?? "");
}

/**
 * @param {import("../../log/ring.js").Ring} ring
 * @param {Cursor} cursor
 * @returns {number | null} where an entry stands
 */
export function numberOf(ring, cursor) {
  for (let number = ring.end - 1; number >= ring.first; number--) {
    const row = ring.row(number);
    if (row.kind === "entry" && isSame(row, cursor)) return number;
  }
  return null;
}
