/**
 * What tells of a failure, and what failed. A failure is an entry of level error, or with a status of 500 and above.
 *
 * What went wrong is, where it is there, the error in the metadata: `error` as our middlewares send it, `err` as pino
 * does, {name, message, stack} or {type, message, stack}. Else it is what the message says beyond its request; and
 * where that is nothing, or only figures (`500 12.3 ms - 45`), the request and how it was answered.
 */

import { pathOf, valueAt } from "./json-path.js";
import { routeOf } from "./http-route.js";
import { messageText } from "./message-text.js";

/** @typedef {import("./entry.js").Entry} Entry */
/** @typedef {"error" | "err" | "message" | "status"} Told where it stands */

/** How an access log goes on behind the request: status, time, size. */
const FIGURES = /^(?:[ \t0-9.,:|()-]|(?:[mnuµ]?s|[kKMG]?B)(?![A-Za-z]))*$/;
const LONGEST_NAME = 100; // characters; what is longer names no class
const MEMBERS = /** @type {const} */ (["error", "err"]);
const PATHS = MEMBERS.map((member) => pathOf([member]));
const [NAME, TYPE, MESSAGE, STACK] = ["name", "type", "message", "stack"].map((member) => pathOf([member]));

/** Whether an entry tells of a failure: level error, or a 5xx status. @param {Entry} entry */
export function hasFailed({ level, statusCode }) {
  return level === "error" || statusCode >= 500;
}

/**
 * What kind of failure an entry tells of.
 * @param {Entry} entry that tells of a failure
 * @returns {{told: Told, name: string, words: string}} `name` of the error's class and what it says; either may be ""
 */
export function failureOf(entry) {
  const [told, error] = errorOf(entry);
  if (told) {
    const named = textAt(error, told === "err" ? TYPE : NAME);
    const name = named.length > LONGEST_NAME ? "" : named;
    const message = error.startsWith('"') ? /** @type {string} */ (JSON.parse(error)) : textAt(error, MESSAGE);
    const words = message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message === name ? "" : message;
    if (name || words) return { told, name, words };
  }
  const words = messageText(entry);
  if (words === entry.message ? words : !FIGURES.test(words)) return { told: "message", name: "", words };
  const { method, path } = routeOf(entry);
  return {
    told: "status",
    name: "",
    words: `${method && `${method} `}${path} ${entry.statusCode ? `answered ${entry.statusCode}` : "failed"}`,
  };
}

/** The stack that came with it; "" without one. @param {Entry} entry */
export function stackOf(entry) {
  return textAt(errorOf(entry)[1], STACK);
}

/** @param {Entry} entry @returns {[member: "error" | "err" | null, json: string]} */
function errorOf({ metadata }) {
  for (const [index, path] of PATHS.entries()) {
    const json = metadata && valueAt(metadata, path);
    if (json && (json.startsWith("{") || (json.startsWith('"') && json !== '""'))) return [MEMBERS[index], json];
  }
  return [null, ""];
}

/** @param {string} json @param {import("./json-path.js").Path} path */
function textAt(json, path) {
  const value = json.startsWith("{") ? valueAt(json, path) : undefined;
  if (!value?.startsWith('"')) return "";
  return value.includes("\\") ? JSON.parse(value) : value.slice(1, -1);
}
