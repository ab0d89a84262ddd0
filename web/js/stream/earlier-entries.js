/**
 * What was before the entries that a page began with, newest first, a page at a time, with pauses in which the page
 * draws: what the ring buffer holds comes by itself, what is beyond it when it is wanted. Of several services each page
 * is held back until none of the others can have anything newer to fetch, so that the log stays in the order of time.
 */

import { wait } from "../lib/timing/wait.js";
import { BEGINNING, forgetGap, pageRows } from "./history/page-rows.js";
import { mergeBacklogs, timed } from "./merge-backlogs.js";

/** @typedef {import("../log/ring.js").Row} Row */
/** @typedef {import("../log/ring.js").GapRow} GapRow */
/** @typedef {import("../entry/entry.js").Cursor} Cursor */
/** @typedef {import("./messages.js").Page} Page */
/** @typedef {{page: Page, size: number}} Fetched size: characters on the wire */
/**
 * @typedef {{kept: Page["kept"], removed: number, hasHistory: boolean}} Beginning what the server keeps of a
 *   service, and how many of the entries before that were taken out
 */
/**
 * @typedef {object} Source one service
 * @property {string} service id that its rows carry; "" where there is one only
 * @property {Row[]} rows that have come and are not shown yet, oldest first
 * @property {import("./merge-backlogs.js").Timing} [timing] of its app; without it, the order is that of arrival
 * @property {{epoch: string, before: number, oldest: number} | null} earlier what is missing before these: seqs below
 * `before`, of which those from `oldest` on come by themselves; null: nothing
 * @property {number} [reached] when the oldest of its entries that have come did so, epoch milliseconds; without it,
 * that of `rows`
 * @property {Set<string>} [told] gaps that have their row
 * @property {Page["kept"] | null} [kept] what the server keeps of it, if that is known
 * @property {Beginning | null} [beginning]
 */
/**
 * @typedef {Omit<Required<Source>, "rows" | "timing"> & {rows: {row: Row, at: number}[], timing?: Source["timing"],
 *   place: Cursor | null}} Kept
 *   place: everything from there on has come
 * @typedef {Omit<Kept, "rows" | "earlier">} Place where a service's part of the log begins
 */

const PAGE = 500; // entries, of what comes by itself…
const WANTED = 1000; // …and of what somebody waits for
const SLICE = 200; // entries at once: the page draws in between
const PAUSE = 16; // ms between two slices
const PATIENCE = 3000; // ms after one that could not be had

export class EarlierEntries {
  /** Whether it has everything that comes by itself, or that there was room for. */
  done = false;
  /** Whether there was no room for more. */
  full = false;
  /** Whether it is at work. */
  running = false;
  /** What went wrong with the last page, which is asked for again. @type {unknown} */
  trouble = null;
  /** @type {Kept[]} */
  #sources;
  /** What can be shown and is not yet, oldest first. @type {Row[]} */
  #ready = [];
  #fetch;
  #begin;
  #deliver;
  #changed;
  #pause;
  /** Rows that are wanted besides what comes by itself. */
  #wanted = 0;
  /** Characters on the wire of an entry, as of the last page. */
  #size = 0;
  /** Counts runs: what a former one still waits for comes too late. */
  #run = 0;
  #left = new AbortController();

