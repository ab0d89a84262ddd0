/**
 * Two stretches of the log side by side, by route: what is new since, what came more often, fails or takes longer. Each
 * is counted a slice of rows at a time, so that a long one never holds the page; one that has no end yet goes on
 * counting.
 */

import { hasFailed } from "../entry/failure.js";
import { OTHERS, routeOf } from "../entry/http-route.js";
import { QuantileSketch } from "../lib/quantile-sketch.js";

/** @typedef {import("../log/ring.js").Ring} Ring */
/** @typedef {import("../log/marks.js").Range} Range */
/** @typedef {import("../entry/entry.js").Entry} Entry */
/**
 * @typedef {{count: number, errors: number, timed: number, p50: number, p95: number}} Figures durations in
 * milliseconds, 0 while none is known
 */
/** @typedef {"failing" | "new" | "slower" | "more" | "fewer" | "faster" | "mended" | "gone"} Change */
/**
 * @typedef {{method: string, route: string, now: Figures, was: Figures, changes: Change[]}} Line `route` "" for entries
 * without one, "…" for those beyond the most that are told apart
 */

const SLICE = 256; // rows between two looks at the clock
const ROUTES = 1000;
const MARKED = 2; // so many times as often is more
const SLOWER = 1.5; // so many times as long is slower
const ENOUGH = 3; // durations, before two are compared
/** What the reader wants to see first. @type {readonly Change[]} */
const ORDER = ["failing", "new", "slower", "more", "fewer", "gone", "faster", "mended"];
/** @type {Figures} */
const NOTHING = { count: 0, errors: 0, timed: 0, p50: 0, p95: 0 };

/** What came between two rows, by route. */
export class Stretch {
  entries = 0;
  errors = 0;
  /** Epoch milliseconds of the first and the last entry by arrival; 0 before there is one. */
  firstAt = 0;
  lastAt = 0;
  /** Rows that were not kept until they were counted. */
  lost = 0;
  /** @type {Map<string, {method: string, route: string, count: number, errors: number, spread: QuantileSketch}>} */
  #routes = new Map();
  #ring;
  #next;
  #end;

  /** @param {Ring} ring @param {Range} range */
  constructor(ring, { from, end }) {
    this.#ring = ring;
    this.#next = Math.max(from, ring.first);
    this.#end = end;
  }

  /**
   * Counts on until everything there is was counted, or the time is up.
   * @param {() => boolean} spent
   * @returns {boolean} whether everything was
   */
  advance(spent) {
    const ring = this.#ring;
    const end = Math.min(this.#end, ring.end);
    if (this.#next < ring.first) {
      const kept = Math.min(ring.first, end);
      this.lost += kept - this.#next;
      this.#next = kept;
    }
    while (this.#next < end) {
      const stop = Math.min(end, this.#next + SLICE);
      for (; this.#next < stop; this.#next++) {
        const row = ring.row(this.#next);
        if (row.kind === "entry") this.#count(row);
      }
      if (this.#next < end && spent()) return false;
    }
    return true;
  }

  /** @returns {Iterable<[key: string, each: {method: string, route: string, figures: Figures}]>} */
  *routes() {
    for (const [key, { method, route: folded, count, errors, spread }] of this.#routes) {
      yield [
        key,
        {
          method,
          route: folded,
          figures: { count, errors, timed: spread.total, p50: spread.quantile(0.5), p95: spread.quantile(0.95) },
        },
      ];
    }
  }

  /** @param {Entry} entry */
  #count(entry) {
    this.entries++;
    this.firstAt ||= entry.receivedAt;
    this.lastAt = entry.receivedAt;
    const each = this.#routeOf(entry);
    each.count++;
    if (hasFailed(entry)) {
      this.errors++;
      each.errors++;
    }
    if (entry.duration >= 0) each.spread.add(entry.duration);
  }

  /** @param {Entry} entry */
  #routeOf(entry) {
    const route = routeOf(entry);
    return (
      this.#routes.get(route.key) ??
      (this.#routes.size < ROUTES ? this.#open(route) : (this.#routes.get(OTHERS.key) ?? this.#open(OTHERS)))
    );
  }

  /** @param {import("../entry/http-route.js").Route} route */
  #open({ method, path, key }) {
    const each = { method, route: path, count: 0, errors: 0, spread: new QuantileSketch() };
    this.#routes.set(key, each);
    return each;
  }
}

export class Comparison {
  /** @param {Ring} ring @param {Range} before @param {Range} after */
  constructor(ring, before, after) {
    this.was = new Stretch(ring, before);
    this.now = new Stretch(ring, after);
  }

  /**
   * @param {() => boolean} spent
   * @returns {boolean} whether both have counted everything there is
   */
  advance(spent) {
    return this.was.advance(spent) && this.now.advance(spent);
  }

  /** @returns {Line[]} what differs first, then the most frequent */
  lines() {
    /** @type {Map<string, Line>} */
    const lines = new Map();
    for (const [key, { method, route: folded, figures }] of this.now.routes())
      lines.set(key, { method, route: folded, now: figures, was: NOTHING, changes: [] });
    for (const [key, { method, route: folded, figures }] of this.was.routes()) {
      const line = lines.get(key);
      if (line) line.was = figures;
      else lines.set(key, { method, route: folded, now: NOTHING, was: figures, changes: [] });
    }
    // Without anything before, everything would be new, and without anything since, everything gone: that says nothing.
    if (this.was.entries > 0 && this.now.entries > 0) for (const line of lines.values()) line.changes = changes(line);
    return [...lines.values()].sort(
      (one, other) => rank(one) - rank(other) || other.now.count - one.now.count || other.was.count - one.was.count,
    );
  }
}

/** @param {Line} line @returns {Change[]} the gravest first */
function changes({ now, was }) {
  /** @type {Change[]} */
  const found = [];
  if (now.errors > 0 && was.errors === 0) found.push("failing");
  if (was.count === 0) found.push("new");
  else if (now.count === 0) found.push("gone");
  else {
    if (slower(now, was)) found.push("slower");
    else if (slower(was, now)) found.push("faster");
    if (now.count >= was.count * MARKED) found.push("more");
    else if (was.count >= now.count * MARKED) found.push("fewer");
    if (was.errors > 0 && now.errors === 0) found.push("mended");
  }
  return found.sort((one, other) => ORDER.indexOf(one) - ORDER.indexOf(other));
}

/** @param {Figures} one @param {Figures} other */
function slower(one, other) {
  return one.timed >= ENOUGH && other.timed >= ENOUGH && one.p95 > other.p95 * SLOWER;
}

/** @param {Line} line */
function rank({ changes: [gravest] }) {
  return gravest ? ORDER.indexOf(gravest) : ORDER.length;
}
