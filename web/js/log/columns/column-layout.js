/**
 * Which columns the log has, in what order and how wide, remembered in this browser. Order and widths are the reader's
 * everywhere; columns of metadata belong to the service where they were asked for, as no other has the same members.
 */

import { COLUMNS, columnOf, FIRST, ofMetadata } from "./column-types.js";

/** @typedef {import("./column-types.js").Column} Column */
/** @typedef {import("../../lib/store.js").Preferences} Preferences */
/**
 * @typedef {object} Layout
 * @property {string[]} order of all columns that are shown anywhere
 * @property {Map<string, number>} widths px
 * @property {Map<string, string[]>} members columns of metadata by where they are shown
 */

const PREFERENCE = "columns";
const [NARROWEST, WIDEST] = [28, 1600]; // px
const ENOUGH = "36ch"; // for a message
const LAST = ["method", "message"]; // in a wide window
const MEMBERS = 12; // columns of metadata of a service
const PLACES = 100; // services whose columns are remembered

/** Event: `change`. */
export class ColumnLayout extends EventTarget {
  #keep;
  #place;
  #several;
  #layout;
  #isWide = false;
  /** Whether they are not the reader's own, and so kept nowhere. */
  #isLent = false;
  #unsubscribe;
  /** @type {readonly Column[]} */
  shown = [];

