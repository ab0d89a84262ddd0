/**
 * What several streams tell at their beginning, put in one order. Each sends its backlog as fast as it can; appended as
 * it comes, it would stand there service by service.
 */

/** @typedef {import("../log/ring.js").Row} Row */

/**
 * The rows of several streams in the order of their arrival at the server. Those of one stream keep theirs; a row that
 * is no entry stays before the entry that follows it.
 * @param {readonly (readonly Row[])[]} streams
 * @returns {Row[]}
 */
export function mergeBacklogs(streams) {
  return streams
    .flatMap((rows) => timed(rows))
    .sort((one, other) => one.at - other.at)
    .map(({ row }) => row);
}

/** @param {readonly Row[]} rows */
function timed(rows) {
  const result = rows.map((row) => ({ row, at: Infinity }));
  let latest = -Infinity;
  for (const each of result) if (each.row.kind === "entry") each.at = latest = Math.max(latest, each.row.receivedAt);
  for (let i = result.length - 2; i >= 0; i--) if (result[i].row.kind !== "entry") result[i].at = result[i + 1].at;
  return result;
}
