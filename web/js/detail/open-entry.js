/**
 * Which entry stands beside the log. It is held itself, so it stays whatever the list does; the address names it, so
 * that a reload shows it again; and where it fills the window, one step back in the browser leaves it.
 */

import { problemText } from "../ui/problem.js";
import { entryOfAddress, writeEntry } from "../filters/address.js";

/** @typedef {import("../entry/entry.js").Entry} Entry */
/** @typedef {import("../watch/watch-page.js").WatchPage} WatchPage */

const GONE =
  "That entry is not kept any more: " +
  "the server keeps the newest entries of a service, and none from before its last start.";

/** The entry that stands open on a Watch page. Call `bind` while the page stands in the document. */
export class OpenEntry {
  /** @type {Entry | null} */
  entry = null;
  /** Milliseconds, the 95th percentile of its route when it was opened; 0: not known. */
  p95 = 0;
  /** What became of the entry that the address asked for; "" if there is nothing to say. */
  problem = "";
  /** Whether an entry takes the whole window. */
  #narrow = matchMedia("(max-width: 1099.98px)");
  #pushed = false;
  /** The entry of the address, as long as it was not looked for. @type {import("../entry/entry.js").Cursor | null} */
  #sought = null;
  #page;

  /** @param {WatchPage} page */
  constructor(page) {
    this.#page = page;
  }

  /** Follows the window and the browser's history; returns what ends that. */
  bind() {
    const changed = () => this.#page.requestUpdate();
    const stepped = () => this.#stepped();
    this.#narrow.addEventListener("change", changed);
    window.addEventListener("popstate", stepped);
    return () => {
      this.#narrow.removeEventListener("change", changed);
      window.removeEventListener("popstate", stepped);
    };
  }

  get fillsWindow() {
    return this.#narrow.matches;
  }

  /** Another stream begins: what the address asks for is looked for in it. */
  restart() {
    this.entry = null;
    this.problem = "";
    this.#pushed = false;
    this.#sought = this.#page.services.length > 0 ? null : entryOfAddress();
  }

  /** @param {Entry} entry */
  show(entry) {
    const { watch } = this.#page;
    if (!watch) return;
    const push = this.fillsWindow && this.entry === null;
    this.entry = entry;
    this.p95 = watch.latencyBaseline.p95(entry);
    this.problem = "";
    this.#sought = null;
    this.#pushed ||= push;
    if (watch.services.length === 0) writeEntry(watch, entry, push ? "push" : "replace");
    else if (push) history.pushState(null, "", location.hash);
    this.#page.requestUpdate();
  }

  close() {
    if (this.entry === null) return;
    if (this.#pushed)
      history.back(); // `popstate` does the rest
    else this.#close();
  }

  /**
   * Looks for the entry that the address asks for, once everything from before has come: in the log, then at the
   * server.
   * @returns {Promise<void>}
   */
  async seek() {
    const { watch, api, serviceId, list } = this.#page;
    const sought = this.#sought;
    if (!sought || !watch || watch.subscriber.phase !== "live" || watch.subscriber.ledger.catchingUp) return;
    this.#sought = null;
    const number = numberOf(watch.ring, sought);
    if (number !== null) {
      list?.select(number);
      return this.#page.navigation.open();
    }
    const [entry, problem] = api ? await atServer(api, serviceId, sought) : [null, GONE];
    if (this.#page.watch !== watch || this.entry !== null) return;
    if (entry) return this.show(entry);
    this.problem = problem;
    this.#page.requestUpdate();
  }

  #stepped() {
    if (!this.#pushed || this.entry === null) return;
    this.#close();
  }

  #close() {
    const { watch } = this.#page;
    this.entry = null;
    this.#pushed = false;
    // a step back may have been to one that was left since
    if (watch) writeEntry(watch, null, "replace", this.#page.panel);
    this.#page.left();
  }
}

/**
 * @param {import("../api/client.js").Api} api
 * @param {string} serviceId
 * @param {import("../entry/entry.js").Cursor} cursor
 * @returns {Promise<[entry: Entry | null, problem: string]>}
 */
async function atServer(api, serviceId, cursor) {
  try {
    return [await api.entryAt(serviceId, cursor), GONE];
  } catch (error) {
    return [null, problemText(error) ?? ""];
  }
}

/**
 * @param {import("../log/ring.js").Ring} ring
 * @param {import("../entry/entry.js").Cursor} cursor
 * @returns {number | null} where an entry stands
 */
function numberOf(ring, { epoch, seq }) {
  for (let number = ring.end - 1; number >= ring.first; number--) {
    const row = ring.row(number);
    if (row.kind === "entry" && row.seq === seq && row.epoch === epoch) return number;
  }
  return null;
}
