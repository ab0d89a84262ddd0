/**
 * What of the watch page stands in its address, behind the path:
 * #/services/…/watch?level=error&q=…&range=…&panel=…&entry=epoch.seq
 */

import { Filter } from "../query/filter.js";
import { serviceAddress } from "../lib/router.js";
import { Span } from "../log/span.js";

/** @typedef {import("../entry/entry.js").Cursor} Cursor */
/** @typedef {Pick<import("../log/log.js").Log, "filter" | "span">} Shown */
/**
 * @typedef {object} Browser what of the window the address is read from and written to
 * @property {Pick<Location, "hash" | "origin" | "pathname">} location
 * @property {Pick<History, "state" | "pushState" | "replaceState" | "back">} history
 */

const ENTRY = "entry";
const PANEL = "panel";

/** The address of a Watch page. */
export class Address {
  #browser;

  /** @param {Browser} [browser] */
  constructor(browser = globalThis) {
    this.#browser = browser;
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

  /** The entry that it points to; null: to none. @returns {Cursor | null} */
  get entry() {
    const named = new URLSearchParams(this.#parts.query).get(ENTRY) ?? "";
    const [, epoch, seq] = /^(.+)\.(\d{1,15})$/.exec(named) ?? [];
    return epoch === undefined ? null : { epoch, seq: Number(seq) };
  }

  /**
   * Has it say what is shown; what is not told stays.
   * @param {Shown} shown
   * @param {object} [besides]
   * @param {Cursor | null} [besides.entry] which is open; null: none
   * @param {string} [besides.panel] id; "log": none
   * @param {boolean} [besides.step] whether one step back in the browser leaves what is shown now
   */
  write({ filter, span }, { entry = this.entry, panel = this.panel, step = false } = {}) {
    const { location, history } = this.#browser;
    const query = [
      filter.toQuery(),
      span.toQuery(),
      panel === "log" ? "" : `${PANEL}=${encodeURIComponent(panel)}`,
      entry ? `${ENTRY}=${spell(entry)}` : "",
    ]
      .filter(Boolean)
      .join("&");
    const { path } = this.#parts;
    const address = query ? `${path}?${query}` : path;
    if (step) history.pushState(null, "", address);
    else if (address !== location.hash) history.replaceState(history.state, "", address);
  }

  /** One step back in the browser. */
  back() {
    this.#browser.history.back();
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

  get #parts() {
    const [path, ...rest] = this.#browser.location.hash.split("?");
    return { path, query: rest.join("?") };
  }
}

/** @param {Cursor} entry */
function spell({ epoch, seq }) {
  return encodeURIComponent(`${epoch}.${seq}`);
}
