/** Every gap that the log shows, so that they can be told one by one and add up to what the foot says. */

/** @typedef {import("./ring.js").Ring} Ring */
/** @typedef {import("./ring.js").GapRow} GapRow */

/** The gaps of a log, kept up to date with its ring. */
export class GapList {
  /** Oldest first. @type {{row: GapRow, at: number}[]} */
  #list = [];

  /** @param {Ring} ring */
  constructor(ring) {
    /** @param {number} from @param {number} end */
    const gaps = (from, end) => {
      const found = [];
      for (let number = from; number < end; number++) {
        const row = ring.row(number);
        if (row.kind === "gap" && !isBeginning(row)) found.push({ row, at: number });
      }
      return found;
    };
    ring.observe({
      added: (from, end) => void this.#list.push(...gaps(from, end)),
      earlier: (from, end) => void this.#list.unshift(...gaps(from, end)),
      dropping: (_from, end) => {
        this.#list = this.#list.filter(({ at }) => at >= end);
      },
    });
  }

  /** @returns {readonly {row: GapRow, at: number}[]} oldest first; `at` is the number of the row in the ring */
  get list() {
    return this.#list;
  }

  /** Entries that are known to be missing. */
  get missed() {
    return this.#list.reduce((sum, { row }) => sum + (row.count ?? 0), 0);
  }
}

/** Whether it is all that was before what the server keeps: that is no gap of the log. @param {GapRow} row */
export function isBeginning({ cause }) {
  return cause === "unkept" || cause === "off";
}
