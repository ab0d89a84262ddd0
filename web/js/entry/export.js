/**
 * Entries as a file: NDJSON, one entry a line as the server sends it, or CSV (RFC 4180) for spreadsheets.
 *
 * A spreadsheet takes a cell that begins with = + - @ for a formula, and so could be told to run what somebody logged:
 * such a text gets an apostrophe before it, which spreadsheets show as text (OWASP, CSV injection). Numbers stay
 * numbers.
 */

import { jsonLine as json } from "./entry-json.js";

/** @typedef {import("./entry.js").Entry} Entry */
/** @typedef {"ndjson" | "csv"} Format */

/** @type {Record<Format, {type: string, begin: string, line: (entry: Entry) => string}>} */
const FORMATS = {
  ndjson: { type: "application/x-ndjson", begin: "", line: (entry) => `${json(entry)}\n` },
  csv: {
    // Spreadsheets read UTF-8 as such only behind a byte order mark.
    type: "text/csv;charset=utf-8",
    begin: "\ufeffseq,timestamp,receivedAt,level,source,method,endpoint,statusCode,duration,message,metadata\r\n",
    line: (entry) => `${columns(entry).map(cell).join(",")}\r\n`,
  },
};

const PART = 1000; // entries in a part of the file

/**
 * The file, a part at a time, so that whoever writes it can let go of the thread in between.
 * @param {Iterable<Entry>} entries
 * @param {Format} format
 * @returns {Generator<string>}
 */
export function* exportParts(entries, format) {
  const { begin, line } = FORMATS[format];
  let part = begin;
  let count = 0;
  for (const entry of entries) {
    part += line(entry);
    if (++count % PART) continue;
    yield part;
    part = "";
  }
  if (part) yield part;
}

/** The media type of a file. @param {Format} format */
export function mediaType(format) {
  return FORMATS[format].type;
}

/**
 * A name that says what is in the file and sorts by time: payment-service-2026-11-23T103000.ndjson
 * @param {string} service
 * @param {Format} format
 * @param {number} at epoch milliseconds
 */
export function fileName(service, format, at) {
  const name =
    service
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-|-$/g, "") || "log";
  return `${name}-${iso(at).slice(0, 19).replaceAll(":", "")}.${format}`;
}

/** @param {Entry} entry @returns {(string | number)[]} */
function columns({
  seq,
  timestamp,
  receivedAt,
  level,
  source,
  method,
  endpoint,
  statusCode,
  duration,
  message,
  metadata,
}) {
  return [
    seq,
    iso(timestamp),
    iso(receivedAt),
    level,
    source,
    method,
    endpoint,
    statusCode || "",
    duration >= 0 ? duration : "",
    message,
    metadata,
  ];
}

/** @param {string | number} value */
function cell(value) {
  if (typeof value === "number") return String(value);
  // A tab or a carriage return before it is skipped by some, which then see the formula.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** @param {number} at epoch milliseconds */
function iso(at) {
  return new Date(at).toISOString();
}
