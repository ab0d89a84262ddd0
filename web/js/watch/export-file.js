/** Hands what a watch page shows to the reader as a file, without holding up the page. */

import { fileName, mediaType, exportParts } from "../entry/export.js";

/** @typedef {import("../stream/live-log.js").LiveLog} Watch */

const TURN = 8; // ms of work before the page has its turn

/**
 * What is shown now: entries that come while the file is made are not in it.
 * @param {Watch} watch
 * @param {import("../entry/export.js").Format} format
 * @returns {Promise<number>} how many entries are in the file
 */
export async function exportShown(watch, format) {
  watch.advance(Infinity);
  const entries = [...shownEntries(watch)];
  const name = fileName(watch.subscriber.service?.name ?? "all services", format, watch.serverTime);
  /** @type {string[]} */
  const text = [];
  let begun = performance.now();
  for (const part of exportParts(entries, format)) {
    text.push(part);
    if (performance.now() - begun < TURN) continue;
    await new Promise((resolve) => setTimeout(resolve));
    begun = performance.now();
  }
  const address = URL.createObjectURL(new Blob(text, { type: mediaType(format) }));
  save(address, name);
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // the browser may ask where to save it first
  return entries.length;
}

/** @param {Watch} watch */
function* shownEntries({ ring, filteredRows }) {
  for (let position = filteredRows.first; position < filteredRows.end; position++) {
    const row = ring.row(filteredRows.rowAt(position));
    if (row.kind === "entry") yield row;
  }
}

/**
 * Has the browser save what an address holds.
 * @param {string} address
 * @param {string} [name] of the file, where the address does not give it
 */
export function save(address, name = "") {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}
