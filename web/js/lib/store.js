/**
 * Small observed values, and the preferences kept in this browser.
 *
 * A subscriber is called after a change, in the same turn, in the order of subscribing; never with the value it already
 * has.
 */

/**
 * @template T
 * @typedef {object} Observed
 * @property {() => T} get
 * @property {(value: T) => void} set notifies only if the value is another one (`Object.is`)
 * @property {(listener: (value: T) => void) => () => void} subscribe returns the function that unsubscribes
 */

/**
 * A value whose changes can be heard.
 * @template T
 * @param {T} value
 * @returns {Observed<T>}
 */
export function observed(value) {
  /** @type {Set<(value: T) => void>} */
  const listeners = new Set();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener(value);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/**
 * What the operator prefers, and what holds until they say so. Values are plain JSON. theme: "system" | "light" |
 * "dark"; zone: "local" | "utc"; letterKeys: single-letter shortcuts on or off; collapse: whether entries that repeat
 * each other stand in the log as one; hold: seconds for which rows of several services are held, to be put in the order
 * of time.
 */
export const DEFAULTS = Object.freeze({ theme: "system", zone: "local", letterKeys: true, collapse: false, hold: 2 });

const PLACE = "spectrix.preferences";

/** @typedef {Pick<Storage, "getItem" | "setItem">} Keep */

/** Preferences over a storage; one that is full, forbidden or spoiled costs remembering, never the page. */
export class Preferences {
  /** @type {Keep | null} */
  #keep;

  /** @type {Map<string, unknown>} */
  #values = new Map();

  /** @type {Set<(name: string, value: any) => void>} */
  #listeners = new Set();

  /** @param {Keep | null} keep */
  constructor(keep) {
    this.#keep = keep;
    this.#values = this.#read();
  }

  /**
   * @param {string} name
   * @returns {any} the chosen value, else the default, else undefined
   */
  get(name) {
    if (this.#values.has(name)) return this.#values.get(name);
    return Object.hasOwn(DEFAULTS, name) ? DEFAULTS[/** @type {keyof typeof DEFAULTS} */ (name)] : undefined;
  }

  /**
   * @param {string} name
   * @param {unknown} value
   */
  set(name, value) {
    if (Object.is(this.get(name), value)) return;
    this.#values.set(name, value);
    try {
      this.#keep?.setItem(PLACE, JSON.stringify(Object.fromEntries(this.#values)));
    } catch {
      // Full or forbidden storage: the preference holds until the page is closed.
    }
    this.#notify(name);
  }

  /**
   * @param {(name: string, value: any) => void} listener
   * @returns {() => void} unsubscribes
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Takes over what another tab has written. */
  reload() {
    const before = this.#values;
    this.#values = this.#read();
    for (const name of new Set([...before.keys(), ...this.#values.keys()])) {
      if (JSON.stringify(before.get(name)) !== JSON.stringify(this.#values.get(name))) this.#notify(name);
    }
  }

  /** @param {string} name */
  #notify(name) {
    for (const listener of [...this.#listeners]) listener(name, this.get(name));
  }

  #read() {
    /** @type {Map<string, unknown>} */
    const values = new Map();
    try {
      const kept = JSON.parse(this.#keep?.getItem(PLACE) ?? "{}");
      if (kept && typeof kept === "object") for (const [name, value] of Object.entries(kept)) values.set(name, value);
    } catch {
      // Spoiled by hand or by an older version: start from the defaults.
    }
    return values;
  }
}

/** @param {"localStorage" | "sessionStorage"} name @returns {Keep | null} */
function storage(name) {
  try {
    return globalThis[name] ?? null;
  } catch {
    return null; // a browser that forbids storage throws on the mere look
  }
}

/** The preferences of this browser. */
export const preferences = new Preferences(storage("localStorage"));
/** What this tab keeps over a reload, and no other has. */
export const tabPreferences = new Preferences(storage("sessionStorage"));

globalThis.addEventListener?.("storage", (event) => {
  if (event.key === PLACE || event.key === null) preferences.reload();
});
