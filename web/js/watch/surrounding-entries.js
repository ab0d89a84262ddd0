/** An entry among all those around it, whatever the filter: one step there, and one back to the filter as it was. */

/** @typedef {import("./watch-page.js").WatchPage} WatchPage */

export class SurroundingEntries {
  #page;
  /** Where the reader stood. */
  #following = false;

  /** @param {WatchPage} page */
  constructor(page) {
    this.#page = page;
  }

  /** Whether there is an entry to show so, or a filter to go back to. */
  get offered() {
    const { watch, list } = this.#page;
    return Boolean(watch && (watch.bare || (!watch.filter.empty && list && list.current !== null)));
  }

  toggle() {
    if (!this.offered) return;
    if (this.#page.watch?.bare) this.leave();
    else this.#enter();
  }

  /**
   * From the entry itself; where it fills the window, it makes room for the log.
   * @param {import("../detail/open-entry.js").OpenEntry} openEntry
   */
  enterFrom(openEntry) {
    if (openEntry.fillsWindow) openEntry.close();
    this.#enter();
  }

  leave() {
    this.#show(false);
    if (this.#following) this.#page.list?.follow();
  }

  #enter() {
    this.#following = this.#page.list?.following ?? false;
    this.#page.openPanel("log");
    this.#show(true);
  }

  /** @param {boolean} bare */
  #show(bare) {
    const { watch, list } = this.#page;
    const current = list?.current ?? null;
    watch?.showBare(bare, current ?? list?.origin);
    if (current !== null) list?.select(current, "center");
    this.#page.requestUpdate();
  }
}
