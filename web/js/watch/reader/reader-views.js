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
 * @property {import("../../filters/address.js").Address} address
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
    const { watch, columns } = options;
    this.readAddress();
    columns.addEventListener("change", () => this.#tellColumns());
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

  /** Shows what a view does: its query, its columns, which are lent, and its time. @param {View} view */
  show({ query, columns, range }) {
    const { show, address, watch } = this.#options;
    address.asOne(() => {
      this.#lend(columns);
      show({ filter: new Filter({ text: query }), span: Span.fromRange(range, watch.serverTime) });
    });
  }

  /** The filter is cleared, and with it a view is left, as one step. @param {() => void} clear */
  leave(clear) {
    const { address, watch } = this.#options;
    address.asOne(() => {
      if (!watch.shared) this.#lend(null);
      clear();
    });
  }

  /** The address was changed by hand, or by a step in the browser. */
  readAddress() {
    const { address, columns } = this.#options;
    if (!isSame(address.columns, columns.lent)) this.#lend(address.columns);
  }

  /** @param {readonly string[] | null} ids null: the reader's own */
  #lend(ids) {
    const { columns } = this.#options;
    if (ids) columns.lend(ids);
    else columns.giveBack();
  }

  /** What is changed in columns that are lent holds as long as they are, and so stands with them in the address. */
  #tellColumns() {
    const { address, columns, watch } = this.#options;
    const { lent } = columns;
    if (!isSame(address.columns, lent)) address.write(watch, { columns: lent, how: "stay" });
  }

  /** A shared log begins with the columns and the time that its link was made with; the reader may go on from there. */
  #begin() {
    const { watch, address, span, show } = this.#options;
    const { view } = watch.subscriber;
    if (!view || this.#hasBegun) return;
    this.#hasBegun = true;
    if (view.columns && !address.columns) this.#lend(view.columns);
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

/** @param {readonly string[] | null} some @param {readonly string[] | null} others */
function isSame(some, others) {
  return JSON.stringify(some) === JSON.stringify(others);
}
