/** Queries that were used lately, the newest first, kept in this browser. */

/** @typedef {import("../lib/store.js").Preferences} Preferences */

const PLACE = "recentQueries";
const MOST = 12;

/** The queries used lately. @param {Preferences} preferences @returns {string[]} */
export function recentQueries(preferences) {
  const kept = preferences.get(PLACE);
  return Array.isArray(kept) ? kept.filter((query) => typeof query === "string" && query !== "").slice(0, MOST) : [];
}

/** Remembers a query as the latest. @param {Preferences} preferences @param {string} text that can be read */
export function rememberQuery(preferences, text) {
  const query = text.trim();
  if (query === "") return;
  preferences.set(PLACE, [query, ...recentQueries(preferences).filter((each) => each !== query)].slice(0, MOST));
}
