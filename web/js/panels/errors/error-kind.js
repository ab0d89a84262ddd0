/** Which failures are of one kind: those of one shape, told in one place, of one service. */

import { idOf } from "../../entry/derived.js";
import { failureOf } from "../../entry/failure.js";
import { OTHERS } from "../../entry/http-route.js";
import { messagePattern } from "../../entry/message-pattern.js";

/** @typedef {import("../../entry/entry.js").Entry} Entry */
/**
 * @typedef {object} ErrorKind
 * @property {string} key
 * @property {import("../../entry/failure.js").Told} told where it stands in an entry
 * @property {string} name of the error's class, "" if it has none
 * @property {string} words the shape of what it says
 */

/** What is not told apart. @type {ErrorKind} */
export const OTHER_KINDS = { key: OTHERS.key, told: "message", name: "", words: OTHERS.path };

/**
 * What failed, with a shape for its words. How a request was answered is a shape already, and its status tells it from
 * another.
 * @param {Entry} entry that tells of a failure
 * @returns {ErrorKind}
 */
export function kindOf(entry) {
  const { told, name, words: said } = failureOf(entry);
  const words = told === "status" ? said : messagePattern(said);
  return { key: `${entry.service} ${told} ${name}: ${words}`, told, name, words };
}

/** What tells the request of an entry from those of all services; "": it is of none. @param {Entry} entry */
export function requestOf({ service, metadata }) {
  const id = idOf(metadata, "request");
  return id === undefined ? "" : `${service} ${id}`;
}
