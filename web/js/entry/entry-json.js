/** An entry as JSON, the way the server sends it, with every digit of its metadata as it came. */

import { parse, stringify } from "../lib/exact-json.js";

/** @typedef {import("./entry.js").Entry} Entry */

/**
 * For people: indented.
 * @param {Entry} entry
 */
export function prettyJson(entry) {
  const { metadata, truncated, readFrom } = entry;
  return stringify(
    {
      ...fields(entry),
      ...(metadata && { metadata: parse(metadata) }),
      ...(truncated.length > 0 && { truncated }),
      ...(readFrom && { readFrom: parse(readFrom) }),
    },
    2,
  );
}

/**
 * For programs: in one line, without opening the metadata.
 * @param {Entry} entry
 */
export function jsonLine(entry) {
  const { metadata, truncated, readFrom } = entry;
  const tree = metadata && `,"metadata":${metadata}`;
  const cut = truncated.length > 0 ? `,"truncated":${JSON.stringify(truncated)}` : "";
  const names = readFrom && `,"readFrom":${readFrom}`;
  return `${JSON.stringify(fields(entry)).slice(0, -1)}${tree}${cut}${names}}`;
}

/** @param {Entry} entry */
function fields({ seq, receivedAt, timestamp, level, message, source, endpoint, method, statusCode }) {
  return {
    seq,
    receivedAt: new Date(receivedAt).toISOString(),
    timestamp: new Date(timestamp).toISOString(),
    level,
    message,
    ...(source && { source }),
    ...(endpoint && { endpoint }),
    ...(method && { method }),
    ...(statusCode && { statusCode }),
  };
}
