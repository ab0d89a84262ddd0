/**
 * Marks that the reader sets in the log: numbered rows in place, which cut it into stretches. They stay whatever the
 * filter is; one goes with the rows around it when these are let go.
 */

/** @typedef {import("./log.js").Log} Log */
/** @typedef {import("./ring.js").MarkRow} MarkRow */
/** @typedef {{row: MarkRow, at: number}} Mark `at`: the number of its row in the ring */
/** @typedef {{from: number, end: number}} Range rows [from, end) */

/** The marks of a log, kept up to date with its ring. */
export class Marks {
  /** Oldest first. @type {Mark[]} */
  #list = [];
  #last = 0;
  #log;

  /** @param {Log} log */
  constructor(log) {
    this.#log = log;
    log.ring.observe({
      dropping: (_from, end) => {
        this.#list = this.#list.filter(({ at }) => at >= end);
      },
    });
  }

  /** @returns {readonly Mark[]} oldest first */
  get list() {
    return this.#list;
  }

  /** @returns {Mark | undefined} */
  get newest() {
    return this.#list.at(-1);
  }

  /**
   * Behind the newest row there is.
   * @param {number} time epoch milliseconds, the server's clock
   * @returns {Mark}
   */
  set(time) {
    const mark = {
      row: /** @type {MarkRow} */ ({ kind: "mark", number: ++this.#last, name: "", cleared: false, at: time }),
      at: this.#log.ring.end,
    };
    this.#list.push(mark);
    this.#log.deliver([mark.row], 0);
    return mark;
  }

  /**
   * @param {Mark} mark
   * @param {string} name "" takes it away
   */
  name(mark, name) {
    mark.row.name = name.trim();
  }

  /** Its row is shown no longer; the numbers of the others stay. @param {readonly Mark[]} marks */
  clear(marks) {
    for (const mark of marks) mark.row.cleared = true;
    this.#list = this.#list.filter(({ row }) => !row.cleared);
  }

  /**
   * @param {number} row
   * @param {1 | -1} step
   * @returns {Mark | undefined} the next mark below a row, or above it
   */
  beside(row, step) {
    return step > 0 ? this.#list.find(({ at }) => at > row) : this.#list.findLast(({ at }) => at < row);
  }

  /**
   * From the mark to the next one, or to the newest row.
   * @param {Mark} mark
   * @returns {Range}
   */
  after(mark) {
    return { from: mark.at, end: this.beside(mark.at, 1)?.at ?? Infinity };
  }

  /**
   * From the mark before, or from the oldest row, to the mark.
   * @param {Mark} mark
   * @returns {Range}
   */
  before(mark) {
    return { from: this.beside(mark.at, -1)?.at ?? 0, end: mark.at };
  }
}
