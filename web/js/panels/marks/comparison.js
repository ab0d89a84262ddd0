/**
 * What came after a mark against what came before it, by route and by kind of error, in two windows of one length
 * that meet at the mark. They grow with time, until one of them has no more to take in.
 */

import { OTHERS } from "../../entry/http-route.js";
import { discoveries } from "../../lib/statistics/significance.js";
import { arrival } from "../../log/span.js";
import { errorFindings, findings, NO_ERROR, NOTHING, tooFew, tooFewErrors } from "./difference.js";
import { Stretch } from "./stretch.js";

/** @typedef {import("../../log/ring.js").Ring} Ring */
/** @typedef {import("../../log/marks.js").Range} Range */
/** @typedef {import("./difference.js").Change} Change */
/** @typedef {import("./samples.js").RouteSample} RouteSample */
/**
 * @typedef {{count: number, errors: number, timed: number, p50: number, p95: number}} Figures durations in
 * milliseconds, 0 while none is known
 */
/**
 * @typedef {object} Line
 * @property {string} method
 * @property {string} route "" for entries without one, "…" for those beyond the most that are told apart
 * @property {Figures} now
 * @property {Figures} was
 * @property {Change[]} changes the gravest first
 * @property {number} few how many there are where that is too few to tell; 0: they are enough
 */

/**
 * @typedef {object} ErrorLine
 * @property {import("../errors/error-kind.js").ErrorKind} kind
 * @property {{count: number, entries: number}} now so many of all entries
 * @property {{count: number, entries: number}} was
 * @property {Change[]} changes
 * @property {number} few as in a `Line`
 */

/** Where nothing differs, one comparison in so many names anything. */
const CHANCE = 0.01;
/** What the reader wants to see first. @type {readonly Change[]} */
const ORDER = ["failing", "failing more", "new", "slower", "more", "fewer", "gone", "faster", "failing less", "mended"];

export class Comparison {
  /** Of each window, milliseconds. */
  width = 0;
  /** Whether something came before the mark that it can be compared with. */
  compares = false;
  /** All that is kept from before the mark: what was ever heard of. */
  #heard;
  #ring;
  #before;
  #at;

  /**
   * @param {Ring} ring
   * @param {Range} before
   * @param {Range} after
   * @param {number} at when the mark was set, epoch milliseconds, the server's clock
   */
  constructor(ring, before, after, at) {
    this.#ring = ring;
    this.#before = before;
    this.#at = at;
    this.was = new Stretch(ring, before, at, -1);
    this.now = new Stretch(ring, after, at, 1);
    this.#heard = new Stretch(ring, { from: -Infinity, end: before.end }, at, -1);
  }

  /**
   * @param {number} until epoch milliseconds, the server's clock, up to which everything has come; or the next mark
   * @param {() => boolean} spent
   * @returns {boolean} whether everything that is within the windows was counted
   */
  advance(until, spent) {
    const since = until - this.#at;
    const room = this.#room(this.#before.from);
    this.compares ||= room > 0;
    // Rows that are let go meanwhile were counted: a window does not shrink.
    this.width = Math.max(this.width, this.compares ? Math.min(since, room) : since);
    return (
      this.was.advance(this.width, spent) && this.now.advance(this.width, spent) && this.#heard.advance(Infinity, spent)
    );
  }

  /**
   * What differs first, then what may, then the most frequent. All that was tested is judged together.
   * @returns {{lines: Line[], errors: ErrorLine[]}}
   */
  judged() {
    const routes = this.#pairs("routes", NOTHING).map((pair) => ({
      ...pair,
      found: this.compares ? findings(pair.now, pair.was, pair.windows) : [],
    }));
    const [entries, before] = [this.now.entries, this.was.entries];
    const kinds = this.#pairs("kinds", NO_ERROR).map((pair) => ({
      ...pair,
      found: this.compares ? errorFindings(pair.now, pair.was, { ...pair.windows, entries, before }) : [],
    }));
    const all = [...routes, ...kinds].flatMap(({ found }) => found.map(({ p }) => p));
    const least = discoveries(all, CHANCE);
    const lines = routes.map(({ now, was, found }) => {
      const changes = named(found, least);
      return line(now, was, changes, this.compares && changes.length === 0 ? tooFew(now, was) : 0);
    });
    const errors = kinds.map(({ now, was, found }) => {
      const changes = named(found, least);
      const few = this.compares && changes.length === 0 ? tooFewErrors(now, was) : 0;
      const { kind } = now === NO_ERROR ? was : now;
      return { kind, now: { count: now.count, entries }, was: { count: was.count, entries: before }, changes, few };
    });
    return { lines: sorted(lines), errors: sorted(errors) };
  }

  /**
   * What came of each sort in both windows.
   * @template {"routes" | "kinds"} B
   * @template S
   * @param {B} by
   * @param {S} nothing
   */
  #pairs(by, nothing) {
    const samples = (/** @type {Stretch} */ stretch) => /** @type {Map<string, S>} */ (stretch[by]);
    const [now, was, heard] = [this.now, this.was, this.#heard].map(samples);
    const before = this.#room(-Infinity) - this.width;
    return [...new Set([...now.keys(), ...was.keys()])].map((key) => ({
      now: now.get(key) ?? nothing,
      was: was.get(key) ?? nothing,
      windows: {
        width: this.width,
        unheard: heard.has(key) || heard.has(OTHERS.key) ? 0 : Math.max(0, before),
      },
    }));
  }

  /** Milliseconds from a row to the mark, or from the oldest that is kept. @param {number} row */
  #room(row) {
    const from = Math.max(row, this.#ring.first);
    return from < this.#before.end && from < this.#ring.end ? Math.max(0, this.#at - arrival(this.#ring.row(from))) : 0;
  }
}

/** @param {RouteSample} now @param {RouteSample} was @param {Change[]} changes @param {number} few @returns {Line} */
function line(now, was, changes, few) {
  const { method, path } = now === NOTHING ? was.route : now.route;
  changes.sort((one, other) => ORDER.indexOf(one) - ORDER.indexOf(other));
  return { method, route: path, now: figures(now), was: figures(was), changes, few };
}

/** @param {RouteSample} sample @returns {Figures} */
function figures({ count, errors, durations }) {
  return { count, errors, timed: durations.total, p50: durations.quantile(0.5), p95: durations.quantile(0.95) };
}

/** @param {readonly import("./difference.js").Finding[]} found @param {number} least @returns {Change[]} */
function named(found, least) {
  return found.flatMap(({ change, p }) => (change && p <= least ? [change] : []));
}

/** @template {Line | ErrorLine} L @param {L[]} lines */
function sorted(lines) {
  return lines.sort(
    (one, other) => rank(one) - rank(other) || other.now.count - one.now.count || other.was.count - one.was.count,
  );
}

/** @param {Line | ErrorLine} line */
function rank({ changes: [gravest], now, was }) {
  if (gravest) return ORDER.indexOf(gravest);
  const failsNow = "errors" in now && "errors" in was && was.errors === 0 && now.errors > 0;
  return now.count > 0 && (was.count === 0 || failsNow) ? ORDER.length : ORDER.length + 1;
}
