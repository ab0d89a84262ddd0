/**
 * The stream's messages: text in, checked and typed objects out, and the text of what the page sends.
 * Only it and `entries-parser.js` know the names on the wire.
 *
 * An entry keeps its metadata as JSON text with every digit as it came: smaller than the objects, searched as it is,
 * and without keys (`__proto__`) that could do harm. `exact-json.js` opens it where it is shown.
 */

import { mayRound, parse, stringify } from "../lib/exact-json.js";
import { readDuration, readEntries } from "./entries-parser.js";

/** @typedef {"error" | "warn" | "info" | "debug"} Level */
/** @typedef {{epoch: string, seq: number}} Cursor a place in a service's numbering: everything up to `seq` is known */
/**
 * @typedef {object} Entry
 * @property {"entry"} kind
 * @property {string} service id of the service that it came from, where a page watches several; else ""
 * @property {string} epoch which numbering `seq` belongs to
 * @property {number} seq
 * @property {number} receivedAt epoch milliseconds, the server's clock
 * @property {number} timestamp epoch milliseconds, the app's clock
 * @property {Level} level
 * @property {string} message
 * @property {string} source "" if there is none; so too endpoint and method
 * @property {string} endpoint
 * @property {string} method
 * @property {number} statusCode 0 if there is none
 * @property {number} duration milliseconds, from `metadata.duration`; -1 if there is none
 * @property {string} metadata JSON text of an object, "" if there is none
 * @property {readonly string[]} truncated names of the fields that the server cut
 * @property {import("./http-route.js").Route | null} [route] once somebody has asked for it, as `routeOf` does
 */
/**
 * @typedef {{type: "watching", sessionId: string, kind: string, service: {id: string, name: string}, expiresAt: number,
 *   time: number, epoch: string, oldest: number, head: number, resumed: boolean}} Watching times in epoch milliseconds
 * @typedef {{type: "entries", through: number, entries: Entry[]}} Entries
 * @typedef {"overrun" | "restart" | "reset"} GapReason
 * @typedef {{type: "gap", from: number | null, to: number | null, count: number | null, reason: GapReason}} Gap
 * @typedef {{type: "expiring", expiresAt: number, seconds: number}} Expiring
 * @typedef {{type: "heartbeat", through: number, head: number, time: number}} Heartbeat
 * @typedef {{type: "filtered", through: number}} Filtered the filter that was asked for holds after this
 * @typedef {{type: "error", code: string, detail: string}} ServerError
 * @typedef {Filtered | Watching | Entries | Gap | Expiring | Heartbeat | ServerError} ServerMessage
 */
/** @typedef {{[name: string]: unknown}} Fields */

/** @type {readonly Level[]} gravest first, the order in which they are shown */
export const LEVELS = ["error", "warn", "info", "debug"];

/** @type {readonly string[]} */
const NONE = [];

/** The server said something that the contract does not allow. */
export class WireError extends Error {}

/**
 * The first message of a connection.
 * @param {string} token
 * @param {Cursor | null} after resume behind it
 * @param {number} backlog how many earlier entries to send where there is no `after`
 * @param {import("../api/client.js").Filter | null} [filter] what the server is to send; null: everything
 */
export function watch(token, after, backlog, filter = null) {
  return JSON.stringify({ type: "watch", token, ...(after ? { after } : { backlog }), ...(filter && { filter }) });
}

/**
 * Another filter, from here on.
 * @param {import("../api/client.js").Filter | null} filter as in `watch`
 */
export function filter(filter) {
  return JSON.stringify({ type: "filter", filter });
}

/**
 * Reads one message of the server.
 * @param {string} text
 * @param {string} epoch the connection's, from `watching`; "" before it
 * @returns {ServerMessage | null} null: a type this page does not know, from a newer server
 * @throws {WireError} no JSON, or a field missing or of the wrong type
 */
