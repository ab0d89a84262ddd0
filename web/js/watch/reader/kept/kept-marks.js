/** The marks of a log, kept in this browser: after a reload they stand where they stood, as far as that is kept. */

/** @typedef {{at: number, name: string}} Kept `at`: epoch milliseconds, the server's clock */

const PLACE = "marks";
const LOGS = 12; // so many logs, those marked last
const MARKS = 50; // of each, the newest

export class KeptMarks {
  #preferences;
  #place;
  #log;
  #restored = false;

  /**
   * @param {import("../../../lib/store.js").Preferences} preferences
   * @param {string} place which log it is: a service's id, say
   * @param {import("../../../stream/live-log.js").LiveLog} log
   */
  constructor(preferences, place, log) {
    this.#preferences = preferences;
    this.#place = place;
    this.#log = log;
  }

  /**
   * Sets them again, once all is there that they can stand above.
   * @returns {boolean} whether there were any to set
   */
  restore() {
    const { subscriber, earlierLeft, marks, oldestAt } = this.#log;
    if (this.#restored || subscriber.phase !== "live" || subscriber.ledger.catchingUp || earlierLeft > 0) return false;
    this.#restored = true;
    const kept = this.#all.get(this.#place) ?? [];
    const here = kept.filter(({ at }) => oldestAt > 0 && at >= oldestAt);
    for (const { at, name } of here) marks.name(marks.setAt(at), name);
    return here.length > 0;
  }

  /** To be called when they are others. */
  save() {
    if (!this.#restored) return;
    const all = this.#all;
    all.delete(this.#place);
    const own = this.#log.marks.list.filter(({ row }) => !row.ofRun); // the others come again with their rows
    const kept = own.slice(-MARKS).map(({ row: { at, name } }) => ({ at, name }));
    if (kept.length > 0) all.set(this.#place, kept);
    this.#preferences.set(PLACE, Object.fromEntries([...all].slice(-LOGS)));
  }

  /** @returns {Map<string, Kept[]>} what is not spoiled, by log */
  get #all() {
    const kept = this.#preferences.get(PLACE);
    const entries = kept && typeof kept === "object" ? Object.entries(kept) : [];
    return new Map(
      entries.flatMap(([place, marks]) =>
        Array.isArray(marks)
          ? [[place, marks.filter((mark) => Number.isFinite(mark?.at) && typeof mark.name === "string")]]
          : [],
      ),
    );
  }
}
