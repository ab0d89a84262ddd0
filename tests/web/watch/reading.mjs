/** Makings for the tests of a Watch page: a state over a log that no server feeds, and a host that only notes. */

import { Address } from "../../../web/js/filters/address.js";
import { Preferences } from "../../../web/js/lib/store.js";
import { LiveLog } from "../../../web/js/stream/live-log.js";
import { WatchState } from "../../../web/js/watch/watch-state.js";
import { entries, FakeClock } from "../watching.mjs";

const PATH = "#/services/svc/watch";

/** A window's location and history, as far as an address goes. */
export class FakeBrowser {
  /** @type {{address: string, state: unknown}[]} */
  #steps = [{ address: PATH, state: null }];
  #at = 0;
  location;
  history;
  /** Called when a step has been gone. */
  stepped = () => {};
  /** Whether a step that the page asks for takes until `arrive`. */
  slow = false;
  #asked = 0;

  constructor() {
    const self = this;
    this.location = {
      origin: "http://localhost",
      pathname: "/",
      get hash() {
        return self.#steps[self.#at].address;
      },
      /** Typed by hand. */
      set hash(address) {
        self.history.pushState(null, "", address);
      },
    };
    this.history = {
      get state() {
        return structuredClone(self.#steps[self.#at].state);
      },
      pushState: (/** @type {unknown} */ state, /** @type {string} */ _title, /** @type {string} */ address) => {
        this.#steps.splice(++this.#at, Infinity, { address, state: structuredClone(state) });
      },
      replaceState: (/** @type {unknown} */ state, /** @type {string} */ _title, /** @type {string} */ address) => {
        this.#steps[this.#at] = { address, state: structuredClone(state) };
      },
      back: () => {
        this.#asked--;
        if (!this.slow) this.arrive();
      },
    };
  }

  /** What was asked for is done. */
  arrive() {
    this.go(this.#asked);
  }

  /** @param {number} by steps back, or forward */
  go(by) {
    this.#asked = 0;
    this.#at = Math.max(0, Math.min(this.#at + by, this.#steps.length - 1));
    this.stepped();
  }

  /** The queries of all steps there are, the one that is shown marked by a star. */
  get steps() {
    return this.#steps.map(({ address }, at) => (at === this.#at ? "*" : "") + (address.split("?")[1] ?? ""));
  }

  /** What stands behind the path. */
  get query() {
    return this.location.hash.split("?")[1] ?? "";
  }
}

/**
 * @param {object} [options]
 * @param {string} [options.query] of the address
 * @param {number} [options.rows] entries to begin with
 * @param {(seq: number) => object} [options.fields] of them
 * @param {{id: string, name: string}[]} [options.services]
 * @param {boolean} [options.shared]
 * @param {boolean} [options.narrow]
 * @param {Partial<import("../../../web/js/watch/reader/operator-actions.js").Doings>} [options.doings]
 * @param {import("../../../web/js/watch/host.js").Options["fetch"]} [options.fetch]
 * @param {import("../../../web/js/watch/host.js").Options["views"]} [options.views]
 * @param {import("../../../web/js/watch/host.js").Options["fetchOthers"]} [options.fetchOthers]
 * @param {import("../../../web/js/stream/live-log.js").Kept | null} [options.kept] what the server keeps
 * @param {FakeBrowser} [options.browser] with what it was left at
 * @param {Preferences} [options.preferences]
 * @param {Preferences} [options.tab]
 */
export function reading({
  query = "",
  rows = 0,
  fields = () => ({}),
  services = [],
  shared = false,
  narrow = false,
  doings = {},
  fetch = null,
  views = null,
  fetchOthers = null,
  kept = null,
  browser = new FakeBrowser(),
  preferences = new Preferences(null),
  tab = new Preferences(null),
} = {}) {
  if (query) browser.history.replaceState(null, "", `${PATH}?${query}`);
  const address = new Address(/** @type {any} */ (browser));
  const sessions = {
    create: () => new Promise(() => {}),
    end: async () => {},
    shared,
  };
  const watch = new LiveLog({
    sessions: services.length > 0 ? () => /** @type {any} */ (sessions) : /** @type {any} */ (sessions),
    services,
    url: "ws://localhost/",
    clock: new FakeClock(),
    filter: address.filter,
    kept,
  });
  const noted = {
    /** @type {string[]} */
    focus: [],
    /** @type {string[]} */
    copied: [],
    /** @type {string[]} */
    done: [],
    /** @type {number[]} */
    errors: [],
    ended: "",
    /** @type {number[]} */
    regions: [],
    /** @type {string[]} */
    announced: [],
    changes: 0,
    inQuery: false,
    narrow,
    marked: "",
    /** The name that is given to a mark. */
    name: "a name",
  };
  const note = (/** @type {string} */ what) => async () => void noted.done.push(what);
  const state = new WatchState({
    watch,
    serviceId: services.length > 0 || shared ? "" : "svc",
    address,
    preferences,
    tab,
    doings: {
      createKey: note("key"),
      sendTest: note("test"),
      share: note("share"),
      exportAs: async (format) => void noted.done.push(format),
      ...doings,
    },
    fetch,
    fetchOthers,
    rejected: null,
    views,
    host: {
      changed: () => void noted.changes++,
      counted: () => {},
      named: () => {},
      focus: (place) => void noted.focus.push(place),
      turnRegion: (step) => void noted.regions.push(step),
      announce: (words) => void noted.announced.push(words),
      isInQuery: () => noted.inQuery,
      isNarrow: () => noted.narrow,
      marked: () => noted.marked,
      newErrors: (count) => void noted.errors.push(count),
      ended: (words) => void (noted.ended = words),
      signIn: () => void noted.done.push("sign in"),
      askName: (question) => question.save(noted.name),
      explain: (error) => /** @type {Error} */ (error).message,
      copy: (text) => void noted.copied.push(text),
    },
  });
  browser.stepped = () => state.readAddress();
  state.place.viewport.height = 240; // ten rows
  const self = {
    state,
    watch,
    browser,
    noted,
    preferences,
    /** @param {number} count @param {(seq: number) => object} [of] */
    add(count, of = fields) {
      watch.deliver(entries(count, watch.ring.end + 1, of), 0);
      self.draw();
    },
    /** A frame of the list. */
    draw() {
      watch.advance(Infinity);
      state.place.viewport.layout();
    },
    /** The messages that are shown, of marks their numbers. */
    shown() {
      self.draw();
      const { lines, ring } = watch;
      return Array.from({ length: lines.length }, (_, index) => {
        const row = ring.row(lines.rowAt(lines.first + index));
        return row.kind === "entry" ? row.message : row.kind === "mark" ? row.number : row.kind;
      });
    },
    /** Presses what an action's key would. @param {string} id */
    async run(id) {
      const { ACTIONS } = await import("../../../web/js/watch/commands/actions.js");
      const action = ACTIONS.find((each) => each.id === id);
      if (!action) throw new Error(`there is no action ${id}`);
      action.run(state);
      self.draw();
    },
  };
  if (rows > 0) self.add(rows);
  return self;
}
