/** What stands in a field of an entry. */

import { routeOf } from "../entry/http-route.js";
import { pathOf, valueAt } from "../entry/json-path.js";

/** @typedef {import("../entry/entry.js").Entry} Entry */
/**
 * @typedef {{text: string, isString: boolean}} Leaf the text of a string, the JSON of anything else with every digit
 */
/** @typedef {(entry: Entry) => Leaf | undefined} Value undefined: there is no such member */

/** Fields that are members of metadata. @type {ReadonlyMap<string, readonly string[]>} */
const IDS = new Map([
  ["request", ["requestId"]],
  ["trace", ["traceId"]],
]);

/**
 * Prepares to look a value up in entries.
 * @param {import("./fields.js").FieldName} field one that holds text
 * @param {readonly string[]} path within the metadata
 * @returns {Value}
 */
export function valueOf(field, path) {
  switch (field) {
    case "message":
      return ({ message }) => string(message);
    case "source":
      return ({ source }) => string(source);
    case "method":
      return ({ method }) => string(method);
    case "path":
      return ({ endpoint }) => string(endpoint);
    case "route":
      return (entry) => string(routeOf(entry).path);
    default: {
      const within = pathOf(IDS.get(field) ?? path);
      return ({ metadata }) => leaf(valueAt(metadata, within));
    }
  }
}

/** @param {string} text @returns {Leaf} */
function string(text) {
  return { text, isString: true };
}

/** @param {string | undefined} json @returns {Leaf | undefined} */
function leaf(json) {
  if (json === undefined) return undefined;
  if (!json.startsWith('"')) return { text: json, isString: false };
  return string(json.includes("\\") ? JSON.parse(json) : json.slice(1, -1));
}