  /**
   * @param {object} options
   * @param {Source[]} options.sources
   * @param {(service: string, before: Cursor, limit: number, signal: AbortSignal) => Promise<Fetched | null>}
   * options.fetch null: the server keeps nothing of that any more; a rejection: it did not answer, and is asked again,
   * after `retryAfter` seconds if the error has any
   * @param {((service: string, epoch: string) => Promise<Beginning>) | null} [options.begin] asks for the beginning of
   * what there is; null: it is known, or not to be had
   * @param {(rows: Row[], size: number) => number} options.deliver rows oldest first, before all others; how many there
   * was room for, the newest of them
   * @param {() => void} options.changed called after each page, and at the end
   * @param {(milliseconds: number) => Promise<void>} [options.pause]
   */
  constructor({ sources, fetch, begin = null, deliver, changed, pause = wait }) {
    this.#sources = sources.map((source) => {
      const { earlier, told = new Set(), kept = null, beginning = null } = source;
      const rows = timed(source.rows, source.timing);
      const place = earlier && { epoch: earlier.epoch, seq: earlier.before };
      const known = { kept, beginning, told, place, reached: source.reached ?? rows[0]?.at ?? Infinity };
      return { ...source, ...known, rows };
    });
    this.#fetch = fetch;
    this.#begin = begin;
    this.#deliver = deliver;
    this.#changed = changed;
    this.#pause = pause;
  }

  /** How many entries are still to come by themselves. */
  get left() {
    if (this.done) return 0;
    return this.#sources.reduce(
      (sum, { earlier, rows }) => sum + rows.length + (earlier ? Math.max(0, earlier.before - earlier.oldest) : 0),
      this.#ready.length,
    );
  }

  /** Whether there is nothing more to be had. */
  get exhausted() {
    return this.#ready.length === 0 && !this.#next;
  }

  /** How many entries the server keeps that were not looked at. */
  get further() {
    return this.#sources.reduce(
      (sum, { earlier, kept }) => sum + (earlier ? Math.max(0, earlier.before - (kept?.oldest ?? earlier.before)) : 0),
      this.#ready.length,
    );
  }

  /** Where each service's part of what is shown begins. @returns {Place[]} */
  get places() {
    return this.#sources.map(({ earlier: _earlier, rows, ...source }) => {
      const ready = this.#ready.filter((row) => (row.service ?? "") === source.service);
      const waiting = [...rows, ...ready.map((row) => ({ row, at: source.reached }))];
      const told = new Set(source.told);
      for (const { row } of waiting) if (row.kind === "gap") forgetGap(told, row);
      const newest = waiting.findLast(({ row }) => row.kind === "entry");
      if (newest?.row.kind !== "entry") return { ...source, told };
      return { ...source, told, place: { epoch: newest.row.epoch, seq: newest.row.seq + 1 }, reached: newest.at };
    });
  }

  /** A row is gone that has told of a gap. @param {GapRow} row */
  forget(row) {
    const source = this.#sources.find(({ service }) => service === (row.service ?? ""));
    if (source) forgetGap(source.told, row);
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

  /** Wants so many more rows, from beyond what comes by itself. @param {number} rows */
  want(rows) {
    this.#wanted = rows;
    if (!this.running) void this.run();
  }

  /** Fetches all that comes by itself and what is wanted, or goes on with that. @returns {Promise<void>} */
  async run() {
    const run = ++this.#run;
    this.running = true;
    if (this.#left.signal.aborted) this.#left = new AbortController();
    while (!this.full && this.#goesOn) {
      const pause = this.#ready.length > 0 ? PAUSE : await this.#ask(run);
      if (run !== this.#run) return;
      this.#show();
      this.#changed();
      if (!this.full && this.#goesOn) await this.#pause(pause);
      if (run !== this.#run) return;
    }
    this.running = false;
    this.done = true;
    this.#changed();
  }

  /** Nothing more is fetched until `run`, and what is being fetched is given up. */
  stop() {
    this.#run++;
    this.#wanted = 0;
    this.running = false;
    this.#left.abort();
  }

  get #goesOn() {
    if (this.#ready.length > 0 || this.#unknown) return true;
    const next = this.#next?.earlier;
    return next ? (!this.done && next.before > next.oldest) || this.#wanted > 0 : false;
  }

  /** One of which it is not known how far it goes. */
  get #unknown() {
    return this.#begin ? this.#sources.find(({ earlier, beginning }) => earlier && !beginning) : undefined;
  }

  /** The service that reaches back least: it holds back the others. */
  get #next() {
    const lacking = this.#sources.filter(({ earlier }) => earlier);
    return lacking.length > 0
      ? lacking.reduce((latest, each) => (each.reached > latest.reached ? each : latest))
      : undefined;
  }

  #show() {
    if (this.#ready.length === 0) return;
    const rows = this.#ready.splice(-SLICE);
    const taken = this.#deliver(rows, Math.ceil(this.#size * rows.length));
    this.#wanted = Math.max(0, this.#wanted - taken);
    if (taken === rows.length) return;
    this.full = true;
    this.#ready.push(...rows.slice(0, rows.length - taken));
  }

  /**
   * Fetches a page, or where one begins.
   * @param {number} run
   * @returns {Promise<number>} how long to wait then, milliseconds
   */
  async #ask(run) {
    const [unknown, next] = [this.#unknown, this.#next];
    try {
      if (unknown?.earlier && this.#begin) {
        const beginning = await this.#begin(unknown.service, unknown.earlier.epoch);
        if (run === this.#run) this.#learn(unknown, beginning);
      } else if (next?.earlier) {
        const { epoch, before, oldest } = next.earlier;
        const limit = before > oldest ? Math.min(PAGE, before - oldest) : WANTED;
        const fetched = await this.#fetch(next.service, { epoch, seq: before }, limit, this.#left.signal);
        if (run === this.#run) this.#keep(next, fetched);
      }
      this.trouble = null;
      return PAUSE;
    } catch (error) {
      // The page says where the server is away; what is missing stays told as missing.
      if (run === this.#run) this.trouble = error;
      const { retryAfter } = /** @type {{retryAfter?: number | null}} */ (error);
      return retryAfter ? retryAfter * 1000 : PATIENCE;
    }
  }

  /** @param {Kept} source @param {Beginning} beginning */
  #learn(source, beginning) {
    source.beginning = beginning;
    source.kept = beginning.kept;
    if (source.earlier && source.earlier.before <= beginning.kept.oldest) this.#end(source);
    this.#ready.unshift(...this.take());
  }

  /** @param {Kept} source @param {Fetched | null} fetched */
  #keep(source, fetched) {
    const { earlier, service, told } = source;
    if (!earlier || !fetched) this.#end(source);
    else {
      const { through, oldest, kept } = fetched.page;
      const rows = pageRows(fetched.page, { service, told, newer: source.reached });
      // Whatever the app's clock says, what came before stands before.
      const placed = timed(rows, source.timing);
      for (const each of placed) each.at = Math.min(each.at, source.reached);
      source.rows.unshift(...placed);
      source.reached = source.rows[0]?.at ?? source.reached;
      source.kept = kept;
      source.place = { epoch: earlier.epoch, seq: Math.min(through, earlier.before) };
      source.earlier = { epoch: earlier.epoch, before: through, oldest };
      if (through <= kept.oldest || through >= earlier.before) this.#end(source);
      if (rows.length > 0) this.#size = fetched.size / rows.length;
    }
    this.#ready.unshift(...this.take());
  }

  /** There is no more of it: what was before is told. @param {Kept} source */
  #end(source) {
    const { service, place, beginning, kept, reached, told } = source;
    source.earlier = null;
    if (!place || !beginning || reached === Infinity || told.has(BEGINNING)) return;
    const { removed, hasHistory } = beginning;
    const to = (hasHistory ? (kept?.oldest ?? 1) : place.seq) - 1;
    if (to < 1) return;
    told.add(BEGINNING);
    const at = (hasHistory ? kept?.from : beginning.kept.from) ?? reached;
    const row = (/** @type {GapRow["cause"]} */ cause, /** @type {number} */ count) => {
      /** @type {GapRow} */
      const gap = { kind: "gap", cause, from: 1, to, count, at, ...(service && { service }) };
      return count > 0 ? [{ row: gap, at: reached }] : [];
    };
    source.rows.unshift(...row(hasHistory ? "unkept" : "off", to - removed), ...row("removed", removed));
  }
}
