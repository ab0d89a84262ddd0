/** What the reader of a watch page does with marks, and from where on the log is shown. */

import { Marks } from "../marks.js";
import { askName } from "./name-dialog.js";

/** @typedef {import("./watch.js").WatchPage} WatchPage */
/** @typedef {import("../marks.js").Mark} Mark */

export class ReaderMarks {
  /** The one whose stretch is compared; null: the newest. @type {Mark | null} */
  chosen = null;
  /** The one since which alone the log is shown. @type {Mark | null} */
  only = null;
  /** When the list was cleared, epoch milliseconds by the server's clock; 0: it was not. */
  clearedAt = 0;
  #page;
  #watch;

  /** @param {WatchPage} page @param {import("../watch.js").Watch} watch */
  constructor(page, watch) {
    this.#page = page;
    this.#watch = watch;
    this.marks = new Marks(watch);
  }

  /** Entries that are kept but not shown, because they came before. */
  get before() {
    const { ring, since } = this.#watch;
    return Math.max(0, Math.min(since, ring.end) - ring.first);
  }

  set() {
    this.chosen = this.marks.set(this.#watch.serverTime);
    if (this.only) this.showOnly(this.chosen);
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
    if (mark.at < this.#watch.since) this.showAll();
    this.#page.openPanel("log");
    this.#page.list?.select(mark.at);
  }

  /** @param {Mark | undefined} mark */
  showOnly(mark) {
    if (!mark) return;
    this.only = mark;
    this.clearedAt = 0;
    this.#since(mark.at);
  }

  showAll() {
    this.only = null;
    this.clearedAt = 0;
    this.#since(0);
  }

  /** Between all and what followed the newest mark. */
  toggleOnly() {
    if (this.only) this.showAll();
    else this.showOnly(this.chosen ?? this.marks.newest);
  }

  /** Empties the list; nothing is dropped, so the next call brings everything back. */
  toggleClear() {
    if (this.clearedAt) return this.showAll();
    this.only = null;
    this.clearedAt = this.#watch.serverTime;
    this.#since(this.#watch.ring.end);
  }

  /** What the panel of marks asks for. @param {{do: import("./marks-panel.js").Wish, mark: Mark | null}} wish */
  async grant({ do: wish, mark }) {
    if (wish === "set") this.set();
    else if (wish === "all") this.showAll();
    else if (wish === "clear") this.#clear(mark ? [mark] : this.marks.list);
    else if (wish === "choose") this.chosen = mark;
    else if (mark && wish === "show") this.show(mark);
    else if (mark && wish === "only") this.showOnly(mark);
    else if (mark && wish === "name") await this.#name(mark);
    this.#page.requestUpdate();
  }

  /** @param {readonly Mark[]} marks */
  #clear(marks) {
    if (this.only && marks.includes(this.only)) this.only = null;
    this.marks.clear(marks);
    this.#since(this.only || this.clearedAt ? this.#watch.since : 0);
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
    this.#since(this.#watch.since); // its row says the name
  }

  /** @param {number} since */
  #since(since) {
    this.#watch.showSince(since, this.#page.list?.origin);
    this.#page.requestUpdate();
  }
}
