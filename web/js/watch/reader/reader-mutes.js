/**
 * What the reader has muted: for this session, which the tab keeps, or always for a service, which the browser keeps.
 * It can be taken back one by one.
 */

import { Mutes } from "../../log/mutes.js";

/** @typedef {import("../../log/mutes.js").Mute} Mute */
/** @typedef {import("../../lib/store.js").Preferences} Preferences */

const NAME = "mutes";
const MOST = 50; // of all services that are shown: each entry is held against each of them
const SERVICES = 100; // whose mutes are kept, those muted last

export class ReaderMutes {
  /** Why one could not be set; "": it could. */
  problem = "";
  #options;
  #unsubscribe;

  /**
   * @param {object} options
   * @param {import("../../stream/live-log.js").LiveLog} options.watch
   * @param {import("../../list/reader-place.js").ReaderPlace} options.place
   * @param {string} options.log which it is, where it is of one service: its id, say
   * @param {Preferences} options.preferences
   * @param {Preferences} options.tab what this tab alone keeps
   * @param {() => void} options.changed
   */
  constructor(options) {
    this.#options = options;
    this.#apply();
    this.#unsubscribe = options.preferences.subscribe((name) => {
      if (name === NAME) this.#apply();
    });
  }

  stop() {
    this.#unsubscribe();
  }

  /** Those that hold, the oldest first. */
  get list() {
    return this.#options.watch.mutes.list;
  }

  /**
   * Leaves out what a query finds.
   * @param {string} text the query
   * @param {{service?: string, always?: boolean}} [how] `service`: id, where there are several
   */
  add(text, { service = "", always = false } = {}) {
    const mute = { text, service: service || this.#services[0], always };
    const same = this.list.find((each) => each.text === text && each.service === mute.service);
    if (same && (same.always || !always)) return;
    this.problem =
      !same && this.list.length >= MOST ? `At most ${MOST} can be muted at once: take one back before the next.` : "";
    if (this.problem) return this.#options.changed();
    if (same) this.remove(same);
    this.#change(mute, (texts) => [...texts, text]);
  }

  /** Takes one back. @param {Mute} mute */
  remove(mute) {
    this.#change(mute, (texts) => texts.filter((text) => text !== mute.text));
  }

  /** Takes all of them back. */
  clear() {
    for (const mute of this.list) this.remove(mute);
  }

  /** Whose entries are shown. @returns {readonly string[]} ids */
  get #services() {
    const { watch, log } = this.#options;
    return watch.services.length > 0 ? watch.services.map(({ id }) => id) : [log];
  }

  /** @param {Mute} mute @param {(texts: readonly string[]) => string[]} change */
  #change({ service, always }, change) {
    const { preferences, tab } = this.#options;
    const keep = always ? preferences : tab;
    const { [service]: former = [], ...others } = textsOf(keep);
    const texts = change(former);
    const kept = Object.entries(others).slice(1 - SERVICES);
    keep.set(NAME, Object.fromEntries(texts.length > 0 ? [...kept, [service, texts]] : kept));
    if (!always) this.#apply();
  }

  #apply() {
    const { watch, place, preferences, tab, changed } = this.#options;
    const of = (/** @type {Preferences} */ keep, /** @type {boolean} */ always) => {
      const kept = textsOf(keep);
      return this.#services.flatMap((service) => (kept[service] ?? []).map((text) => ({ text, service, always })));
    };
    // What is always muted is no business of a log that somebody shared.
    const list = [...(watch.shared ? [] : of(preferences, true)), ...of(tab, false)].slice(0, MOST);
    if (list.length === 0 && watch.mutes.list.length === 0) return;
    watch.mute(new Mutes(list, watch.services.length > 0), place.origin);
    changed();
  }
}

/** @param {Preferences} keep @returns {Record<string, string[]>} what is not spoiled, by service */
function textsOf(keep) {
  const kept = keep.get(NAME);
  if (!kept || typeof kept !== "object") return {};
  return Object.fromEntries(
    Object.entries(kept).map(([service, texts]) => [
      service,
      Array.isArray(texts) ? texts.filter((text) => typeof text === "string") : [],
    ]),
  );
}
