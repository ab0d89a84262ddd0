/** The views that the reader goes to, and what is shown now as one more of them. */

import { Filter } from "../../query/filter.js";
import { Span, WHOLE } from "../../log/span.js";

/** @typedef {import("../../api/views.js").View} View */
/** @typedef {import("../../api/views.js").NewView} NewView */
/**
 * @typedef {object} Keeper where they are kept; each rejects with an error that says why not
 * @property {() => Promise<View[]>} list
 * @property {(view: NewView) => Promise<View>} save
 * @property {(id: string) => Promise<void>} remove
 */
/**
 * @typedef {object} Options
 * @property {import("../../stream/live-log.js").LiveLog} watch
 * @property {string} serviceId "" for several services
 * @property {Keeper | null} keeper null: the log is not the operator's own
 * @property {import("../../log/columns/column-layout.js").ColumnLayout} columns
 * @property {import("./reader-span.js").ReaderSpan} span
 * @property {(shown: {filter: Filter, span: Span}) => void} show has other entries shown, as one step
 * @property {(question: import("./reader-marks.js").MarkQuestion) => Promise<unknown>} askName
 * @property {(error: unknown) => string | null} explain
 * @property {() => void} changed
 */

const UNITS = new Map([
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

export class ReaderViews {
  /** Those for this log, the oldest first. @type {readonly View[]} */
  list = [];
  /** Why they could not be had, or what was asked could not be done; "": all is well. */
  problem = "";
  #options;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    if (options.keeper) void this.load();
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
    show({ filter: new Filter({ text: query }), span: spanOf(range, watch.serverTime) });
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
      columns: columns.untouched ? null : columns.shown.map(({ id }) => id),
      range: span.range && rangeOf(span.range, watch.serverTime),
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

/**
 * A time as a view keeps it: `-3600s`, or two of RFC 3339.
 * @param {Span} span
 * @param {number} now epoch milliseconds
 */
function rangeOf({ since, until, ago }, now) {
  if (ago > 0) return `-${ago / 1000}s`;
  return [Math.max(since, 0), Math.min(until, now)].map((at) => new Date(at).toISOString()).join("/");
}

/**
 * What a view keeps as a time.
 * @param {string | null} range
 * @param {number} now epoch milliseconds
 */
function spanOf(range, now) {
  const [, count, unit] = /^-(\d+)([smhd])$/.exec(range ?? "") ?? [];
  if (unit) return Span.last(Number(count) * (UNITS.get(unit) ?? 0), now);
  const [since, until] = (range ?? "").split("/").map((time) => Date.parse(time));
  if (!(since < until)) return WHOLE;
  return new Span({ since: Math.floor(since / 1000) * 1000, until: Math.ceil(until / 1000) * 1000 });
}
