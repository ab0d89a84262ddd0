/**
 * An entry among all those around it, whatever the filter: one step there, and one back to the filter as it was. Around
 * one that was found in history there is nothing yet: the time around it is fetched.
 */

import { Span } from "../../log/span.js";

/** @typedef {import("../../entry/entry.js").Entry} Entry */

/**
 * @typedef {object} Options
 * @property {import("../../stream/live-log.js").LiveLog} watch
 * @property {import("../../list/reader-place.js").ReaderPlace} place
 * @property {import("./open-entry.js").OpenEntry} openEntry
 * @property {() => void} toLog brings the log into sight
 * @property {() => void} changed
 */

const BEFORE = 60_000; // ms before an entry of history
const BEHIND = 5000; // ms behind it: these come first

export class SurroundingEntries {
  #options;
  /** What was shown before the time around an entry of history was. @type {Span | null} */
  #span = null;
  #unobserve = () => {};
  /** Where the reader stood. */
  #following = false;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
  }

  /** Whether there is an entry to show so, or a filter to go back to. */
  get offered() {
    const { watch, place } = this.#options;
    return watch.bare || (!watch.filter.empty && place.current !== null);
  }

  toggle() {
    if (!this.offered) return;
    if (this.#options.watch.bare) this.leave();
    else this.#enter();
  }

  /** From the open entry; where it fills the window, it makes room for the log. */
  enterFromEntry() {
    const { openEntry } = this.#options;
    if (openEntry.fillsWindow) openEntry.close();
    this.#enter();
  }

  leave() {
    this.#show(false);
    if (this.#following) this.#options.place.follow();
  }

  #enter() {
    this.#following = this.#options.place.following;
    this.#options.toLog();
    this.#show(true);
  }

  /** @param {boolean} bare */
  #show(bare) {
    const { watch, place, changed } = this.#options;
    const { current } = place;
    const row = current !== null && watch.ring.has(current) ? watch.ring.row(current) : null;
    const isFound = current !== null && current < watch.history.wholeFrom;
    if (row?.kind === "entry" && (bare ? isFound : this.#span)) this.#showInHistory(row, bare);
    else {
      watch.showBare(bare, current ?? place.origin);
      if (current !== null) place.select(current, "center");
    }
    changed();
  }

  /** The entry is the current one as soon as it is there again. @param {Entry} entry @param {boolean} bare */
  #showInHistory(entry, bare) {
    const { watch, place } = this.#options;
    const around = new Span({ since: entry.receivedAt - BEFORE, until: entry.receivedAt + BEHIND });
    const span = bare ? around : this.#span;
    this.#span = bare ? watch.span : null;
    place.select(null);
    place.follow();
    this.#unobserve();
    watch.showBare(bare);
    if (span) watch.showSpan(span);
    const { ring } = watch;
    this.#unobserve = ring.observe({
      earlier: (from, end) => {
        for (let number = from; number < end; number++) {
          const row = ring.row(number);
          if (row.kind !== "entry" || row.seq !== entry.seq || row.epoch !== entry.epoch) continue;
          this.#unobserve();
          if (place.current === null) place.select(number, "center");
          return;
        }
      },
    });
  }
}
