/** What the reader of a watch page does with marks. */

import { Marks } from "../log/marks.js";
import { askName } from "../ui/name-dialog.js";

/** @typedef {import("./watch-page.js").WatchPage} WatchPage */
/** @typedef {import("../log/marks.js").Mark} Mark */

export class ReaderMarks {
  /** The one whose stretch is compared; null: the newest. @type {Mark | null} */
  chosen = null;
  #page;
  #watch;
  #span;

  /**
   * @param {WatchPage} page
   * @param {import("../stream/live-log.js").LiveLog} watch
   * @param {import("./reader-span.js").ReaderSpan} span
   */
  constructor(page, watch, span) {
    this.#page = page;
    this.#watch = watch;
    this.#span = span;
    this.marks = new Marks(watch);
  }

  set() {
    this.chosen = this.marks.set(this.#watch.serverTime);
    if (this.#span.mark) this.#span.since(this.chosen);
    this.#page.requestUpdate();
  }

  /** To the mark beside the current row, or beside the newest. @param {1 | -1} step */
  go(step) {
    const { list } = this.#page;
    const { ring } = this.#watch;
    const mark = this.marks.beside(list?.current ?? ring.end, step);
    if (mark) this.show(mark);
  }

  /** @param {Mark} mark */
  show(mark) {
    this.chosen = mark;
    this.#page.navigation.to(mark.at);
  }

  /** Between all and what followed the mark. */
  toggleOnly() {
    const mark = this.chosen ?? this.marks.newest;
    if (this.#span.mark) this.#span.all();
    else if (mark) this.#span.since(mark);
  }

  /**
   * What the panel of marks asks for.
   * @param {{do: import("../panels/marks-panel.js").Wish, mark: Mark | null}} wish
   */
  async grant({ do: wish, mark }) {
    if (wish === "set") this.set();
    else if (wish === "all") this.#span.all();
    else if (wish === "clear") this.#clear(mark ? [mark] : this.marks.list);
    else if (wish === "choose") this.chosen = mark;
    else if (mark && wish === "show") this.show(mark);
    else if (mark && wish === "only") this.#span.since(mark);
    else if (mark && wish === "name") await this.#name(mark);
    this.#page.requestUpdate();
  }

  /** @param {readonly Mark[]} marks */
  #clear(marks) {
    this.marks.clear(marks);
    if (this.#span.mark && marks.includes(this.#span.mark)) this.#span.all();
    else this.#span.again();
  }

  /** @param {Mark} mark */
  async #name(mark) {
    await askName({
      heading: `Name mark ${mark.row.number}`,
      label: "What did you do there?",
      value: mark.row.name,
      action: "Name",
      save: async (name) => this.marks.name(mark, name),
    });
    this.#span.again();
  }
}
