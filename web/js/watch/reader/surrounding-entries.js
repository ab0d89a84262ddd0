/** An entry among all those around it, whatever the filter: one step there, and one back to the filter as it was. */

/**
 * @typedef {object} Options
 * @property {import("../../stream/live-log.js").LiveLog} watch
 * @property {import("../../list/reader-place.js").ReaderPlace} place
 * @property {import("./open-entry.js").OpenEntry} openEntry
 * @property {() => void} toLog brings the log into sight
 * @property {() => void} changed
 */

export class SurroundingEntries {
  #options;
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
    watch.showBare(bare, current ?? place.origin);
    if (current !== null) place.select(current, "center");
    changed();
  }
}
