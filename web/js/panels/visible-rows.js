/** Which rows of a scrolled table somebody can see, or nearly: only those need to be up to date. */

/** @typedef {HTMLElement & {key: string}} Row */

const MARGIN = "120px 0px"; // for one who begins to scroll

export class VisibleRows {
  /** @type {Set<string>} */
  #keys = new Set();
  /** @type {IntersectionObserver | null} */
  #observer = null;
  #appeared;

  /** @param {() => void} appeared there are rows in sight that were not */
  constructor(appeared) {
    this.#appeared = appeared;
  }

  /** @param {string} key */
  has(key) {
    return this.#keys.has(key);
  }

  /** @param {Element | null} scroller @param {Iterable<Element>} rows those that were told before too */
  observe(scroller, rows) {
    this.#observer ??= new IntersectionObserver((changes) => this.#take(changes), { root: scroller, rootMargin: MARGIN });
    for (const row of rows) this.#observer.observe(row);
  }

  stop() {
    this.#observer?.disconnect();
    this.#observer = null;
    this.#keys.clear();
  }

  /** A row that was taken away is told of as well, before one that came in its place. @param {IntersectionObserverEntry[]} changes */
  #take(changes) {
    let appeared = false;
    for (const { target, isIntersecting } of changes) {
      const { key } = /** @type {Row} */ (target);
      if (!isIntersecting) this.#keys.delete(key);
      else if (!this.#keys.has(key)) {
        this.#keys.add(key);
        appeared = true;
      }
    }
    if (appeared) this.#appeared();
  }
}
