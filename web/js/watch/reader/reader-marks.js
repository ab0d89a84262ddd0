/** What the reader of a watch page does with marks. */

/** @typedef {import("../../log/marks.js").Mark} Mark */
/**
 * @typedef {object} Options
 * @property {import("../../stream/live-log.js").LiveLog} watch
 * @property {import("../../list/reader-place.js").ReaderPlace} place
 * @property {import("./reader-span.js").ReaderSpan} span
 * @property {(row: number) => void} goTo
 * @property {(question: MarkQuestion) => Promise<unknown>} askName
 * @property {() => void} changed
 */
/**
 * @typedef {{heading: string, label: string, value: string, action: string, save: (name: string) => Promise<void>}}
 *   MarkQuestion
 */

export class ReaderMarks {
  /** The one whose stretch is compared; null: the newest. @type {Mark | null} */
  chosen = null;
  #options;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.marks = options.watch.marks;
  }

  /** Above the current row. */
  setAbove() {
    const { current } = this.#options.place;
    if (current !== null) this.#choose(this.marks.setAbove(current));
  }

  /** Where something came at a time, or later. @param {number} time epoch milliseconds, the server's clock */
  setAt(time) {
    this.#choose(this.marks.setAt(time));
  }

  /** @param {Mark} mark */
  #choose(mark) {
    this.chosen = mark;
    this.#options.span.again();
    this.#options.changed();
  }

  set() {
    const { watch, span, changed } = this.#options;
    this.chosen = this.marks.set(watch.serverTime);
    if (span.mark) span.since(this.chosen);
    changed();
  }

  /** To the mark beside the current row, or beside the newest. @param {1 | -1} step */
  go(step) {
    const { place, watch } = this.#options;
    const mark = this.marks.beside(place.current ?? watch.ring.end, step);
    if (mark) this.show(mark);
  }

  /** @param {Mark} mark */
  show(mark) {
    this.chosen = mark;
    this.#options.goTo(mark.at);
  }

  /** Between all and what followed the mark. */
  toggleOnly() {
    const { span } = this.#options;
    const mark = this.chosen ?? this.marks.newest;
    if (span.mark) span.all();
    else if (mark) span.since(mark);
  }

  /**
   * What the panel of marks asks for.
   * @param {{do: import("../../panels/marks/marks-panel.js").Wish, mark: Mark | null}} wish
   */
  async grant({ do: wish, mark }) {
    const { span, changed } = this.#options;
    if (wish === "set") this.set();
    else if (wish === "all") span.all();
    else if (wish === "clear") this.#clear(mark ? [mark] : this.marks.list);
    else if (wish === "choose") this.chosen = mark;
    else if (mark && wish === "show") this.show(mark);
    else if (mark && wish === "only") span.since(mark);
    else if (mark && wish === "name") await this.#name(mark);
    changed();
  }

  /** @param {readonly Mark[]} marks */
  #clear(marks) {
    const { span } = this.#options;
    this.marks.clear(marks);
    if (span.mark && marks.includes(span.mark)) span.all();
    else span.again();
  }

  /** @param {Mark} mark */
  async #name(mark) {
    await this.#options.askName({
      heading: `Name mark ${mark.row.number}`,
      label: "What did you do there?",
      value: mark.row.name,
      action: "Name",
      save: async (name) => this.marks.name(mark, name),
    });
    this.#options.span.again();
  }
}
