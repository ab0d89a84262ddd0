/** An entry as a query looks at it. Its metadata is JSON text, opened at most once, and only if a term needs to see inside. */

import { mayRound, parse, stringify } from "../exact-json.js";
import { route } from "../route.js";
import { IDS } from "./fields.js";

/** @typedef {import("../wire.js").Entry} Entry */
/** @typedef {import("./fields.js").FieldName} FieldName */
/** @typedef {{name: FieldName, path: readonly string[], quoted: string}} Place of a value; `path` and `quoted`, its first key as JSON, within the metadata */

const NOTHING = /** @type {Entry} */ ({ kind: "entry", service: "", epoch: "", seq: 0, receivedAt: 0, timestamp: 0, level: "info",
  message: "", source: "", endpoint: "", method: "", statusCode: 0, duration: -1, metadata: "", truncated: /** @type {string[]} */ ([]) });

/**
 * @param {FieldName} name
 * @param {readonly string[]} path
 * @returns {Place}
 */
export function placeOf(name, path) {
  const within = IDS.get(name) ?? path;
  return { name, path: within, quoted: within.length > 0 ? JSON.stringify(within[0]) : "" };
}

export class Look {
  entry = NOTHING;
  /** @type {unknown} */
  #opened;
  #isOpen = false;
  /** @type {unknown} with every digit */
  #exact;
  #isExact = false;

  /** @param {Entry} entry */
  at(entry) {
    this.entry = entry;
    this.#isOpen = this.#isExact = false;
  }

  /**
   * @param {Place} place
   * @returns {unknown} what stands there, a number rounded to a double; undefined: nothing does
   */
  value(place) {
    const { entry } = this;
    switch (place.name) {
      case "message":
        return entry.message;
      case "source":
        return entry.source;
      case "method":
        return entry.method;
      case "path":
        return entry.endpoint;
      case "route":
        return route(entry.endpoint);
      default:
        return this.#member(place);
    }
  }

  /**
   * @param {Place} place
   * @param {unknown} value what `value` gave for it
   * @returns {string} the text of a string, the JSON of anything else, with every digit
   */
  text(place, value) {
    if (typeof value === "string") return value;
    if (typeof value !== "number" && typeof value !== "object") return String(value);
    if (!this.#isExact) {
      this.#exact = mayRound(this.entry.metadata) ? parse(this.entry.metadata) : this.#opened;
      this.#isExact = true;
    }
    return stringify(follow(this.#exact, place.path));
  }

  /** @param {Place} place */
  #member({ path, quoted }) {
    const { metadata } = this.entry;
    if (!this.#isOpen) {
      if (!metadata.includes(quoted)) return undefined;
      this.#opened = JSON.parse(metadata);
      this.#isOpen = true;
    }
    return follow(this.#opened, path);
  }
}

/**
 * @param {unknown} value
 * @param {readonly string[]} path of keys and indexes
 */
function follow(value, path) {
  let found = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null) return undefined;
    if (Array.isArray(found) ? !/^\d{1,5}$/.test(name) : !Object.hasOwn(found, name)) return undefined;
    found = /** @type {Record<string, unknown>} */ (found)[Array.isArray(found) ? String(Number(name)) : name];
  }
  return found;
}
