/**
 * Which stretch of the log is shown, whatever the filter: from a row on, or what came within a time. It never changes.
 * Times are those of arrival, by the server's clock: they go the way the log goes, and no app's clock can be wrong
 * about them.
 */

/** @typedef {import("./ring.js").Row} Row */

const NAME = "range";
/** Milliseconds of the units that a range counts back in. */
const UNITS = new Map([
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** @param {number} at epoch milliseconds */
const written = (at) => new Date(at).toISOString();

/** A stretch of the log. */
export class Span {
  /**
   * @param {object} [bounds]
   * @param {number} [bounds.from] the number of the first row
   * @param {number} [bounds.since] epoch milliseconds
   * @param {number} [bounds.until] epoch milliseconds, no more within it
   * @param {number} [bounds.ago] milliseconds before it was chosen that it begins, where that is how it was chosen
   */
  constructor({ from = -Infinity, since = -Infinity, until = Infinity, ago = 0 } = {}) {
    this.from = from;
    this.since = since;
    this.until = until;
    this.ago = ago;
  }

  /** What came since so long ago, and what comes. @param {number} ago milliseconds @param {number} now */
  static last(ago, now) {
    return new Span({ since: Math.floor((now - ago) / 1000) * 1000, ago });
  }

  /**
   * What came within a time, in whole seconds, of which none is left out.
   * @param {number} since epoch milliseconds, or -Infinity
   * @param {number} until epoch milliseconds, or Infinity
   */
  static between(since, until) {
    if (!(since < until)) return WHOLE;
    return new Span({ since: Math.floor(since / 1000) * 1000, until: Math.ceil(until / 1000) * 1000 });
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
    if (!this.timed) return "";
    if (this.ago > 0) return `${NAME}=-${this.ago / 1000}s`;
    const [since, until] = [this.since, this.until].map((at) => (Number.isFinite(at) ? at / 1000 : ""));
    return `${NAME}=${since}-${until}`;
  }

  /**
   * @param {string} text what `toQuery` gave, among other members
   * @param {number} [now] epoch milliseconds
   */
  static fromQuery(text, now = Date.now()) {
    const value = new URLSearchParams(text).get(NAME) ?? "";
    const [, ago] = /^-(\d{1,9})s$/.exec(value) ?? [];
    if (Number(ago) > 0) return Span.last(Number(ago) * 1000, now);
    const [, from, to] = /^(\d{0,12})-(\d{0,12})$/.exec(value) ?? ["", "", ""];
    const since = from === "" ? -Infinity : Number(from) * 1000;
    const until = to === "" ? Infinity : Number(to) * 1000;
    return since < until && (from || to) ? new Span({ since, until }) : WHOLE;
  }

  /** The time as a shared link holds it: `FROM/TO`, or `FROM/` for all since then; null: none bounds it. */
  get fixedRange() {
    const { since, until } = this;
    return this.timed ? `${written(Math.max(since, 0))}/${until < Infinity ? written(until) : ""}` : null;
  }

  /** The same as a view keeps it: `-3600s` where it was chosen so, which counts back from now each time. */
  get range() {
    return this.ago > 0 ? `-${this.ago / 1000}s` : this.fixedRange;
  }

  /** @param {string | null} range of a view @param {number} now epoch milliseconds */
  static fromRange(range, now) {
    const [, count, unit] = /^-(\d+)([smhd])$/.exec(range ?? "") ?? [];
    if (unit) return Span.last(Number(count) * (UNITS.get(unit) ?? 0), now);
    const [from, to] = (range ?? "").split("/");
    return Span.between(Date.parse(from), to === "" ? Infinity : Date.parse(to));
  }
}

/** When a row came, epoch milliseconds by the server's clock. @param {Row} row */
export function arrival(row) {
  return row.kind === "entry" ? row.receivedAt : row.at;
}

/** All of the log. */
export const WHOLE = new Span();
