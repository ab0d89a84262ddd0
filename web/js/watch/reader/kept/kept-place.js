/**
 * Where the reader stood in a log, and whether it was paused: kept by the tab, for a reload, and by the browser, for
 * whoever comes back. It is found again by the entries that stood there, as soon as these have come, from history too;
 * what is kept no longer is told.
 */

import { count } from "../../../lib/format.js";
import { arrival } from "../../../log/span.js";
import { WayBack } from "./way-back.js";

/** @typedef {import("../../../lib/store.js").Preferences} Preferences */
/** @typedef {import("./way-back.js").Anchor} Anchor */
/**
 * @typedef {object} Kept
 * @property {Anchor | null} reading the entry at the top; null: there was none
 * @property {number} offset px of it that were out of sight
 * @property {Anchor | null | undefined} held the newest entry when it was paused; null: there was none; undefined: it
 * was not paused
 * @property {number} until when what stood below it had come, a few pages of it; epoch milliseconds
 * @property {boolean} [quiet] whether nothing is said where it does not come
 */

const NAME = "places";
const LOGS = 12; // so many logs, those left last
const OLDEST = "The oldest that there is stands at the top.";
const ALL_NEW = "All that is kept came since the pause.";
const IN_HISTORY = "The entry that you were reading is in history: scroll up to it, or choose a time.";
const BELOW = 3; // pages
const BEHIND = 5000; // ms, where it is not known what stood below
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
  #way;

  /**
   * @param {object} options
   * @param {string} options.log which it is: a service's id, say
   * @param {readonly Preferences[]} options.keeps the tab's first, then the browser's
   * @param {import("../../../stream/live-log.js").LiveLog} options.watch nothing has come yet
   * @param {import("../../../list/reader-place.js").ReaderPlace} options.place
   * @param {(span: import("../../../log/span.js").Span) => void} options.show another time
   * @param {() => void} options.changed
   */
  constructor(options) {
    this.#options = options;
    const { keeps, log, watch, place, show } = options;
    this.#way = new WayBack(watch, show);
    const keep = keeps.find((each) => Object.hasOwn(placesOf(each), log));
    this.#sought = keep ? read(placesOf(keep)[log]) : null;
    if (!this.#sought) return;
    if (this.#sought.held !== undefined) place.viewport.stand = { row: null, offset: 0, heldFrom: -Infinity };
    this.#begin();
  }

  /**
   * Stands at an entry as soon as that has come from history, if the reader does not go elsewhere meanwhile.
   * @param {import("../../../entry/entry.js").Entry} entry
   */
  seek({ service, epoch, seq, receivedAt: at }) {
    const { watch, place } = this.#options;
    const way = new WayBack(watch, this.#options.show);
    if (this.seeking || !place.following || !way.leadsTo({ at })) return;
    this.#way = way;
    this.#found = {};
    const offset = -Math.floor(place.viewport.height / 3);
    const reading = { service, epoch, seq, at };
    this.#sought = { reading, offset, held: undefined, until: behind(at + BEHIND), quiet: true };
    this.#begin();
    this.check();
  }

  #begin() {
    const look = (/** @type {number} */ from, /** @type {number} */ end) => this.#look(from, end);
    this.#unobserve = this.#options.watch.ring.observe({ added: look, earlier: look });
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
    const { held, reading, until, quiet } = sought;
    if (reading && this.#found.reading === undefined && this.#way.goOn(reading, until)) {
      if (this.#way.jumped && held) this.#found.held ??= watch.history.wholeFrom; // it is not on the way
      return;
    }
    this.#end();
    if (quiet) return;
    const heldFrom = held === undefined ? null : (this.#found.held ?? ring.first);
    if (ring.length > 0) place.viewport.stand = { row: this.#found.reading ?? ring.first, offset: 0, heldFrom };
    if (reading && this.#found.reading === undefined)
      this.gone =
        watch.history.hasMore && reading.at <= watch.wholeSince
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
      until: this.#shownUntil,
    };
    for (const keep of leaves ? keeps : keeps.slice(0, 1)) {
      const { [log]: _former, ...others } = placesOf(keep);
      keep.set(NAME, { ...Object.fromEntries(Object.entries(others).slice(1 - LOGS)), [log]: kept });
    }
  }

  stop() {
    this.#unobserve();
  }

  /** When what stands below what is in sight had come, epoch milliseconds. */
  get #shownUntil() {
    const { watch, place } = this.#options;
    const { ring, lines } = watch;
    const { bottom, page } = place.viewport;
    const last = Math.min(bottom + BELOW * page, lines.end) - 1;
    return last < lines.first ? 0 : behind(arrival(ring.row(lines.rowAt(last))));
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
    this.#options.watch.history.enough();
  }
}

/** The whole second behind a time, as addresses have it. @param {number} at epoch milliseconds */
function behind(at) {
  return (Math.floor(at / 1000) + 1) * 1000;
}

/**
 * @param {import("../../../log/ring.js").Ring} ring
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
 * @param {import("../../../entry/entry.js").Entry} row
 * @param {Anchor} anchor
 */
function isAt({ service, epoch, seq }, anchor) {
  return epoch === anchor.epoch && service === anchor.service && seq <= anchor.seq;
}

/**
 * The entry that stands at a row, or the next one.
 * @param {import("../../../log/ring.js").Ring} ring
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
  const reading = anchor(kept.reading);
  const until = Number(kept.until) > reading?.at ? Number(kept.until) : behind((reading?.at ?? 0) + BEHIND);
  return { reading, offset, held: kept.held === undefined ? undefined : anchor(kept.held), until };
}
