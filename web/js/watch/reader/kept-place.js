/**
 * Where the reader stood in a log, and whether it was paused: kept by the tab, for a reload, and by the browser, for
 * whoever comes back. It is found again by the entries that stood there, as soon as these have come; what is kept no
 * longer is told.
 */

import { count } from "../../lib/format.js";

/** @typedef {import("../../lib/store.js").Preferences} Preferences */
/** @typedef {{service: string, epoch: string, seq: number, at: number}} Anchor an entry; `at`: as `receivedAt` */
/**
 * @typedef {object} Kept
 * @property {Anchor | null} reading the entry at the top; null: there was none
 * @property {number} offset px of it that were out of sight
 * @property {Anchor | null | undefined} held the newest entry when it was paused; null: there was none; undefined: it
 * was not paused
 */

const NAME = "places";
const LOGS = 12; // so many logs, those left last
const OLDEST = "The oldest that there is stands at the top.";
const ALL_NEW = "All that is kept came since the pause.";
const IN_HISTORY = "The entry that you were reading is in history: scroll up to it, or choose a time.";
const BESIDE = 1000; // rows in which the next entry is looked for

export class KeptPlace {
  /** What became of the entry that was read; "" if there is nothing to say. */
  gone = "";
  #options;
  /** What is looked for; null: nothing is. @type {Kept | null} */
  #sought = null;
  /** Rows that were found. @type {{reading?: number, held?: number}} */
  #found = {};
  #unobserve = () => {};

