/**
 * Which entry stands beside the log. It is held itself, so it stays whatever the list does; the address names it, so
 * that a reload shows it again; and where it fills the window, one step back in the browser leaves it.
 */

/** @typedef {import("../../entry/entry.js").Entry} Entry */
/** @typedef {import("../../entry/entry.js").Cursor} Cursor */
/**
 * @typedef {object} Options
 * @property {import("../../stream/live-log.js").LiveLog} watch
 * @property {import("../../filters/address.js").Address} address
 * @property {() => boolean} fillsWindow whether an entry takes the whole window now
 * @property {((cursor: Cursor) => Promise<Entry | null>) | null} fetch asks the server for one that the page has not;
 * null: the page may not ask
 * @property {(error: unknown) => string | null} explain says why the server did not answer, where that is to be said
 * @property {() => string} panel id of the one that is open
 * @property {(row: number) => void} select chooses the entry's row in the log
 * @property {() => void} changed
 * @property {() => void} left the entry is closed: the log is where one goes on
 */

const GONE =
  "That entry is not kept any more: " +
  "the server keeps the newest entries of a service, and none from before its last start.";

export class OpenEntry {
  /** @type {Entry | null} */
  entry = null;
  /** Milliseconds, the 95th percentile of its route when it was opened; 0: not known. */
  p95 = 0;
  /** What became of the entry that the address asked for; "" if there is nothing to say. */
  problem = "";
  #pushed = false;
  #stopped = false;
  /** The entry of the address, as long as it was not looked for. @type {Cursor | null} */
  #sought;
  #options;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#sought = this.#several ? null : options.address.entry;
  }

  get fillsWindow() {
    return this.#options.fillsWindow();
  }

  get #several() {
    return this.#options.watch.services.length > 0;
  }

  /** @param {Entry} entry */
  show(entry) {
    const { watch, address, changed } = this.#options;
    const step = this.fillsWindow && this.entry === null;
    this.entry = entry;
    this.p95 = watch.latencyBaseline.p95(entry);
    this.problem = "";
    this.#sought = null;
    this.#pushed ||= step;
    address.write(watch, { entry: this.#several ? null : entry, step });
    changed();
  }

  close() {
    if (this.entry === null) return;
    if (this.#pushed)
      this.#options.address.back(); // `stepped` does the rest
    else this.#close();
  }

  /** The browser went a step back or forward. */
  stepped() {
    if (this.#pushed && this.entry !== null) this.#close();
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
    const { watch, fetch, select, changed } = this.#options;
    const sought = this.#sought;
    if (!sought || watch.subscriber.phase !== "live" || watch.subscriber.ledger.catchingUp) return;
    this.#sought = null;
    const number = numberOf(watch.ring, sought);
    const row = number === null ? null : watch.ring.row(number);
    if (number !== null && row?.kind === "entry") {
      select(number);
      return this.show(row);
    }
    const [entry, problem] = fetch ? await this.#fetched(fetch, sought) : [null, GONE];
    if (this.#stopped || this.entry !== null) return;
    if (entry) return this.show(entry);
    this.problem = problem;
    changed();
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

  #close() {
    const { watch, address, panel, left } = this.#options;
    this.entry = null;
    this.#pushed = false;
    address.write(watch, { entry: null, panel: panel() }); // a step back may have been to one that was left since
    left();
  }
}

/**
 * @param {import("../../log/ring.js").Ring} ring
 * @param {Cursor} cursor
 * @returns {number | null} where an entry stands
 */
function numberOf(ring, { epoch, seq }) {
  for (let number = ring.end - 1; number >= ring.first; number--) {
    const row = ring.row(number);
    if (row.kind === "entry" && row.seq === seq && row.epoch === epoch) return number;
  }
  return null;
}
