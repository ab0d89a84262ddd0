/** What the operator can have done for the log that is shown: through the server, in a dialog, as a file. */

import { describeFilter, wireFilter } from "../query/server-filter-text.js";
import { openKeyDialog } from "../services/key-dialog.js";
import { openShareDialog } from "../services/share-dialog.js";
import { deleteView, listViews, saveView } from "../api/views.js";
import { exportShown } from "./export-file.js";

/**
 * @param {import("../stream/live-log.js").LiveLog} watch
 * @param {import("../api/client.js").Api | null} api null: only what takes no sign-in is done
 * @param {string} serviceId
 * @returns {import("./reader/operator-actions.js").Doings}
 */
export function operatorDoings(watch, api, serviceId) {
  return {
    createKey: async () => api && openKeyDialog({ api, service: await api.service(serviceId), tab: "curl" }),
    sendTest: async () => api?.testEntry(serviceId),
    share: async () => api && share(api, serviceId, watch),
    exportAs: (format) => exportShown(watch, format),
  };
}

/**
 * @param {import("../api/client.js").Api} api
 * @param {string} serviceId
 * @param {import("../stream/live-log.js").LiveLog} watch
 */
async function share(api, serviceId, watch) {
  const service = await api.service(serviceId);
  const { filter, filteredRows } = watch;
  void openShareDialog({
    api,
    service,
    filter: filter.empty ? null : { filter: wireFilter(filter), words: describeFilter(filter) },
    coverage: { shown: filteredRows.entries, lost: watch.shownOutside(service.stats), besides: filteredRows.outside },
  });
}

/**
 * Where the operator's views are kept.
 * @param {import("../api/client.js").Api} api
 * @returns {import("./reader/reader-views.js").Keeper}
 */
export function viewsOf(api) {
  return {
    list: () => listViews(api),
    save: (view) => saveView(api, view),
    remove: (id) => deleteView(api, id),
  };
}
