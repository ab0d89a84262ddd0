/**
 * Derived fields: what metadata says of an entry's duration, request, trace and route, by all of their spellings. The
 * server reads the same ones (`query/derived.py`); `tests/golden/derived.json` holds both to them.
 *
 * Metadata is JSON as `JSON.stringify` writes it, "" if there is none.
 */

import { pathOf, valueAt } from "./json-path.js";

/** @typedef {import("./json-path.js").Path} Path */
/** @typedef {"" | "ms" | "s" | "ns"} Unit "": milliseconds, a text with its own unit, or Caddy's seconds */

/** @type {readonly [name: string, unit: Unit][]} in the order in which they are tried */
const DURATIONS = [
  ["duration", ""],
  ["duration_ms", "ms"],
  ["durationMs", "ms"],
  ["responseTime", "ms"],
  ["response_time", "ms"],
  ["response-time", "ms"],
  ["elapsed_ms", "ms"],
  ["latency_ms", "ms"],
  ["took", "ms"],
  ["request_time", "s"],
  ["event.duration", "ns"],
  ["Duration", "ns"],
];
const TEXT = /^([0-9]{1,18}(?:\.[0-9]{1,18})?) ?(ms|s|ns|us|\u00b5s|\u03bcs|)$/;
/** @type {ReadonlyMap<string, number>} milliseconds */
const UNITS = new Map([
  ["ms", 1],
  ["s", 1000],
  ["ns", 1e-6],
  ["us", 1e-3],
  ["\u00b5s", 1e-3],
  ["\u03bcs", 1e-3],
]);

const DURATION_PATHS = DURATIONS.flatMap(([name, unit]) =>
  paths(name).map((path) => /** @type {const} */ ([path, unit])),
);
const [REQUEST, BYTES_READ] = [pathOf(["request"]), pathOf(["bytes_read"])];
const IDS = {
  request: ["requestId", "request_id", "req.id", "x-request-id"].flatMap(paths),
  trace: ["traceId", "trace_id", "trace.id", "dd.trace_id", "otelTraceID"].flatMap(paths),
};
const ROUTES = ["route", "http.route"].flatMap(paths);
const ROUTE_END = 'route":'; // of every one of them

/** First characters and lengths of the members that a duration may be in, but for `duration` itself. */
const HINTS = new Set(
  [...DURATION_PATHS.slice(1).map(([path]) => path), BYTES_READ].map(({ keys: [key] }) =>
    hint(key.charCodeAt(0), key.length),
  ),
);

/**
 * Whether a member may have to do with the duration, by a look that costs nothing; `duration` itself is not meant.
 * @param {number} first character code of its key
 * @param {number} length of its key
 */
export function mayTellDuration(first, length) {
  return length >= 4 && length <= 14 && HINTS.has(hint(first, length));
}

/** @param {number} first @param {number} length */
function hint(first, length) {
  return first * 16 + length;
}

/**
 * How long what an entry tells of took.
 * @param {string} metadata
 * @returns {number} milliseconds, -1 where it does not say
 */
export function durationOf(metadata) {
  if (metadata === "") return -1;
  for (const [path, unit] of DURATION_PATHS) {
    const json = valueAt(metadata, path);
    if (json === undefined) continue;
    const ms = json.startsWith('"')
      ? ofText(textOf(json), unit)
      : ofNumber(json, unit || (isCaddys(metadata) ? "s" : "ms"));
    if (ms >= 0) return ms;
  }
  return -1;
}

/** Whether Caddy wrote it, whose `duration` is in seconds. @param {string} metadata */
function isCaddys(metadata) {
  return valueAt(metadata, BYTES_READ) !== undefined && valueAt(metadata, REQUEST) !== undefined;
}

/**
 * The id of the request or of the trace: the first that is a text or a number.
 * @param {string} metadata
 * @param {"request" | "trace"} field
 * @returns {string | undefined} its JSON
 */
export function idOf(metadata, field) {
  if (metadata === "") return undefined;
  for (const path of IDS[field]) {
    const json = valueAt(metadata, path);
    if (json !== undefined && (isDigits(json) || (json.startsWith('"') && json !== '""'))) return json;
  }
  return undefined;
}

/**
 * The route as the app's framework has it, such as `/users/:id`.
 * @param {string} metadata
 * @returns {string} "" where only the path tells
 */
export function routeIn(metadata) {
  if (!metadata.includes(ROUTE_END)) return "";
  for (const path of ROUTES) {
    const json = valueAt(metadata, path);
    if (json?.startsWith('"') && json !== '""') return textOf(json);
  }
  return "";
}

/** A text by its JSON. @param {string} json */
export function textOf(json) {
  return json.includes("\\") ? /** @type {string} */ (JSON.parse(json)) : json.slice(1, -1);
}

/** @param {string} json */
function isDigits(json) {
  return /^[-0-9]/.test(json);
}

/** @param {string} text @param {Unit} unit */
function ofText(text, unit) {
  const [, digits, own] = TEXT.exec(text) ?? [];
  const factor = UNITS.get(own || unit);
  return digits === undefined || factor === undefined ? -1 : Number(digits) * factor;
}

/** @param {string} json @param {Unit} unit */
function ofNumber(json, unit) {
  const value = isDigits(json) ? Number(json) : NaN;
  return value >= 0 && value < Infinity ? value * (UNITS.get(unit) ?? 1) : -1;
}

/** A dotted name as one key, then as objects within objects. @param {string} name @returns {Path[]} */
function paths(name) {
  return name.includes(".") ? [pathOf([name]), pathOf(name.split("."))] : [pathOf([name])];
}
