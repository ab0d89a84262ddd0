/**
 * The stream's messages: text in, checked and typed objects out, and the text of what the page sends.
 * Only it, `entries-parser.js` and `../entry/entry.js` know the names on the wire.
 */

import { readEntry } from "../entry/entry.js";
import { number, object, string, time, whole, WireError } from "../entry/fields.js";
import { mayRound, parse, stringify } from "../lib/exact-json.js";
import { readEntries } from "./entries-parser.js";

/** @typedef {import("../entry/entry.js").Cursor} Cursor */
/** @typedef {import("./entries-parser.js").Entries} Entries */
/** @typedef {import("../entry/entry.js").Entry} Entry */
/** @typedef {import("../entry/fields.js").Fields} Fields */
/**
 * @typedef {{type: "watching", sessionId: string, kind: string, service: {id: string, name: string}, expiresAt: number,
 *   time: number, epoch: string, oldest: number, head: number, resumed: boolean, view: SharedView | null}} Watching
 *   times in epoch milliseconds
 * @typedef {{columns: string[] | null, from: number, to: number}} SharedView what a link was made with: ids, and epoch
 *   milliseconds, -Infinity and Infinity where there is no bound
 * @typedef {{type: "gap", from: number | null, to: number | null, count: number | null, reason: string}} Gap
 *   reason: `overrun`, `restart`, `reset`, `pruned`, `paused`, `removed`, `unreadable`, or one from a newer server
 * @typedef {{type: "expiring", expiresAt: number, seconds: number}} Expiring
 * @typedef {{type: "heartbeat", through: number, head: number, time: number}} Heartbeat
 * @typedef {{type: "filtered", through: number}} Filtered the filter that was asked for holds after this
 * @typedef {{type: "error", code: string, detail: string}} ServerError
 * @typedef {Filtered | Watching | Entries | Gap | Expiring | Heartbeat | ServerError} ServerMessage
 */

/**
 * @typedef {object} Page
 * @property {string} epoch
 * @property {number} oldest seq of the ring buffer
 * @property {number} through the lowest seq that was looked at
 * @property {Entry[]} entries newest first
 * @property {Kept} kept
 * @property {Gap[]} gaps of what was looked at
 *
 * @typedef {{oldest: number, from: number | null}} Kept what the server keeps, history included: its first seq, and
 *   when that came, epoch milliseconds
 */

const ENTRIES = ',"entries":[';
const KEPT = '],"kept":'; // what follows the entries; within a text the quotes would be escaped

/**
 * The first message of a connection.
 * @param {string} token
 * @param {Cursor | null} after resume behind it
 * @param {number} backlog how many earlier entries to send where there is no `after`
 * @param {import("../query/server-filter-text.js").WireFilter | null} [filter] what the server is to send; null:
 * everything
 */
export function watchMessage(token, after, backlog, filter = null) {
  return JSON.stringify({ type: "watch", token, ...(after ? { after } : { backlog }), ...(filter && { filter }) });
}

/**
 * Another filter, from here on.
 * @param {import("../query/server-filter-text.js").WireFilter | null} filter as in `watch`
 */
export function filterMessage(filter) {
  return JSON.stringify({ type: "filter", filter });
}

/**
 * Reads one message of the server.
 * @param {string} text
 * @param {string} epoch the connection's, from `watching`; "" before it
 * @returns {ServerMessage | null} null: a type this page does not know, from a newer server
 * @throws {WireError} no JSON, or a field missing or of the wrong type
 */
export function readMessage(text, epoch) {
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
      return {
        type: "heartbeat",
        through: whole(fields, "through"),
        head: whole(fields, "head"),
        time: time(fields, "time"),
      };
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
 * Reads a page of earlier entries, as the API answers it: as the messages are, which is several times as fast.
 * @param {string} text
 * @returns {Page}
 * @throws {WireError} no JSON, or a field missing or of the wrong type
 */
export function readPage(text) {
  const [at, end] = [text.indexOf(ENTRIES), text.lastIndexOf(KEPT)];
  if (at > 0 && end > at) {
    const fields = JSON.parse(`${text.slice(0, at)},${text.slice(end + 2)}`);
    const head = pageHead(fields);
    const message = readEntries(`{"type":"entries","through":${head.through}${text.slice(at, end + 1)}}`, head.epoch);
    if (message) return { ...head, entries: message.entries };
  }
  const fields = object(parse(text), "page");
  if (!Array.isArray(fields.entries)) throw new WireError("page.entries is not a list");
  const head = pageHead(fields);
  const entries = fields.entries.map((each) => {
    const entry = object(each, "entry");
    return readEntry(entry, entry.epoch === undefined ? head.epoch : string(entry, "epoch"), stringify);
  });
  return { ...head, entries };
}

/**
 * What a page says besides its entries.
 * @param {Fields} fields
 * @returns {Omit<Page, "entries">}
 */
function pageHead(fields) {
  const oldest = whole(fields, "oldest");
  const kept = fields.kept ? object(fields.kept, "kept") : { oldest, from: null };
  return {
    epoch: string(fields, "epoch"),
    oldest,
    through: whole(fields, "through"),
    kept: { oldest: whole(kept, "oldest"), from: typeof kept.from === "string" ? time(kept, "from") : null },
    gaps: (Array.isArray(fields.gaps) ? fields.gaps : []).map((gap) => readGap(object(gap, "gap"))),
  };
}

/**
 * @param {Fields} fields
 * @returns {Gap}
 */
function readGap(fields) {
  const missing = (/** @type {string} */ name) =>
    fields[name] === null || fields[name] === undefined ? null : whole(fields, name);
  return {
    type: "gap",
    from: missing("from"),
    to: missing("to"),
    count: missing("count"),
    reason: string(fields, "reason"),
  };
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
    view: fields.view === undefined ? null : readView(object(fields.view, "watching.view")),
  };
}

/**
 * @param {Fields} fields
 * @returns {SharedView}
 */
function readView(fields) {
  const { columns } = fields;
  return {
    columns: Array.isArray(columns) ? columns.filter((id) => typeof id === "string") : null,
    from: fields.from === undefined ? -Infinity : time(fields, "from"),
    to: fields.to === undefined ? Infinity : time(fields, "to"),
  };
}