  /**
   * @param {object} options
   * @param {string} options.log which it is: a service's id, say
   * @param {readonly Preferences[]} options.keeps the tab's first, then the browser's
   * @param {import("../../stream/live-log.js").LiveLog} options.watch nothing has come yet
   * @param {import("../../list/reader-place.js").ReaderPlace} options.place
   * @param {() => void} options.changed
   */
  constructor(options) {
    this.#options = options;
    const { keeps, log, watch, place } = options;
    const keep = keeps.find((each) => Object.hasOwn(placesOf(each), log));
    this.#sought = keep ? read(placesOf(keep)[log]) : null;
    if (!this.#sought) return;
    if (this.#sought.held !== undefined) place.viewport.stand = { row: null, offset: 0, heldFrom: -Infinity };
    const look = (/** @type {number} */ from, /** @type {number} */ end) => this.#look(from, end);
    this.#unobserve = watch.ring.observe({ added: look, earlier: look });
  }

  /** Whether the entry that was read has not been found yet. */
  get seeking() {
    return this.#sought !== null;
  }

  /** The reader goes elsewhere; a pause stays one, and what came before it is looked for still. */
  forget() {
    this.gone = "";
    if (this.#sought?.held !== undefined && this.#options.place.paused) this.#sought.reading = null;
    else this.#end();
  }

  /** To be called when the stream is another: whether what is sought can still come. */
  check() {
    const { watch, place, changed } = this.#options;
    const { subscriber, earlierLeft, ring } = watch;
    const sought = this.#sought;
    if (!sought || subscriber.phase !== "live" || subscriber.ledger.catchingUp || earlierLeft > 0) return;
    if (watch.history.awaited) return;
    this.#end();
    const { held, reading } = sought;
    const heldFrom = held === undefined ? null : (this.#found.held ?? ring.first);
    if (ring.length > 0) place.viewport.stand = { row: this.#found.reading ?? ring.first, offset: 0, heldFrom };
    if (reading && this.#found.reading === undefined)
      this.gone =
        watch.history.hasMore && reading.at < watch.wholeSince
          ? IN_HISTORY
          : `${lost(ring, reading)} ${heldFrom === ring.first ? ALL_NEW : OLDEST}`;
    changed();
  }

  /** Keeps where the reader stands now. @param {{leaves: boolean}} how `leaves`: the page, and does not only hide it */
  save({ leaves }) {
    if (this.#sought) return; // it is where it was
    const { keeps, log, place, watch } = this.#options;
    const stand = place.viewport.stand;
    /** @type {Kept | null} */
    const kept = stand && {
      reading: stand.row === null ? null : anchorOf(watch.ring, stand.row, 1),
      offset: stand.offset,
      held: stand.heldFrom === null ? undefined : anchorOf(watch.ring, stand.heldFrom - 1, -1),
    };
    for (const keep of leaves ? keeps : keeps.slice(0, 1)) {
      const { [log]: _former, ...others } = placesOf(keep);
      keep.set(NAME, { ...Object.fromEntries(Object.entries(others).slice(1 - LOGS)), [log]: kept });
    }
  }

  stop() {
    this.#unobserve();
  }

  /** @param {number} from @param {number} end rows [from, end) have come */
  #look(from, end) {
    const sought = this.#sought;
    if (!sought) return;
    const { ring } = this.#options.watch;
    for (let number = end - 1; number >= from; number--) {
      const row = ring.row(number);
      if (row.kind !== "entry") continue;
      if (this.#found.held === undefined && sought.held && isAt(row, sought.held)) this.#found.held = number + 1;
      if (this.#found.reading === undefined && sought.reading && isAt(row, sought.reading))
        this.#found.reading = row.seq === sought.reading.seq ? number : number + 1;
    }
    this.#stand(sought);
  }

  /** Stands there, once all is found. @param {Kept} sought */
  #stand({ reading, held, offset }) {
    const { place, changed } = this.#options;
    if (!place.following && held === undefined) return this.#end(); // the reader has scrolled meanwhile
    const row = this.#found.reading ?? null;
    if ((reading && row === null) || (held && this.#found.held === undefined) || (!reading && !held)) return;
    this.#end();
    const now = place.viewport.stand ?? { row: null, offset: 0 };
    const heldFrom = held === undefined ? null : (this.#found.held ?? -Infinity);
    place.viewport.stand = row === null ? { ...now, heldFrom } : { row, offset, heldFrom };
    changed();
  }

  #end() {
    this.#sought = null;
    this.#unobserve();
  }
}

/**
 * @param {import("../../log/ring.js").Ring} ring
 * @param {Anchor} reading an entry that is not kept
 */
function lost(ring, { service, epoch, seq }) {
  const what = "The entry that you were reading is kept no longer";
  for (let number = ring.first; number < ring.end; number++) {
    const row = ring.row(number);
    if (row.kind !== "entry" || row.service !== service) continue;
    if (row.epoch !== epoch || row.seq <= seq) break;
    return `${what}, nor ${count(row.seq - seq - 1, "entry", "entries")} after it.`;
  }
  return `${what}.`;
}

/**
 * Whether a row stands where an entry stood: it is that one or, where that is missing, the one before it.
 * @param {import("../../entry/entry.js").Entry} row
 * @param {Anchor} anchor
 */
function isAt({ service, epoch, seq }, anchor) {
  return epoch === anchor.epoch && service === anchor.service && seq <= anchor.seq;
}

/**
 * The entry that stands at a row, or the next one.
 * @param {import("../../log/ring.js").Ring} ring
 * @param {number} from
 * @param {1 | -1} step
 * @returns {Anchor | null}
 */
function anchorOf(ring, from, step) {
  let number = Math.max(from, ring.first);
  for (let looked = 0; looked < BESIDE && ring.has(number); looked++, number += step) {
    const row = ring.row(number);
    if (row.kind === "entry") return { service: row.service, epoch: row.epoch, seq: row.seq, at: row.receivedAt };
  }
  return null;
}

/** @param {Preferences} keep @returns {Record<string, unknown>} by log */
function placesOf(keep) {
  const places = keep.get(NAME);
  return places && typeof places === "object" && !Array.isArray(places) ? places : {};
}

/** @param {any} kept @returns {Kept | null} what is not spoiled */
function read(kept) {
  if (!kept || typeof kept !== "object") return null;
  const anchor = (/** @type {any} */ each) =>
    typeof each?.epoch === "string" && typeof each.service === "string" && Number.isSafeInteger(each.seq) ? each : null;
  const offset = Number.isFinite(kept.offset) ? kept.offset : 0;
  return { reading: anchor(kept.reading), offset, held: kept.held === undefined ? undefined : anchor(kept.held) };
}
