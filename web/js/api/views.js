/** Views: named queries with their columns and their time, kept on the server. */

/** @typedef {import("./client.js").Api} Api */
/**
 * @typedef {object} NewView
 * @property {string} name
 * @property {string | null} service id; null: it is for every service
 * @property {string} query
 * @property {string[] | null} columns ids
 * @property {string | null} range such as `-15m`, or two RFC 3339 times with a slash between them
 */
/** @typedef {NewView & { id: string }} View */

/** All views, the oldest first. @param {Api} api @returns {Promise<View[]>} */
export async function listViews(api) {
  return (await api.call("GET", "/views")).views;
}

/** Saves a view. @param {Api} api @param {NewView} view @returns {Promise<View>} 409 name_taken */
export function saveView(api, view) {
  return api.call("POST", "/views", { body: view });
}

/** Forgets a view. @param {Api} api @param {string} id @returns {Promise<void>} */
export function deleteView(api, id) {
  return api.call("DELETE", `/views/${encodeURIComponent(id)}`);
}
