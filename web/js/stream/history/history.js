/**
 * What is from before the entries that a page began with. What the ring buffer holds comes by itself and is the whole
 * of it; beyond that pages come when a reader is near the oldest row: of the whole, as long as nothing narrows the log,
 * else of what the filter and the time let through, which the server looks for. These are lent: they go when the
 * reader is far away, or asks for something else, and are fetched again.
 */

import { wait } from "../../lib/timing/wait.js";
import { EarlierEntries } from "../earlier-entries.js";

/** @typedef {import("../../log/ring.js").Row} Row */
/** @typedef {import("../../query/filter.js").Filter} Filter */
/** @typedef {import("../../entry/entry.js").Cursor} Cursor */
/** @typedef {import("../earlier-entries.js").Source} Source */
/** @typedef {import("../earlier-entries.js").Place} Place */
/**
 * @typedef {object} Question what alone is looked for
 * @property {Filter} filter
 * @property {number} since epoch milliseconds; -Infinity: from the first on
 * @property {number} until
 */
/**
 * @typedef {object} Asked
 * @property {Filter | null} filter null: everything
 * @property {number} since epoch milliseconds
 * @property {number} until
 * @property {AbortSignal} signal
 */
/**
 * Fetches a page of what the server keeps before a cursor; `service` is "" where there is one only.
 * @typedef {(service: string, before: Cursor, limit: number, asked: Asked) =>
 *   Promise<import("../earlier-entries.js").Fetched | null>} FetchEarlier
 */
/** @typedef {import("../../log/range-text.js").Standing} Standing */

const MORE = 1000; // rows that are fetched at once for a reader near the oldest
const BY_ITSELF = 20_000; // rows of a time that was chosen
const STAYS = 2000; // rows that are not given back while the reader follows
const SLICE = 2000; // rows that are given back at once
const PAUSE = 16; // ms between two of these
const SETTLED = 300; // ms: a query that is being written is not looked for

export class History {
  #ring;
  #clock;
  #fetch;
  #begin;
  #deliver;
  #changed;
  #pause;
  /** What comes by itself, and what is beyond it. @type {EarlierEntries | null} */
  #whole = null;
  /** What is looked for instead. @type {Question | null} */
  #question = null;
  #asks = true;
  #askedAt = -Infinity;
  #halted = false;
  /** What was found, standing above row `below`. @type {{found: EarlierEntries, below: number} | null} */
  #asked = null;
  /** Where services' parts begin that have been dropped from. @type {Map<string, Pick<Place, "place" | "reached">>} */
  #dropped = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #returning = false;

