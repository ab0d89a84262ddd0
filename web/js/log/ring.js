/**
 * What the page keeps: a bounded run of rows, oldest first. A row is an entry, a gap or the end of a session, in the
 * order in which they came. Every row has a number that never changes, so that whoever looks at row 5,000 goes on
 * looking at it while older ones are dropped. The first to come is number 0; what was before it and comes only later
 * counts down from there.
 */

/** @typedef {import("../entry/entry.js").Entry} Entry */
/**
 * @typedef {"slow" | "away" | "restart" | "reset" | "pruned" | "paused" | "removed" | "unreadable" |
 *   "unkept" | "off" | "unexplained"} GapCause
 *   unkept: all that was before what the server keeps, which is no gap of the log; off: likewise, without history
 * @typedef {{kind: "gap", cause: GapCause, from: number | null, to: number | null, count: number | null, at: number,
 * service?: string}} GapRow `at` in epoch milliseconds; `service` as in an entry
 * @typedef {{kind: "session", end: "expired" | "ended", at: number, service?: string}} SessionRow
 * @typedef {{kind: "mark", number: number, name: string, cleared: boolean, at: number, service?: string,
 * ofRun?: boolean}} MarkRow set by the reader, `name` "" until it has one; `ofRun`: a program was started or has ended
 * @typedef {Entry | GapRow | SessionRow | MarkRow} Row
 */
/**
 * Told of every change, in time to look at rows before they go.
 * @typedef {object} RingObserver
 * @property {(from: number, end: number) => void} [added] rows [from, end) are there
 * @property {(from: number, end: number) => void} [earlier] rows [from, end) are there, before all others
 * @property {(from: number, end: number) => void} [dropping] rows [from, end) are about to go; still readable
 */

export class Ring {
  /** @type {(Row | null)[]} the first `#gone` of them are not there any more */
  #rows = [];
  #gone = 0;
  /** @type {number[]} characters on the wire of each row */
  #sizes = [];
  #first = 0;
  #size = 0;
  #dropped = 0;
  #wasCut = false;
  /** Of the oldest rows so many are lent: they were fetched for a reader who looks there, and can be had again. */
  #lent = 0;
  #lentSize = 0;
  /** @type {RingObserver[]} */
  #observers = [];

  /**
   * @param {object} [bounds]
   * @param {number} [bounds.rows] at most so many rows
   * @param {number} [bounds.size] at most so many characters, as counted on the wire
   * @param {number} [bounds.lent] at most so many rows besides, and a quarter of the size, that are lent
   */
  constructor({ rows = 200_000, size = 96 * 2 ** 20, lent = 50_000 } = {}) {
    this.maxRows = rows;
    this.maxSize = size;
    this.maxLent = lent;
  }

  /** Number of the oldest row. */
  get first() {
    return this.#first;
  }

  /** One more than the number of the newest row. */
  get end() {
    return this.#first + this.length;
  }

  get length() {
    return this.#rows.length - this.#gone;
  }

  /** Characters on the wire of what is kept. */
  get size() {
    return this.#size;
  }

  /** How many rows the bounds have cost so far. */
  get dropped() {
    return this.#dropped;
  }

  /** Rows that were lent. */
  get lent() {
    return this.#lent;
  }

