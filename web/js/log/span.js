/**
 * Which stretch of the log is shown, whatever the filter: from a row on, or what came within a time. It never changes.
 * Times are those of arrival, by the server's clock: they go the way the log goes, and no app's clock can be wrong
 * about them.
 */

/** @typedef {import("./ring.js").Row} Row */

const NAME = "range";

/** A stretch of the log. */
export class Span {
  /**
   * @param {object} [bounds]
   * @param {number} [bounds.from] the number of the first row
   * @param {number} [bounds.since] epoch milliseconds
   * @param {number} [bounds.until] epoch milliseconds, no more within it
   */
  constructor({ from = -Infinity, since = -Infinity, until = Infinity } = {}) {
    this.from = from;
    this.since = since;
    this.until = until;
  }

  /** Whether it leaves nothing out. */
  get whole() {
    return this.from === -Infinity && !this.timed;
  }

  /** Whether it is a time that bounds it. */
  get timed() {
    return this.since > -Infinity || this.until < Infinity;
  }

  /** @param {number} number @param {Row} row that has this number */
  has(number, row) {
    if (number < this.from) return false;
    const at = arrival(row);
    return at >= this.since && at < this.until;
  }

  /** The time as a part of an address, in whole seconds; "": none bounds it. */
  toQuery() {
    return this.timed ? `${NAME}=${this.since / 1000}-${this.until / 1000}` : "";
  }

  /** @param {string} text what `toQuery` gave, among other members */
  static fromQuery(text) {
    const [, since, until] = /^(\d{1,12})-(\d{1,12})$/.exec(new URLSearchParams(text).get(NAME) ?? "") ?? [];
    return since !== undefined && Number(since) < Number(until)
      ? new Span({ since: Number(since) * 1000, until: Number(until) * 1000 })
      : WHOLE;
  }
}

/** When a row came, epoch milliseconds by the server's clock. @param {Row} row */
export function arrival(row) {
  return row.kind === "entry" ? row.receivedAt : row.at;
}

/** All of the log. */
export const WHOLE = new Span();