export function read(text, epoch) {
  const entries = readEntries(text, epoch);
  if (entries) return entries;
  const exact = mayRound(text);
  /** @type {unknown} */
  let message;
  try {
    message = exact ? parse(text) : JSON.parse(text);
  } catch (error) {
    throw new WireError("a message is not JSON", { cause: error });
  }
  const fields = object(message, "message");
  switch (fields.type) {
    case "entries": {
      if (!Array.isArray(fields.entries)) throw new WireError("entries.entries is not a list");
      const write = exact ? stringify : JSON.stringify;
      return {
        type: "entries",
        through: whole(fields, "through"),
        entries: fields.entries.map((each) => readEntry(object(each, "entry"), epoch, write)),
      };
    }
    case "heartbeat":
      return { type: "heartbeat", through: whole(fields, "through"), head: whole(fields, "head"), time: time(fields, "time") };
    case "gap":
      return readGap(fields);
    case "watching":
      return readWatching(fields);
    case "expiring":
      return { type: "expiring", expiresAt: time(fields, "expiresAt"), seconds: number(fields, "seconds") };
    case "filtered":
      return { type: "filtered", through: whole(fields, "through") };
    case "error":
      return { type: "error", code: string(fields, "code"), detail: string(fields, "detail") };
    default:
      return null;
  }
}

/**
 * @param {Fields} fields
 * @param {string} epoch
 * @param {(value: unknown) => string} write
 * @returns {Entry}
 */
function readEntry(fields, epoch, write) {
  const metadata = fields.metadata;
  const kept = typeof metadata === "object" && metadata !== null ? /** @type {Fields} */ (metadata) : null;
  const timestamp = time(fields, "timestamp");
  return {
    kind: "entry",
    service: "",
    epoch,
    seq: whole(fields, "seq"),
    receivedAt: fields.receivedAt === undefined ? timestamp : time(fields, "receivedAt"),
    timestamp,
    level: LEVELS.find((level) => level === fields.level) ?? "info",
    message: string(fields, "message"),
    source: text(fields.source),
    endpoint: text(fields.endpoint),
    method: text(fields.method),
    statusCode: typeof fields.statusCode === "number" ? fields.statusCode : 0,
    duration: readDuration(kept),
    metadata: kept ? write(kept) : "",
    truncated: Array.isArray(fields.truncated) ? fields.truncated.map(String) : NONE,
    route: null,
  };
}

/**
 * @param {Fields} fields
 * @returns {Gap}
 */
function readGap(fields) {
  const { reason } = fields;
  if (reason !== "overrun" && reason !== "restart" && reason !== "reset") throw new WireError("gap.reason is unknown");
  const missing = (/** @type {string} */ name) => (fields[name] === null || fields[name] === undefined ? null : whole(fields, name));
  return { type: "gap", from: missing("from"), to: missing("to"), count: missing("count"), reason };
}

/**
 * @param {Fields} fields
 * @returns {Watching}
 */
function readWatching(fields) {
  const service = object(fields.service, "watching.service");
  return {
    type: "watching",
    sessionId: string(fields, "sessionId"),
    kind: string(fields, "kind"),
    service: { id: string(service, "id"), name: string(service, "name") },
    expiresAt: time(fields, "expiresAt"),
    time: time(fields, "time"),
    epoch: string(fields, "epoch"),
    oldest: whole(fields, "oldest"),
    head: whole(fields, "head"),
    resumed: fields.resumed === true,
  };
}

/**
 * @param {unknown} value
 * @param {string} what
 * @returns {Fields}
 */
function object(value, what) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new WireError(`${what} is not an object`);
  return /** @type {Fields} */ (value);
}

/**
 * @param {Fields} fields
 * @param {string} name
 */
function string(fields, name) {
  const value = fields[name];
  if (typeof value !== "string") throw new WireError(`${name} is not text`);
  return value;
}

/**
 * @param {Fields} fields
 * @param {string} name
 */
function number(fields, name) {
  const value = fields[name];
  if (typeof value !== "number") throw new WireError(`${name} is not a number`);
  return value;
}

/**
 * @param {Fields} fields
 * @param {string} name
 */
function whole(fields, name) {
  const value = number(fields, name);
  if (!Number.isSafeInteger(value)) throw new WireError(`${name} is not a whole number`);
  return value;
}

/**
 * @param {Fields} fields
 * @param {string} name
 */
function time(fields, name) {
  const value = Date.parse(string(fields, name));
  if (Number.isNaN(value)) throw new WireError(`${name} is not a time`);
  return value;
}

/** @param {unknown} value */
function text(value) {
  return typeof value === "string" ? value : "";
}
