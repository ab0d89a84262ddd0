/**
 * What an entry is on the page, and how it is read from an object of the server's JSON.
 *
 * It keeps its metadata as JSON text with every digit as it came: smaller than the objects, searched as it is, and
 * without keys (`__proto__`) that could do harm. `../lib/exact-json.js` opens it where it is shown.
 */

import { durationOf } from "./derived.js";
import { string, text, time, whole } from "./fields.js";

/** @typedef {import("./fields.js").Fields} Fields */
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
 * @property {number} duration milliseconds, as metadata says it; -1 if it does not
 * @property {string} metadata JSON text of an object, "" if there is none
 * @property {readonly string[]} truncated names of the fields that the server cut
 * @property {string} readFrom JSON text of an object of texts: the names that fields came under where it was not their
 *   own; "" if all did
 * @property {import("./http-route.js").Route | null} [route] once somebody has asked for it, as `routeOf` does
 */

/** Every level there is. @type {readonly Level[]} gravest first, the order in which they are shown */
export const LEVELS = ["error", "warn", "info", "debug"];

/** @type {readonly string[]} */
const NONE = [];

/**
 * Reads an entry from the server's JSON.
 * @param {Fields} fields an entry of the server's
 * @param {string} epoch which numbering it belongs to
 * @param {(value: unknown) => string} write how its metadata becomes text
 * @returns {Entry}
 * @throws {import("./fields.js").WireError} a field is missing, or of the wrong type
 */
export function readEntry(fields, epoch, write) {
  const metadata = fields.metadata;
  const written = typeof metadata === "object" && metadata !== null ? write(metadata) : "";
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
    duration: durationOf(written),
    metadata: written,
    truncated: Array.isArray(fields.truncated) ? fields.truncated.map(String) : NONE,
    readFrom: typeof fields.readFrom === "object" && fields.readFrom !== null ? JSON.stringify(fields.readFrom) : "",
    route: null,
  };
}
