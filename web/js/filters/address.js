/**
 * What of the watch page stands in its address, behind the path, and the steps of the browser that lead there and back:
 * #/services/…/watch?q=…&range=…&column=…&column=…&panel=…&entry=epoch.seq
 */

import { Filter } from "../query/filter.js";
import { serviceAddress } from "../lib/router.js";
import { Span } from "../log/span.js";

/** @typedef {import("../entry/entry.js").Cursor & {service?: string}} Cursor `service`: id, where there are several */
/** @typedef {Pick<import("../log/log.js").Log, "filter" | "span">} Shown */
/**
 * @typedef {object} Browser what of the window the address is read from and written to
 * @property {Pick<Location, "hash" | "origin" | "pathname">} location
 * @property {Pick<History, "state" | "pushState" | "replaceState" | "back">} history
 */
/**
 * How the browser gets to an address: by a step; by one that goes on with what was typed, as long as that is typed; by
 * the step back from what is left, where it leads there; or by none.
 * @typedef {"step" | "typing" | "leave" | "stay"} How
 */
/**
 * What of the page is to be told beside what is shown; what is left out stays as it is.
 * @typedef {object} Besides
 * @property {Cursor | null} [entry] which is open; null: none
 * @property {string} [panel] id; "log": none
 * @property {readonly string[] | null} [columns] ids of those that are not the reader's own; null: they are
 * @property {string | null} [before] the query of the address that one request took the place of; null: none did
 * @property {How} [how] "step", if it is not told
 */
/** @typedef {{from?: string, before?: string | null}} Step what the browser keeps with a step: where it came from */

const ENTRY = "entry";
const PANEL = "panel";
const COLUMN = "column";

/** The address of a Watch page. */
export class Address {
  #browser;
  #home;
  /** Whether the step that is shown came of typing, which has not ended. */
  #typing = false;
  /** Whether a step back was begun and has not arrived. */
  #isLeaving = false;
  /** What waits: several changes are one step, or a step back has not arrived. @type {Besides | null} */
  #later = null;
  /** @type {Shown | null} */
  #shown = null;
  #depth = 0;

  /** @param {Browser} [browser] */
  constructor(browser = globalThis) {
    this.#browser = browser;
    this.#home = this.#parts.path;
  }

  /** Whether it is another page's by now. */
  get elsewhere() {
    return this.#parts.path !== this.#home;
  }

  /** The filter that stands in it. */
  get filter() {
    return Filter.fromQuery(this.#parts.query);
  }

  /** The time that stands in it. */
  get span() {
    return Span.fromQuery(this.#parts.query);
  }

  /** The id of the panel that stands in it; "log": none does. */
  get panel() {
    return new URLSearchParams(this.#parts.query).get(PANEL) ?? "log";
  }

  /** The ids of the columns that stand in it; null: the reader's own are shown. */
  get columns() {
    const ids = new URLSearchParams(this.#parts.query).getAll(COLUMN);
    return ids.length > 0 ? ids : null;
  }

  /** The entry that it points to; null: to none. @returns {Cursor | null} */
  get entry() {
    const named = new URLSearchParams(this.#parts.query).get(ENTRY) ?? "";
    const [, epoch, seq, service] = /^(.+)\.(\d{1,15})(?:@(.+))?$/.exec(named) ?? [];
    return epoch === undefined ? null : { epoch, seq: Number(seq), ...(service && { service }) };
  }

  /** The query of the address that one request took the place of; null: none did. */
  get before() {
    return this.#step.before ?? null;
  }

  /**
   * Has it say what is shown, by a step of the browser where that is something else.
   * @param {Shown} shown
   * @param {Besides} [besides]
   */
  write(shown, besides = {}) {
    this.#shown = shown;
    this.#later = { ...this.#later, ...besides };
    if (this.#depth === 0 && !this.#isLeaving) this.#writeNow();
  }

  /** Makes one step of several changes. @param {() => void} change */
  asOne(change) {
    this.#depth++;
    try {
      change();
    } finally {
      this.#depth--;
      if (this.#depth === 0 && !this.#isLeaving) this.#writeNow();
    }
  }

  /** What was typed is meant: what is typed next is a step of its own. */
  settle() {
    this.#typing = false;
  }

  /**
   * To be called when the browser has gone a step.
   * @returns {boolean} whether that was the page's own doing, which shows already what stands there
   */
  arrived() {
    const own = this.#isLeaving;
    this.#isLeaving = false;
    this.#typing = false;
    this.#writeNow();
    return own;
  }

  /**
   * The query of an address that says all this.
   * @param {Shown} shown
   * @param {Besides} [besides]
   */
  static spell({ filter, span }, { entry, columns, panel = "log" } = {}) {
    return [
      filter.toQuery(),
      span.toQuery(),
      ...(columns ?? []).map((id) => `${COLUMN}=${encodeURIComponent(id)}`),
      panel === "log" ? "" : `${PANEL}=${encodeURIComponent(panel)}`,
      entry ? `${ENTRY}=${spell(entry)}` : "",
    ]
      .filter(Boolean)
      .join("&");
  }

  #writeNow() {
    const [shown, besides] = [this.#shown, this.#later];
    this.#later = null;
    if (!shown || !besides) return;
    const { entry = this.entry, columns = this.columns, panel = this.panel } = besides;
    const { before = this.before, how = "step" } = besides;
    const { location, history } = this.#browser;
    const query = Address.spell(shown, { entry, columns, panel });
    const { path } = this.#parts;
    const address = query ? `${path}?${query}` : path;
    if (address === location.hash && before === this.before) return;
    if (how === "leave" && this.#step.from === address) {
      this.#isLeaving = true;
      return history.back();
    }
    const stays = how === "stay" || (how === "typing" && this.#typing);
    this.#typing = how === "typing";
    /** @type {Step} */
    const step = { from: stays ? this.#step.from : location.hash, before };
    history[stays ? "replaceState" : "pushState"](step, "", address);
  }

  /**
   * A link that opens an entry for as long as the server keeps it. It holds no filter, which could hide it.
   * @param {string} serviceId
   * @param {Cursor} entry
   */
  linkTo(serviceId, entry) {
    const { origin, pathname } = this.#browser.location;
    return `${origin}${pathname}${serviceAddress(serviceId, "watch")}?${ENTRY}=${spell(entry)}`;
  }

  /** @returns {Step} */
  get #step() {
    const { state } = this.#browser.history;
    return state && typeof state === "object" ? state : {};
  }

  get #parts() {
    const [path, ...rest] = this.#browser.location.hash.split("?");
    return { path, query: rest.join("?") };
  }
}

/** @param {Cursor} entry */
function spell({ epoch, seq, service }) {
  return encodeURIComponent(`${epoch}.${seq}${service ? `@${service}` : ""}`);
}
