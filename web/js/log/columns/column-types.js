/**
 * The columns that the log can have: what each says of an entry, and how wide it is while the reader has not said so.
 */

import { duration, moment } from "../../lib/format.js";
import { fieldNamed } from "../../query/language/fields.js";
import { parts } from "../../query/language/tokenizer.js";
import { valueFor } from "../../query/values.js";
import { messageText } from "../../entry/message-text.js";

/** @typedef {import("../../entry/entry.js").Entry} Entry */
/**
 * @typedef {{zone: import("../../lib/format.js").Zone, today: import("../../lib/format.js").Day, service:
 * import("../service-colors.js").NameTag}} Reader how the reader wants it said
 */
/**
 * @typedef {object} Column
 * @property {string} id as the query names what it shows, where it can: `status`, `metadata.user.id`
 * @property {string} label
 * @property {string} least CSS length: what it keeps in a narrow list
 * @property {string} most CSS length, or 1fr for the one that takes what the others leave
 * @property {(entry: Entry, reader: Reader) => string} text "" if the entry has nothing of it
 */

const METADATA = "metadata.";
const LONGEST = 200; // characters of the name of a member

/** @type {readonly Column[]} in the order in which they stand at first, then those that must be asked for */
export const COLUMNS = [
  {
    id: "service",
    label: "Service",
    least: "10ch",
    most: "18ch",
    text: ({ service }, reader) => reader.service(service)?.name ?? "",
  },
  {
    id: "time",
    label: "Time",
    least: "var(--time)",
    most: "var(--time)",
    text: ({ timestamp }, { zone, today }) => moment(timestamp, zone, today),
  },
  { id: "level", label: "Level", least: "7ch", most: "7ch", text: ({ level }) => level },
  { id: "method", label: "Method", least: "7ch", most: "7ch", text: ({ method }) => method },
  {
    id: "message",
    label: "Message",
    least: "20ch",
    most: "1fr",
    text: (entry) => [entry.endpoint, messageText(entry)].filter(Boolean).join("  "),
  },
  {
    id: "status",
    label: "Status",
    least: "5ch",
    most: "5ch",
    text: ({ statusCode }) => (statusCode ? String(statusCode) : ""),
  },
  {
    id: "duration",
    label: "Duration",
    least: "8ch",
    most: "calc(8ch + 48px)",
    text: (entry) => (entry.duration >= 0 ? duration(entry.duration) : ""),
  },
  { id: "source", label: "Source", least: "0ch", most: "16ch", text: ({ source }) => source },
  { id: "number", label: "Sequence number", least: "12ch", most: "12ch", text: ({ seq }) => String(seq) },
  { id: "route", label: "Route", least: "10ch", most: "28ch", text: value("route") },
  { id: "request", label: "Request", least: "10ch", most: "18ch", text: value("request") },
  { id: "trace", label: "Trace", least: "10ch", most: "18ch", text: value("trace") },
];

/** @type {ReadonlyMap<string, Column>} */
const BY_ID = new Map(COLUMNS.map((column) => [column.id, column]));

/** Those that stand there at first. */
export const FIRST = ["service", "time", "level", "method", "message", "status", "duration", "source"];

/**
 * The column of a name.
 * @param {string} id
 * @returns {Column | undefined} undefined: nothing can be shown by that name
 */
export function columnOf(id) {
  return BY_ID.get(id) ?? (ofMetadata(id) && id.length <= LONGEST ? member(id) : undefined);
}

/** Whether it shows a member of metadata, which is a matter of the service that is watched. @param {string} id */
export function ofMetadata(id) {
  return id.startsWith(METADATA) && parts(id).length > 1;
}

/** @param {string} id @returns {Column} */
function member(id) {
  return { id, label: id.slice(METADATA.length), least: "8ch", most: "16ch", text: value(id) };
}

/**
 * What the query finds under a name.
 * @param {string} name
 * @returns {(entry: Entry) => string}
 */
function value(name) {
  const [field, ...path] = parts(name);
  const of = valueFor(fieldNamed(field) ?? "metadata", path);
  return (entry) => of(entry)?.text ?? "";
}