  /**
   * @param {object} options
   * @param {import("../../log/ring.js").Ring} options.ring
   * @param {import("../../lib/timing/clock.js").Clock} options.clock
   * @param {FetchEarlier | null} options.fetch null: what was before is not asked for
   * @param {ConstructorParameters<typeof EarlierEntries>[0]["begin"]} options.begin
   * @param {(rows: Row[], size: number, lent: boolean) => number} options.deliver as in `EarlierEntries`
   * @param {() => void} options.changed
   * @param {(milliseconds: number) => Promise<void>} [options.pause]
   */
  constructor({ ring, clock, fetch, begin, deliver, changed, pause = wait }) {
    this.#ring = ring;
    this.#clock = clock;
    this.#fetch = fetch;
    this.#begin = begin;
    this.#deliver = deliver;
    this.#changed = changed;
    this.#pause = pause;
    ring.observe({ dropping: (from, end) => this.#dropping(from, end) });
  }

  /** Whether it has begun. */
  get begun() {
    return this.#whole !== null;
  }

  /** Whether what comes by itself has come. */
  get done() {
    return this.#whole?.done ?? false;
  }

  /** Entries of the ring buffer that are on their way. */
  get left() {
    return this.#whole?.left ?? 0;
  }

  /** Whether something is looked for, and not all of it fetched. */
  get searches() {
    return this.#question !== null;
  }

  /** Whether more of a time that was chosen is on its way by itself. */
  get awaited() {
    const isChosen = this.#asks && this.#question !== null && this.#question.since > -Infinity;
    return isChosen && (this.#asked?.found.running ?? this.hasMore);
  }

  /** Number of the row from which on nothing is left out. */
  get wholeFrom() {
    return Math.max(this.#asked?.below ?? -Infinity, this.#ring.first);
  }

  /** Number of the first row that is not about to go. */
  get staysFrom() {
    return this.#returning ? this.wholeFrom : this.#ring.first;
  }

  /** What was before all that there is of each service and is kept no longer, as far as the server has said. */
  get beginnings() {
    return (this.#whole?.places ?? []).flatMap(({ service, beginning, kept, place, reached }) => {
      if (!beginning) return [];
      const { removed, hasHistory } = beginning;
      const oldest = (hasHistory ? kept?.oldest : place?.seq) ?? beginning.kept.oldest;
      const until = (hasHistory ? kept?.from : reached) ?? beginning.kept.from ?? 0;
      return [{ service, count: oldest - 1 - removed, until, hasHistory }];
    });
  }

  /** @returns {Standing} */
  get standing() {
    const partial = this.#asked !== null;
    if (!this.#whole?.done) return { state: "loading", further: 0, partial };
    const machine = this.#question ? this.#asked?.found : this.#dropped.size > 0 ? null : this.#whole;
    const further = machine?.further ?? this.#beyond;
    if (machine?.trouble && machine.running) return { state: "busy", further, partial };
    if (machine?.running) return { state: "looking", further, partial };
    if (machine?.full) return { state: "full", further, partial };
    if (machine?.exhausted || !this.hasMore) return { state: "end", further: 0, partial };
    return { state: this.#halted ? "halted" : "rest", further, partial };
  }

  /** @param {Source[]} sources @returns {Row[]} those that can be shown at once, oldest first */
  begin(sources) {
    this.#whole = new EarlierEntries({ sources, begin: this.#begin, ...this.#means(null, false) });
    return this.#whole.take();
  }

  /** Goes on with what comes by itself. */
  run() {
    if (this.#whole && !this.#whole.done) void this.#whole.run();
  }

  stop() {
    this.#whole?.stop();
    this.#asked?.found.stop();
    clearTimeout(this.#timer);
    this.#returning = false;
  }

  /**
   * From now on this alone is wanted.
   * @param {Question | null} question null: everything
   * @param {boolean} [asks] whether there is anything to ask for
   * @returns {boolean} whether it is something else than before
   */
  ask(question, asks = true) {
    this.#asks = asks;
    if (spell(question) === spell(this.#question)) return false;
    this.#question = question;
    this.#halted = false;
    this.#askedAt = this.#clock.now();
    this.#leave();
    if (this.#whole?.done) this.#whole.stop();
    this.#chosen();
    return true;
  }

  /** A reader is near the oldest row, or there are few rows. @param {number} [rows] that are wanted */
  need(rows = MORE) {
    if (!this.#asks || this.#halted || this.#returning || !this.#whole?.done || !this.hasMore) return;
    const settled = this.#askedAt + SETTLED - this.#clock.now();
    clearTimeout(this.#timer);
    if (this.#question && settled > 0) return void (this.#timer = setTimeout(() => this.need(rows), settled));
    const machine = this.#question ? this.#search(this.#question) : this.#again();
    if (!machine.running && !machine.full && !machine.exhausted) machine.want(rows);
  }

  /** Looks no further, until it is told to go on. @param {boolean} halted */
  halt(halted) {
    this.#halted = halted;
    if (halted) (this.#question ? this.#asked?.found : this.#whole)?.stop();
    else this.need();
    this.#changed();
  }

  /** Nothing of what is wanted is wanted any more. */
  enough() {
    for (const machine of [this.#whole, this.#asked?.found]) if (machine?.done && machine.running) machine.want(0);
  }

  /** The reader is at the newest row: of what is far above, most is given back. */
  far() {
    const { first, lent } = this.#ring;
    if (lent <= 2 * STAYS || this.#returning || this.#asked || this.#whole?.running) return;
    void this.#giveBack(first + lent - STAYS, () => {});
  }

  /** Which numbering each service's past has. @returns {{service: string, epoch: string}[]} */
  get epochs() {
    return (this.#whole?.places ?? []).flatMap(({ service, place }) =>
      place ? [{ service, epoch: place.epoch }] : [],
    );
  }

  /** Where the whole begins, of each service. @returns {Place[]} */
  get places() {
    return (this.#whole?.places ?? []).map((each) => ({ ...each, ...this.#dropped.get(each.service) }));
  }

  /** Entries that the server keeps from before the whole. */
  get #beyond() {
    return this.places.reduce(
      (sum, { place, kept }) => sum + (place && kept ? Math.max(0, place.seq - kept.oldest) : 0),
      0,
    );
  }

  /** Whether the server keeps more than the page has of the whole. */
  get hasMore() {
    return this.places.some(({ place, kept }) => place && (!kept || place.seq > kept.oldest));
  }

  /** The search for what is asked, begun where the whole ends. @param {Question} question */
  #search(question) {
    if (this.#asked) return this.#asked.found;
    const found = new EarlierEntries({ sources: this.#sources(question), ...this.#means(question, true) });
    this.#asked = { found, below: this.#ring.first };
    found.done = true; // nothing comes by itself but what a chosen time has
    if (question.since > -Infinity) found.want(BY_ITSELF);
    return found;
  }

  /** The whole, from where it was given back. */
  #again() {
    const { maxLent, lent } = this.#ring;
    const isWhole = this.#dropped.size === 0 && !(this.#whole?.full && lent < maxLent);
    if (this.#whole && isWhole) return this.#whole;
    const whole = new EarlierEntries({ sources: this.#sources(null), ...this.#means(null, true) });
    whole.done = true;
    this.#dropped.clear();
    return (this.#whole = whole);
  }

  /** @param {Question | null} question @returns {Source[]} those that may have any of it */
  #sources(question) {
    const isAsked = (/** @type {string} */ service) => !question || question.filter.services.has(service);
    const places = this.places.filter(({ service }) => service === "" || isAsked(service));
    return places.map(({ place, ...more }) => {
      const ends = !place || (more.kept && place.seq <= more.kept.oldest);
      return { ...more, rows: [], earlier: ends ? null : { epoch: place.epoch, before: place.seq, oldest: place.seq } };
    });
  }

  /** @param {Question | null} question @param {boolean} lent @returns {any} */
  #means(question, lent) {
    const { filter = null, since = -Infinity, until = Infinity } = question ?? {};
    return {
      pause: this.#pause,
      fetch: async (/** @type {[string, Cursor, number, AbortSignal]} */ ...[service, before, limit, signal]) =>
        this.#fetch?.(service, before, limit, { filter, since, until, signal }) ?? null,
      deliver: (/** @type {Row[]} */ rows, /** @type {number} */ size) => this.#deliver(rows, size, lent || this.done),
      changed: () => {
        this.#changed();
        this.#chosen();
      },
    };
  }

  /** A time that was chosen is fetched by itself. */
  #chosen() {
    if (this.#question && this.#question.since > -Infinity && !this.#asked) this.need();
  }

  /** What was asked is asked no longer: what was found goes. */
  #leave() {
    const asked = this.#asked;
    if (!asked || this.#returning) return;
    asked.found.stop();
    void this.#giveBack(asked.below, () => (this.#asked = null));
  }

  /**
   * A slice at a time, the first at once.
   * @param {number} before number of a row
   * @param {() => void} done
   */
  async #giveBack(before, done) {
    this.#returning = true;
    while (!this.#ring.giveBack(before, SLICE)) await this.#pause(PAUSE);
    this.#returning = false;
    done();
    this.#changed();
    this.#chosen();
  }

  /** Where the whole begins when these rows are gone. @param {number} from @param {number} end */
  #dropping(from, end) {
    for (let number = Math.max(from, this.#asked?.below ?? from); number < end; number++) {
      const row = this.#ring.row(number);
      if (row.kind === "gap") this.#whole?.forget(row);
      if (row.kind !== "entry") continue;
      this.#dropped.set(row.service, { place: { epoch: row.epoch, seq: row.seq + 1 }, reached: row.receivedAt });
    }
    if (this.#whole?.done) this.#whole.stop(); // it begins anew where these were
    if (!this.#asked || end <= this.#asked.below) return;
    this.#asked.found.stop(); // the ring was full: all that was found is gone
    this.#asked = null;
  }
}

/** @param {Question | null} question */
function spell(question) {
  return question && `${question.since}-${question.until}|${question.filter.toQuery()}`;
}