  /**
   * @param {Preferences} keep
   * @param {object} [where]
   * @param {string} [where.place] id of the service, or whatever the columns of metadata are remembered by
   * @param {boolean} [where.several] whether it shows several services, and so the column that tells them apart
   */
  constructor(keep, { place = "", several = false } = {}) {
    super();
    this.#keep = keep;
    this.#place = place;
    this.#several = several;
    this.#layout = read(keep.get(PREFERENCE));
    this.#apply();
    this.#unsubscribe = keep.subscribe((name) => {
      if (name === PREFERENCE && !this.#isLent) this.#readKept();
    });
  }

  /**
   * In a wide window, as long as the reader has not said otherwise, the message is the last: nothing that belongs to
   * its beginning stands far behind it.
   * @param {boolean} wide
   */
  set wide(wide) {
    if (wide === this.#isWide) return;
    this.#isWide = wide;
    this.#apply();
    this.dispatchEvent(new Event("change"));
  }

  /** Of all columns that are shown anywhere. */
  get #order() {
    const { order } = this.#layout;
    const isFirst = order.filter((id) => !ofMetadata(id)).join() === FIRST.join();
    return this.#isWide && isFirst ? [...order.filter((id) => !LAST.includes(id)), ...LAST] : order;
  }

  /** Hears of no change any more. */
  stop() {
    this.#unsubscribe();
  }

  /** @param {string} id */
  isShown(id) {
    return this.shown.some((column) => column.id === id);
  }

  /** Those that can be chosen here, shown or not. @returns {Column[]} */
  get choices() {
    return [
      ...COLUMNS.filter(({ id }) => id !== "service" || this.#several),
      ...this.shown.filter(({ id }) => ofMetadata(id)),
    ];
  }

  /** Whether the list is as it was at first. */
  get untouched() {
    const { order, widths, members } = this.#layout;
    return (
      order.filter((id) => !ofMetadata(id)).join() === FIRST.join() &&
      widths.size === 0 &&
      !members.get(this.#place)?.length
    );
  }

  /** Which ones the reader has chosen, in their order; null: none. @returns {string[] | null} */
  get chosen() {
    return this.untouched && !this.#isLent ? null : this.shown.map(({ id }) => id);
  }

  /** Those that somebody else has chosen, as they stand by now; null: they are the reader's own. */
  get lent() {
    return this.#isLent ? this.#layout.order.slice() : null;
  }

  /**
   * Shows those that somebody else has chosen, until they are given back. They can be changed here; the reader's own
   * stay what they were.
   * @param {readonly string[]} chosen ids; those that are not known are left out
   */
  lend(chosen) {
    this.#isLent = true;
    const { order, widths } = read({ order: [...chosen, "message"] });
    const here = order.filter(ofMetadata).slice(0, MEMBERS);
    this.#set({ order, widths, members: new Map([[this.#place, here]]) });
  }

  /** Shows the reader's own again. */
  giveBack() {
    if (!this.#isLent) return;
    this.#isLent = false;
    this.#readKept();
  }

  /** px that the reader has chosen; null: none. @param {string} id */
  widthOf(id) {
    return this.#layout.widths.get(id) ?? null;
  }

  /**
   * How the columns stand, as CSS: their tracks, and the least width in which all have room. In a narrow list the
   * message comes first: another column has either its least or, where the message has enough already, all that it
   * likes.
   */
  get tracks() {
    const widths = this.shown.map(({ id, least, most }) => {
      const width = this.widthOf(id);
      return width === null ? [least, most] : [`${width}px`, `${width}px`];
    });
    const taken = this.shown.map(({ id }, index) => (this.takesRest(id) ? ENOUGH : widths[index][0]));
    taken.push(`${this.shown.length - 1} * var(--gap)`);
    const tracks = widths.map(([least, most], index) => {
      if (this.takesRest(this.shown[index].id)) return `minmax(${least}, ${most})`;
      if (least === most) return least;
      const more = `(${most} - ${least})`;
      taken.push(more);
      return `calc(${least} + clamp(0px, (100% - (${taken.join(" + ")})) * 999, ${more}))`;
    });
    return { tracks: tracks.join(" "), least: widths.map(([least]) => least).join(" + ") };
  }

  /**
   * Which way the edge lies that changes a column's width: towards the one that takes what the others leave.
   * @param {string} id
   */
  edgeOf(id) {
    const index = this.shown.findIndex((column) => column.id === id);
    return index > this.shown.findIndex((column) => this.takesRest(column.id)) ? "start" : "end";
  }

  /**
   * Whether it takes the room that is left: the message, which is the log itself, is never hidden and has no width of
   * its own.
   * @param {string} id
   */
  takesRest(id) {
    return columnOf(id)?.most === "1fr";
  }

  /** @param {string} id */
  show(id) {
    const column = columnOf(id);
    if (!column || this.isShown(id)) return;
    const { members } = this.#layout;
    const order = this.#order;
    const end = order.slice(-2).join() === LAST.join() ? order.length - 2 : order.length; // no more behind a message
    const before = FIRST.slice(0, Math.max(0, FIRST.indexOf(id))).findLast((each) => order.includes(each));
    const at = FIRST.includes(id) ? (before === undefined ? 0 : order.indexOf(before) + 1) : end;
    const here = members.get(this.#place) ?? [];
    this.#set({
      order: order.includes(id) ? order : order.toSpliced(at, 0, id),
      members: ofMetadata(id) ? withLast(members, this.#place, [...here, id].slice(-MEMBERS)) : members,
    });
  }

  /** @param {string} id */
  hide(id) {
    if (!this.isShown(id) || this.takesRest(id)) return;
    const { members } = this.#layout;
    if (!ofMetadata(id)) return this.#set({ order: this.#order.filter((each) => each !== id) });
    const here = (members.get(this.#place) ?? []).filter((each) => each !== id);
    this.#set({ members: withLast(members, this.#place, here) });
  }

  /** @param {string} id */
  toggle(id) {
    if (this.isShown(id)) this.hide(id);
    else this.show(id);
  }

  /**
   * @param {string} id
   * @param {number} to index among those shown
   */
  move(id, to) {
    const ids = this.shown.map((column) => column.id);
    const from = ids.indexOf(id);
    const at = Math.max(0, Math.min(to, ids.length - 1));
    if (from < 0 || from === at) return;
    const moved = ids.toSpliced(from, 1).toSpliced(at, 0, id);
    // Those of other services keep their places among these.
    let next = 0;
    this.#set({ order: this.#layout.order.map((each) => (ids.includes(each) ? moved[next++] : each)) });
  }

  /**
   * @param {string} id
   * @param {number | null} width px; null: as at first
   */
  resize(id, width) {
    if (this.takesRest(id)) return;
    const widths = new Map(this.#layout.widths);
    if (width === null) widths.delete(id);
    else widths.set(id, Math.round(Math.min(Math.max(width, NARROWEST), WIDEST)));
    this.#set({ widths });
  }

  /** As it was at first; other services keep their columns of metadata. */
  reset() {
    const members = new Map(this.#layout.members);
    members.delete(this.#place);
    const others = [...new Set([...members.values()].flat())];
    this.#set({ order: [...FIRST, ...others], widths: new Map(), members });
  }

  /** @param {Partial<Layout>} change */
  #set(change) {
    const { order, widths, members } = { ...this.#layout, ...change };
    const used = new Set([...members.values()].flat());
    if (this.#isLent) {
      this.#layout = { order, widths, members };
      this.#apply();
      this.dispatchEvent(new Event("change"));
      return;
    }
    const kept = {
      order: order.filter((id) => !ofMetadata(id) || used.has(id)),
      widths: Object.fromEntries(widths),
      members: Object.fromEntries(members),
    };
    this.#keep.set(PREFERENCE, kept);
  }

  #readKept() {
    this.#layout = read(this.#keep.get(PREFERENCE));
    this.#apply();
    this.dispatchEvent(new Event("change"));
  }

  #apply() {
    const { members } = this.#layout;
    const here = members.get(this.#place) ?? [];
    const ids = this.#order.filter((id) => (ofMetadata(id) ? here.includes(id) : id !== "service" || this.#several));
    this.shown = ids.flatMap((id) => columnOf(id) ?? []);
  }
}

/**
 * What was remembered, as far as it makes sense: it may be from another version, or spoiled by hand.
 * @param {any} kept
 * @returns {Layout}
 */
function read(kept) {
  const ids = (/** @type {unknown} */ list) =>
    Array.isArray(list) ? [...new Set(list)].filter((id) => typeof id === "string" && columnOf(id)) : [];
  const entries = (/** @type {unknown} */ object) => Object.entries(object && typeof object === "object" ? object : {});
  const order = ids(kept?.order);
  if (!order.includes("message")) order.splice(0, order.length, ...FIRST);
  const members = new Map(
    entries(kept?.members).map(([place, list]) => [place, ids(list).filter(ofMetadata).slice(0, MEMBERS)]),
  );
  const missing = [...members.values()].flat().filter((id) => !order.includes(id));
  const widths = entries(kept?.widths).filter(
    ([id, width]) => columnOf(id)?.most !== "1fr" && width >= NARROWEST && width <= WIDEST,
  );
  return { order: [...new Set([...order, ...missing])], widths: new Map(widths), members };
}

/**
 * @param {Map<string, string[]>} members
 * @param {string} place
 * @param {string[]} ids
 */
function withLast(members, place, ids) {
  const rest = [...members].filter(([each]) => each !== place).slice(1 - PLACES);
  return new Map(ids.length > 0 ? [...rest, [place, ids]] : rest);
}
