/**
 * What several streams tell at their beginning, put in one order. Each sends its backlog as fast as it can; appended as
 * it comes, it would stand there service by service.
 */

/** @typedef {import("../log/ring.js").Row} Row */
/**
 * @typedef {{writtenAt: (entry: import("../entry/entry.js").Entry) => number}} Timing epoch milliseconds, the server's
 *   clock
 */

/**
 * The rows of several streams in the order of time. Those of one stream keep theirs; a row that is no entry stays
 * before the entry that follows it.
 * @param {readonly (readonly Row[])[]} streams
 * @param {readonly Timing[]} [timings] of each stream; without them, the order is that of arrival
 * @returns {Row[]}
 */
export function mergeBacklogs(streams, timings = []) {
  return streams
    .flatMap((rows, stream) => timed(rows, timings[stream]))
    .sort((one, other) => one.at - other.at)
    .map(({ row }) => row);
}

/**
 * Rows of one stream, each with its place in time, epoch milliseconds: never before the row above it.
 * @param {readonly Row[]} rows oldest first
 * @param {Timing} [timing]
 * @returns {{row: Row, at: number}[]}
 */
export function timed(rows, timing) {
  const result = rows.map((row) => ({ row, at: Infinity }));
  let latest = -Infinity;
  for (const each of result)
    if (each.row.kind === "entry")
      each.at = latest = Math.max(latest, timing?.writtenAt(each.row) ?? each.row.receivedAt);
  for (let i = result.length - 2; i >= 0; i--) if (result[i].row.kind !== "entry") result[i].at = result[i + 1].at;
  return result;
}
