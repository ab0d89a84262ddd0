/** The views that the reader goes to, and what is shown now as one more of them. */

import { Filter } from "../../query/filter.js";
import { Span } from "../../log/span.js";

/** @typedef {import("../../api/views.js").View} View */
/** @typedef {import("../../api/views.js").NewView} NewView */
/**
 * @typedef {object} Keeper where they are kept; each rejects with an error that says why not
 * @property {() => Promise<View[]>} list
 * @property {(view: NewView) => Promise<View>} save
 * @property {(id: string) => Promise<void>} remove
 */
/** @typedef {import("../../filters/address.js").Shown} Shown */
/** @typedef {(shown: Shown, besides?: import("../../filters/address.js").Besides) => void} Show */
/**
 * @typedef {object} Options
 * @property {import("../../stream/live-log.js").LiveLog} watch
 * @property {string} serviceId "" for several services
 * @property {Keeper | null} keeper null: the log is not the operator's own
 * @property {import("../../log/columns/column-layout.js").ColumnLayout} columns
 * @property {import("./reader-span.js").ReaderSpan} span
 * @property {Show} show has other entries shown, as one step
 * @property {(question: import("./reader-marks.js").MarkQuestion) => Promise<unknown>} askName
 * @property {(error: unknown) => string | null} explain
 * @property {() => void} changed
 */

export class ReaderViews {
  /** Those for this log, the oldest first. @type {readonly View[]} */
  list = [];
  /** Why they could not be had, or what was asked could not be done; "": all is well. */
  problem = "";
  #options;
  #hasBegun = false;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    if (options.keeper) void this.load();
    const { watch } = options;
    if (watch.shared) watch.addEventListener("state", () => this.#begin());
  }

  /** Whether there is a place to keep any. */
  get offered() {
    return this.#options.keeper !== null;
  }

  /** Asks which there are. @returns {Promise<void>} */
  load() {
    return this.#attempt(async ({ list }) => {
      const { serviceId } = this.#options;
      this.list = (await list()).filter(({ service }) => service === null || service === serviceId);
    });
  }

  /** Shows what a view does: its query, its columns and its time. @param {View} view */
  show({ query, columns, range }) {
    const { show, columns: layout, watch } = this.#options;
    if (columns) {
      for (const { id } of layout.shown) if (!columns.includes(id)) layout.hide(id);
      for (const [index, id] of columns.entries()) {
        layout.show(id);
        layout.move(id, index);
      }
    }
    show({ filter: new Filter({ text: query }), span: Span.fromRange(range, watch.serverTime) });
  }

  /** A shared log begins with the columns and the time that its link was made with; the reader may go on from there. */
  #begin() {
    const { watch, columns, span, show } = this.#options;
    const { view } = watch.subscriber;
    if (!view || this.#hasBegun) return;
    this.#hasBegun = true;
    if (view.columns) columns.lend(view.columns);
    const time = Span.between(view.from, view.to);
    if (!span.range && time.timed) show({ filter: watch.filter, span: time }, { how: "stay" });
  }

  /** Asks for a name, and saves what is shown now under it. @returns {Promise<void>} */
  async save() {
    const { keeper, askName } = this.#options;
    if (!keeper) return;
    await askName({
      heading: "Save this view",
      label: "What is it called?",
      value: "",
      action: "Save",
      save: async (name) => void (await keeper.save({ name, ...this.#shown })),
    });
    await this.load();
  }

  /** @param {View} view @returns {Promise<void>} */
  async remove({ id }) {
    await this.#attempt(({ remove }) => remove(id));
    await this.load();
  }

  get #shown() {
    const { watch, serviceId, columns, span } = this.#options;
    return {
      service: serviceId || null,
      query: watch.filter.query.text.trim(),
      columns: columns.chosen,
      range: span.range?.range ?? null,
    };
  }

  /** @param {(keeper: Keeper) => Promise<unknown>} act */
  async #attempt(act) {
    const { keeper, explain, changed } = this.#options;
    if (!keeper) return;
    try {
      await act(keeper);
      this.problem = "";
    } catch (error) {
      this.problem = explain(error) ?? "";
    }
    changed();
  }
}