  /**
   * @param {Row["kind"]} kind
   * @param {number} before
   * @returns {number | null} the newest row of a kind before another
   */
  lastOfKind(kind, before) {
    for (let number = Math.min(before, this.end) - 1; number >= this.#first; number--)
      if (this.row(number).kind === kind) return number;
    return null;
  }

  /** @param {RingObserver} observer @returns {() => void} ends it */
  observe(observer) {
    this.#observers.push(observer);
    return () => {
      this.#observers = this.#observers.filter((each) => each !== observer);
    };
  }

  /**
   * @param {number} number from `first` up to, not including, `end`
   * @returns {Row}
   * @throws {RangeError} the row was dropped or has not come
   */
  row(number) {
    const row = this.#rows[number - this.#first + this.#gone];
    if (!row) throw new RangeError(`row ${number} is not among ${this.#first}..${this.end - 1}`);
    return row;
  }

  /** @param {number} number */
  has(number) {
    return number >= this.#first && number < this.end;
  }

  /**
   * Adds rows that came in one message of `size` characters; each is taken to be its even share of it.
   * @param {readonly Row[]} rows
   * @param {number} [size]
   */
  append(rows, size = 0) {
    if (rows.length === 0) return;
    const share = Math.ceil(size / rows.length);
    const from = this.end;
    for (const row of rows) {
      this.#rows.push(row);
      this.#sizes.push(share);
    }
    this.#size += share * rows.length;
    for (const observer of this.#observers) observer.added?.(from, this.end);
    this.#enforceBounds();
  }

  /**
   * Adds rows from before the oldest one: the newest of them, as far as there is room. There is none any more once
   * rows were dropped.
   * @param {readonly Row[]} rows oldest first
   * @param {number} [size] as in `append`
   * @returns {number} how many were added
   */
  prepend(rows, size = 0) {
    const share = Math.ceil(size / Math.max(1, rows.length));
    const room = Math.min(
      this.maxRows - this.length,
      share > 0 ? Math.floor((this.maxSize - this.#size) / share) : Infinity,
    );
    return this.#prepend(rows, this.#wasCut ? 0 : room, share);
  }

  /**
   * Adds rows from before the oldest one that can be fetched again: of them there is a bound apart, and they are the
   * first to go.
   * @param {readonly Row[]} rows oldest first
   * @param {number} [size] as in `append`
   * @returns {number} how many were added, of them the newest
   */
  lend(rows, size = 0) {
    const share = Math.ceil(size / Math.max(1, rows.length));
    const room = Math.min(
      this.maxLent - this.#lent,
      share > 0 ? Math.floor((this.maxSize / 4 - this.#lentSize) / share) : Infinity,
    );
    const count = this.#prepend(rows, room, share);
    this.#lent += count;
    this.#lentSize += share * count;
    return count;
  }

  /**
   * Lets go of lent rows before another one, the oldest first.
   * @param {number} before number of that row
   * @param {number} [most] rows at once
   * @returns {boolean} whether all of them are gone
   */
  giveBack(before, most = Infinity) {
    const due = Math.min(this.#lent, before - this.#first);
    this.#drop(Math.max(0, Math.min(due, most)));
    return due <= most;
  }

  /**
   * @param {readonly Row[]} rows oldest first
   * @param {number} room for so many
   * @param {number} share characters of each
   */
  #prepend(rows, room, share) {
    const count = Math.max(0, Math.min(rows.length, room));
    if (count === 0) return 0;
    const end = this.#first;
    this.#rows.splice(0, this.#gone, ...rows.slice(rows.length - count));
    this.#sizes.splice(0, this.#gone, ...Array.from({ length: count }, () => share));
    this.#gone = 0;
    this.#first -= count;
    this.#size += share * count;
    for (const observer of this.#observers) observer.earlier?.(this.#first, end);
    return count;
  }

  /** Drops every row; numbers go on. */
  clear() {
    this.#wasCut ||= this.length > 0;
    this.#drop(this.length);
  }

  #enforceBounds() {
    // Somebody reads what is lent: it stays there as long as that can be borne.
    const [lent, lentSize, bear] = this.#lent > 0 ? [this.#lent, this.#lentSize, 1.25] : [0, 0, 1];
    if (this.length - lent <= this.maxRows * bear && this.#size - lentSize <= this.maxSize * bear) return;
    // A slice at a time: a full ring then moves its view now and then, not with every message. A slice is small, as all
    // that count rows take them back within one frame.
    const keepRows = this.maxRows - (this.maxRows >> 8);
    const keepSize = this.maxSize - this.maxSize / 256;
    let count = Math.max(0, this.length - keepRows);
    let size = this.#size;
    for (let i = 0; i < count; i++) size -= this.#sizes[this.#gone + i];
    while (size > keepSize && count < this.length - 1) size -= this.#sizes[this.#gone + count++];
    this.#wasCut = true;
    this.#dropped += Math.max(0, count - lent);
    this.#drop(count);
  }

  /** @param {number} count */
  #drop(count) {
    if (count === 0) return;
    for (const observer of this.#observers) observer.dropping?.(this.#first, this.#first + count);
    const end = this.#gone + count;
    for (let i = this.#gone; i < end; i++) {
      this.#size -= this.#sizes[i];
      this.#rows[i] = null;
    }
    this.#first += count;
    this.#gone = end;
    this.#lentSize = count < this.#lent ? Math.ceil((this.#lentSize * (this.#lent - count)) / this.#lent) : 0;
    this.#lent = Math.max(0, this.#lent - count);
    // To move up all that stays costs more than the drop itself: so seldom, and while little is there at once.
    if (this.#gone < this.#rows.length / 8) return;
    this.#rows.splice(0, this.#gone);
    this.#sizes.splice(0, this.#gone);
    this.#gone = 0;
  }
}
