/**
 * Which rows are in sight, as numbers: the reader's place in a list that grows at its end and is dropped from at its
 * beginning. It knows no document; the list tells it what the reader does and lays out what it answers. A row of it is
 * a line, which may stand for several rows of the ring.
 *
 *   following   the newest row is at the bottom
 *   pinned      the row at the top stays where it is, whatever comes or is dropped
 *   paused      pinned, and nothing new is added below either
 *
 * Offsets are in px from the top of the scrolled content; positions are the lines', row numbers the ring's.
 */

/** @typedef {import("../log/lines.js").Lines} Lines */
/** @typedef {import("../log/ring.js").Ring} Ring */
/**
 * @typedef {{contentHeight: number, scroll: number, from: number, to: number, dueFrom: number, dueTo: number}} Layout
 * rows at positions [from, to) are to be there, and those at [dueFrom, dueTo) to be right; the others may go on showing
 * what they show until it is their turn
 */

/** @typedef {{row: number | null, offset: number, heldFrom: number | null}} Stand as `#pin` and `#heldFrom` */

const OVERSCAN = 8; // rows beyond each edge, for a reader who scrolls faster than rows are written
const FOLLOWING = 2; // for one who does not scroll, but may begin to
const BLUR = 96; // ms in which every row is written anew, of what is too fast to be read
const TURNS = 3; // layouts that share them: one that writes all is more than a frame's work on a slow machine
const LATE = 144; // ms at most, where the frames have enough to draw
const SEARCH = 50; // ms between two layouts of what a filter finds, which somebody waits for

export class Viewport {
  /** px */
  height = 0;
  rowHeight = 24;
  contentHeight = 0;
  /** Offset of the scroller as last laid out or as the reader left it. */
  scroll = 0;
  /** Position of the first row as last laid out, which `scroll` is measured from. */
  base = 0;
  /**
   * @type {{row: number, offset: number} | null} the row at the top, and px of it that are out of sight; null: not
   * pinned
   */
  #pin = null;
  /** @type {number | null} the first row that waits; null: not paused */
  #heldFrom = null;
  #laidAt = -Infinity;
  /** Whether all that is in sight gives way to others before anybody could read it. */
  #rushes = false;
  #turn = 0;
  /** Rows that the content has room for, as last laid out. */
  #room = 0;
  #content;

  /**
   * @param {() => {ring: Ring, lines: Lines, staysFrom: number}} content the lines are others after a change of filter;
   *   staysFrom: number of the oldest row that is not about to go
   */
  constructor(content) {
    this.#content = content;
  }

  get following() {
    return this.#pin === null && this.#heldFrom === null;
  }

  get paused() {
    return this.#heldFrom !== null;
  }

  /** Whether the rows in sight have left the ring. They stay where they are until the reader moves. */
  get adrift() {
    return this.#pin !== null && this.#pin.row < this.#content().ring.first;
  }

