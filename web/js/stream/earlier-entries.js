/**
 * What the server still keeps from before the entries that a page began with: fetched behind these, newest first, a
 * page at a time, with pauses in which the page draws. Of several services each page is held back until none of the
 * others can have anything newer to fetch, so that the log stays in the order of time.
 */

import { mergeBacklogs, timed } from "./merge-backlogs.js";

/** @typedef {import("../log/ring.js").Row} Row */
/** @typedef {import("../entry/entry.js").Cursor} Cursor */
/** @typedef {import("./messages.js").Page} Page */
/** @typedef {{page: Page, size: number}} Fetched size: characters on the wire */
/**
 * @typedef {object} Source one service
 * @property {string} service id that its rows carry; "" where there is one only
 * @property {Row[]} rows that have come and are not shown yet, oldest first
 * @property {import("./merge-backlogs.js").Timing} [timing] of its app; without it, the order is that of arrival
 * @property {{epoch: string, before: number, oldest: number} | null} earlier what is missing before these: [oldest,
 * before); null: nothing
 */
/**
 * @typedef {Omit<Source, "rows"> & {rows: {row: Row, at: number}[], reached: number}} Kept
 *   reached: when the oldest of its entries that have come did so, epoch milliseconds
 */

const PAGE = 500; // entries
const SLICE = 100; // entries at once: the page draws in between
const PAUSE = 16; // ms between two slices
const PATIENCE = 3000; // ms after one that could not be had

export class EarlierEntries {
  /** Whether it has everything that there was to have. */
  done = false;
  /** @type {Kept[]} */
  #sources;
  /** What can be shown and is not yet, oldest first. @type {Row[]} */
  #ready = [];
  #fetch;
  #deliver;
  #changed;
  #pause;
  /** Characters on the wire of an entry, as of the last page. */
  #size = 0;
  /** Counts runs: what a former one still waits for comes too late. */
  #run = 0;

  /**
   * @param {object} options
   * @param {Source[]} options.sources
   * @param {(service: string, before: Cursor, limit: number) => Promise<Fetched | null>} options.fetch null: the server
   * keeps nothing of that any more; a rejection: it did not answer, and is asked again
   * @param {(rows: Row[], size: number) => boolean} options.deliver rows oldest first, before all others; false: there
   * is no room for more
   * @param {() => void} options.changed called after each page, and at the end
   * @param {(milliseconds: number) => Promise<void>} [options.pause]
   */
  constructor({ sources, fetch, deliver, changed, pause = wait }) {
    this.#sources = sources.map((source) => {
      const rows = timed(source.rows, source.timing);
      return { ...source, rows, reached: rows[0]?.at ?? Infinity };
    });
    this.#fetch = fetch;
    this.#deliver = deliver;
    this.#changed = changed;
    this.#pause = pause;
  }

  /** How many entries are still to come. */
  get left() {
    return this.#sources.reduce(
      (sum, { earlier, rows }) => sum + rows.length + (earlier ? Math.max(0, earlier.before - earlier.oldest) : 0),
      this.#ready.length,
    );
  }

  /** Takes out what can be shown: nothing that is still to be fetched is newer. @returns {Row[]} oldest first */
  take() {
    const horizon = this.#sources.reduce(
      (latest, { earlier, reached }) => (earlier ? Math.max(latest, reached) : latest),
      -Infinity,
    );
    return mergeBacklogs(
      this.#sources.map(({ rows }) => {
        const from = rows.findIndex(({ at }) => at >= horizon);
        return from < 0 ? [] : rows.splice(from).map(({ row }) => row);
      }),
      this.#sources.flatMap(({ timing }) => timing ?? []),
    );
  }

  /** Fetches all there is, or goes on with that. @returns {Promise<void>} */
  async run() {
    const run = ++this.#run;
    while (this.#ready.length > 0 || this.#next) {
      const pause = this.#ready.length === 0 && this.#next ? await this.#ask(this.#next, run) : PAUSE;
      if (run !== this.#run) return;
      if (!this.#show()) break;
      this.#changed();
      if (this.#ready.length > 0 || this.#next) await this.#pause(pause);
      if (run !== this.#run) return;
    }
    this.#sources = [];
    this.#ready = [];
    this.done = true;
    this.#changed();
  }

  /** Nothing more is fetched until `run`. */
  stop() {
    this.#run++;
  }

  /** The service that reaches back least: it holds back the others. */
  get #next() {
    const lacking = this.#sources.filter(({ earlier }) => earlier);
    return lacking.length > 0
      ? lacking.reduce((latest, each) => (each.reached > latest.reached ? each : latest))
      : undefined;
  }

  /** @returns {boolean} whether there is room for more */
  #show() {
    if (this.#ready.length === 0) return true;
    const rows = this.#ready.splice(-SLICE);
    return this.#deliver(rows, Math.ceil(this.#size * rows.length));
  }

  /**
   * Fetches a page.
   * @param {Kept} source
   * @param {number} run
   * @returns {Promise<number>} how long to wait then, milliseconds
   */
  async #ask(source, run) {
    const { earlier, service } = source;
    if (!earlier) return 0;
    try {
      const fetched = await this.#fetch(service, { epoch: earlier.epoch, seq: earlier.before }, PAGE);
      if (run === this.#run) this.#keep(source, fetched);
      return PAUSE;
    } catch {
      return PATIENCE; // the page says where the server is away; what is missing stays told as missing
    }
  }

  /** @param {Kept} source @param {Fetched | null} fetched */
  #keep(source, fetched) {
    const { earlier, service } = source;
    if (!earlier || !fetched || fetched.page.through >= earlier.before) source.earlier = null;
    else {
      const { through, oldest, entries } = fetched.page;
      const rows = entries.reverse();
      if (service) for (const row of rows) row.service = service;
      // Whatever the app's clock says, what came before stands before.
      const placed = timed(rows, source.timing);
      for (const each of placed) each.at = Math.min(each.at, source.reached);
      source.rows.unshift(...placed);
      source.reached = source.rows[0]?.at ?? source.reached;
      source.earlier = through <= oldest ? null : { epoch: earlier.epoch, before: through, oldest };
      if (rows.length > 0) this.#size = fetched.size / rows.length;
    }
    this.#ready.unshift(...this.take());
  }
}

/** @param {number} milliseconds @returns {Promise<void>} */
function wait(milliseconds) {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds));
}
