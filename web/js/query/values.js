/** What stands in a field of an entry. */

import { idOf, textOf } from "../entry/derived.js";
import { routeOf } from "../entry/http-route.js";
import { pathOf, valueAt } from "../entry/json-path.js";

/** @typedef {import("../entry/entry.js").Entry} Entry */
/**
 * @typedef {{text: string, isString: boolean}} Leaf the text of a string, the JSON of anything else with every digit
 */
/** @typedef {(entry: Entry) => Leaf | undefined} Value undefined: there is no such member */

/**
 * Prepares to look a value up in entries.
 * @param {import("./language/fields.js").FieldName} field one that holds text
 * @param {readonly string[]} path within the metadata
 * @returns {Value}
 */
export function valueFor(field, path) {
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
    case "request":
    case "trace":
      return ({ metadata }) => leaf(idOf(metadata, field));
    default: {
      const within = pathOf(path);
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
  return string(textOf(json));
}
