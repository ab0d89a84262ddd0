/**
 * How often each value occurs among the entries that the page keeps: what the facets show. Only so many values are
 * counted apart; where more come, the rarer ones are counted together, so that a field that is different in every entry
 * costs no more.
 */

import { isBeginning } from "./gap-list.js";

/** @typedef {import("../entry/entry.js").Entry} Entry */
/** @typedef {import("./ring.js").Ring} Ring */
/** @typedef {import("../query/value-index.js").Facet} Facet */

const APART = 200;

const CLASSES = ["", "1xx", "2xx", "3xx", "4xx", "5xx"];

/**
 * What is counted, and where it stands in an entry; "": the entry has none.
 * @type {Record<Facet, (entry: Entry) => string>}
 */
const VALUES = {
  level: (entry) => entry.level,
  source: (entry) => entry.source,
  service: (entry) => entry.service,
  method: (entry) => entry.method.toUpperCase(),
  status: (entry) => CLASSES[Math.floor(entry.statusCode / 100)] ?? "",
};

/** Every facet there is. */
export const FACETS = /** @type {Facet[]} */ (Object.keys(VALUES));

/** The values of one facet. */
class Counts {
  /** @type {Map<string, number>} a Map: a key from a log is never a property */
  apart = new Map();
  /** Entries whose value is not counted apart. */
  others = 0;

  /** @param {string} value @param {1 | -1} step */
  add(value, step) {
    const count = this.apart.get(value);
    if (count !== undefined) {
      if (count + step > 0) this.apart.set(value, count + step);
      else this.apart.delete(value);
    } else if (step > 0) {
      if (this.apart.size >= APART) this.#joinRarer();
      this.apart.set(value, 1);
    } else this.others--; // it was among them when it came, or has been joined to them since
  }

  get ranking() {
    return [...this.apart].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  }

  /** What becomes frequent later finds room: half of the values make it. */
  #joinRarer() {
    for (const [value, count] of this.ranking.slice(APART / 2)) {
      this.apart.delete(value);
      this.others += count;
    }
  }
}

export class FacetCounts {
  /** Entries kept, whatever their values. */
  entries = 0;
  /** Entries that gaps say were not received. */
  missed = 0;
  gaps = 0;
  /** @type {Record<Facet, Counts>} */
  #counts = {
    level: new Counts(),
    source: new Counts(),
    service: new Counts(),
    method: new Counts(),
    status: new Counts(),
  };
  #ring;

  /** @param {Ring} ring */
  constructor(ring) {
    this.#ring = ring;
    ring.observe({
      added: (from, end) => this.#count(from, end, 1),
      earlier: (from, end) => this.#count(from, end, 1),
      dropping: (from, end) => this.#count(from, end, -1),
    });
  }

  /**
   * @param {Facet} facet
   * @param {string} value
   */
  count(facet, value) {
    return this.#counts[facet].apart.get(value) ?? 0;
  }

  /** Entries whose value is too rare to be counted apart. @param {Facet} facet */
  others(facet) {
    return this.#counts[facet].others;
  }

  /**
   * @param {Facet} facet
   * @returns {[value: string, count: number][]} the most frequent first, equals by name
   */
  ranking(facet) {
    return this.#counts[facet].ranking;
  }

  /**
   * @param {number} from
   * @param {number} end
   * @param {1 | -1} step
   */
  #count(from, end, step) {
    for (let number = from; number < end; number++) {
      const row = this.#ring.row(number);
      if (row.kind === "gap" && !isBeginning(row)) {
        this.gaps += step;
        this.missed += step * (row.count ?? 0);
      }
      if (row.kind !== "entry") continue;
      this.entries += step;
      for (const facet of FACETS) this.#counts[facet].add(VALUES[facet](row), step);
    }
  }
}
