/** How often each value occurs among the entries that the page keeps: what the facets show. */

/** @typedef {import("./wire.js").Entry} Entry */
/** @typedef {import("./ring.js").Ring} Ring */

/** What is counted, and where it stands in an entry. A new facet is a line here. */
const FACETS = {
  level: (/** @type {Entry} */ entry) => entry.level,
  source: (/** @type {Entry} */ entry) => entry.source,
  service: (/** @type {Entry} */ entry) => entry.service,
};

/** @typedef {keyof typeof FACETS} Facet */

export class Tally {
  /** Entries kept, whatever their values. */
  entries = 0;
  /** Entries that gaps say were not received. */
  missed = 0;
  gaps = 0;
  /** @type {Record<Facet, Map<string, number>>} a Map: a key from a log is never a property */
  #counts = { level: new Map(), source: new Map(), service: new Map() };
  #ring;

  /** @param {Ring} ring */
  constructor(ring) {
    this.#ring = ring;
    ring.observe({
      added: (from, end) => this.#count(from, end, 1),
      dropping: (from, end) => this.#count(from, end, -1),
    });
  }

  /**
   * @param {Facet} facet
   * @param {string} value
   */
  count(facet, value) {
    return this.#counts[facet].get(value) ?? 0;
  }

  /**
   * @param {Facet} facet
   * @returns {[value: string, count: number][]} the most frequent first, equals by name
   */
  ranking(facet) {
    return [...this.#counts[facet]].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  }

  /**
   * @param {number} from
   * @param {number} end
   * @param {1 | -1} step
   */
  #count(from, end, step) {
    for (let number = from; number < end; number++) {
      const row = this.#ring.row(number);
      if (row.kind === "gap") {
        this.gaps += step;
        this.missed += step * (row.count ?? 0);
      }
      if (row.kind !== "entry") continue;
      this.entries += step;
      for (const facet of /** @type {Facet[]} */ (Object.keys(FACETS))) {
        const counts = this.#counts[facet];
        const value = FACETS[facet](row);
        const count = (counts.get(value) ?? 0) + step;
        if (count > 0) counts.set(value, count);
        else counts.delete(value);
      }
    }
  }
}