  /**
   * Where the reader stands, for a page that is opened again to stand there too; null: follows.
   * @returns {Stand | null}
   */
  get stand() {
    return this.following ? null : { row: null, offset: 0, ...this.#pin, heldFrom: this.#heldFrom };
  }

  /** @param {Stand} stand */
  set stand({ row, offset, heldFrom }) {
    this.#pin = row === null ? null : { row, offset };
    this.#heldFrom = heldFrom;
    this.#laidAt = -Infinity;
  }

  /** @returns {number | undefined} the row that the reader is at; undefined: the newest */
  get origin() {
    return this.#pin?.row;
  }

  /** One more than the last position in reach. */
  get end() {
    const { lines } = this.#content();
    return this.#heldFrom === null ? lines.end : lines.endBefore(this.#heldFrom);
  }

  /** Rows that the reader has not seen: those that a pause holds back, else those below the last in sight. */
  get waiting() {
    const { lines } = this.#content();
    if (this.following) return 0;
    return this.#heldFrom === null
      ? lines.rowsFrom(Math.max(this.bottom, lines.first))
      : lines.rowsSince(this.#heldFrom);
  }

  /** Position at the upper edge. */
  get top() {
    return this.base + Math.floor(this.scroll / this.rowHeight);
  }

  /** One more than the position at the lower edge. */
  get bottom() {
    return this.base + Math.ceil((this.scroll + this.height) / this.rowHeight);
  }

  /** Rows in a page. */
  get page() {
    return Math.max(1, Math.floor(this.height / this.rowHeight) - 1);
  }

  follow() {
    this.#pin = null;
    this.#heldFrom = null;
    this.#laidAt = -Infinity;
  }

  pause() {
    this.hold();
    this.#heldFrom = this.#content().ring.end;
  }

  /**
   * Pins what is in sight now.
   * @param {{row: number, top: number}} [seen] a row that must not move, and where it stands, px from the top of the
   *   content: while rows take turns, they are not all where the last layout has them
   */
  hold(seen) {
    if (this.#pin) return;
    const { ring, lines } = this.#content();
    if (seen && seen.row < ring.first)
      this.#pin = { row: seen.row, offset: 0 }; // adrift
    else this.#pinAt(this.scroll + (seen ? (lines.positionOf(seen.row) - this.base) * this.rowHeight - seen.top : 0));
  }

  /** To the oldest row that is kept. */
  toStart() {
    const { lines } = this.#content();
    if (lines.length > 0) this.#pin = { row: lines.lastAt(lines.first), offset: 0 };
  }

  /** Rows are another height now: whole rows, or the pin would be off by part of one. @param {number} rowHeight */
  resizeRows(rowHeight) {
    this.rowHeight = rowHeight;
    if (this.#pin) this.#pin.offset = 0;
  }

  /** There is another filter: what was in sight and is not kept any more can't stay. */
  refiltered() {
    const { staysFrom } = this.#content();
    if (this.#pin && this.#pin.row < staysFrom) this.#pin = { row: staysFrom, offset: 0 };
    this.base = this.#content().lines.first;
    this.#room = 0;
    this.#laidAt = -Infinity;
  }

  /**
   * The reader has scrolled.
   * @param {number} scroll px
   * @returns {boolean} false: it was where the last layout had put it
   */
  scrolledTo(scroll) {
    if (Math.abs(scroll - this.scroll) < 1.5) return false;
    this.scroll = scroll;
    const atEnd = scroll + this.height >= this.contentHeight - this.rowHeight / 2;
    if (atEnd && !this.paused && !this.adrift) this.#pin = null;
    else this.#pinAt(scroll);
    return true;
  }

  /**
   * Brings a row into sight and stays there: with the least movement, or, from afar, with some rows around it.
   * @param {number} row
   */
  reveal(row) {
    this.hold();
    this.layout(); // what came since the last one may have moved everything
    const top = (this.#content().lines.positionOf(row) - this.base) * this.rowHeight;
    if (top < this.scroll - this.height || top > this.scroll + 2 * this.height)
      this.#pinAt(Math.max(0, top - this.height / 3));
    else if (top < this.scroll) this.#pinAt(top);
    else if (top + this.rowHeight > this.scroll + this.height) this.#pinAt(top + this.rowHeight - this.height);
  }

  /**
   * Brings a row into sight with rows around it, also while the rows before it are still looked for.
   * @param {number} row
   */
  center(row) {
    this.#pin = { row, offset: -Math.floor(this.height / 3) };
  }

  /**
   * @param {number | null} chosen
   * @param {number | "page up" | "page down"} step
   * @returns {number | null} the row so many lines further down than the chosen one, or than what is in sight; null:
   * there is none
   */
  rowBeside(chosen, step) {
    const { lines } = this.#content();
    const by = step === "page up" ? -this.page : step === "page down" ? this.page : step;
    const from = chosen !== null ? lines.positionOf(chosen) : by < 0 ? Math.min(this.bottom, this.end) : this.top - 1;
    const position = Math.max(lines.first, Math.min(from + by, this.end - 1));
    return position < lines.end ? lines.rowAt(position) : null;
  }

  /**
   * Gives each row of a run a line of its own, or takes them together again, around the row that is read.
   * @param {number} row any of them
   * @param {boolean} open
   * @returns {boolean} whether there was anything to do
   */
  unfold(row, open) {
    const { lines } = this.#content();
    if (!lines.holds(row)) return false;
    let done = false;
    this.keeping(row, () => (done = lines.unfold(lines.positionOf(row), open)));
    return done;
  }

  /**
   * Has other lines made of the same rows, or other rows shown, while one of them stays where the reader sees it.
   * @param {number} row
   * @param {() => void} change
   */
  keeping(row, change) {
    const offset = this.scroll - (this.#content().lines.positionOf(row) - this.base) * this.rowHeight;
    change();
    this.#pin = { row, offset };
  }

  /**
   * What a line in sight stands for.
   * @param {number} position
   * @returns {import("../log/lines.js").Run | null} as far as it is not held back
   */
  runAt(position) {
    return this.#content().lines.runAt(position, this.#heldFrom ?? undefined);
  }

  /**
   * Whether to leave what is in sight for a moment, because it rushes past, or because more is still found: the frames
   * are free then for what the reader does. Asked once a frame; where the answer is no, lay out.
   * @param {number} now milliseconds
   * @param {boolean} [full] whether the frame has enough to draw without it
   */
  isBlur(now, full = false) {
    const { lines } = this.#content();
    const since = now - this.#laidAt;
    this.#rushes = ((lines.end - this.bottom) / since) * BLUR > this.page;
    const pause = !lines.complete ? SEARCH : !this.#rushes ? 0 : (full ? LATE : BLUR) / TURNS;
    const isBlur = this.following && since < pause;
    if (!isBlur) this.#laidAt = now;
    return isBlur;
  }

  /**
   * Where everything stands now.
   * @returns {Layout | null} null: nothing is to be touched, the rows in sight are adrift
   */
  layout() {
    if (this.adrift) return null;
    const { lines } = this.#content();
    const { end, rowHeight } = this;
    this.#room = this.#roomFor(end - lines.first);
    this.base = end - this.#room;
    this.contentHeight = this.#room * rowHeight;
    const lowest = Math.max(0, this.contentHeight - this.height);
    const wanted = this.#pin ? (lines.positionOf(this.#pin.row) - this.base) * rowHeight + this.#pin.offset : lowest;
    this.scroll = Math.max(0, Math.min(wanted, lowest));
    const over = this.following ? FOLLOWING : OVERSCAN;
    const from = Math.max(lines.first, this.top - over);
    const to = Math.min(end, this.bottom + over);
    const layout = { contentHeight: this.contentHeight, scroll: this.scroll, from, to, dueFrom: from, dueTo: to };
    if (!this.following || !this.#rushes) return layout;
    this.#turn = (this.#turn + 1) % TURNS;
    const partTo = (/** @type {number} */ part) => from + Math.round(((to - from) * part) / TURNS);
    return { ...layout, dueFrom: partTo(this.#turn), dueTo: partTo(this.#turn + 1) };
  }

  /**
   * How many rows the content is made for: somewhat more than there are while a full ring drops as many as come, for if
   * its height stays, nothing scrolls, and what is drawn again is only what is written. The room is above the first
   * row, out of sight; a reader who leaves the end finds it gone.
   * @param {number} rows that there are
   */
  #roomFor(rows) {
    const spare = this.following && rows > this.capacity ? rows / 64 : 0;
    return this.#room >= rows && this.#room - rows <= spare ? this.#room : rows;
  }

  /** The most rows that a layout can ask for. */
  get capacity() {
    return Math.ceil(this.height / this.rowHeight) + 2 * OVERSCAN + 1;
  }

  /** @param {number} scroll px */
  #pinAt(scroll) {
    const { lines } = this.#content();
    if (lines.length === 0) return;
    const wanted = this.base + Math.floor(scroll / this.rowHeight);
    const position = Math.min(Math.max(wanted, lines.first), lines.end - 1);
    const offset = position === wanted ? scroll - (position - this.base) * this.rowHeight : 0;
    this.#pin = { row: lines.lastAt(position), offset }; // of several the last, which stays longest
  }
}
