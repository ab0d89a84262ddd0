/** What the operator can have done for the log that is shown: through the server, in a dialog, as a file. */

import { preferences } from "../lib/store.js";
import { spanText } from "../log/range-text.js";
import { excluding } from "../query/exclusion.js";
import { askedOf } from "../query/server-filter-text.js";
import { openKeyDialog } from "../services/key-dialog.js";
import { openShareDialog } from "../services/share-dialog.js";
import { deleteView, listViews, saveView } from "../api/views.js";
import { readPage } from "../stream/messages.js";
import { exportAddress, oldestEntries } from "../api/history.js";
import { exportShown, save } from "./export-file.js";

const FIRST = 1000; // entries

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
    share: async (columns) => api && share(api, serviceId, watch, columns),
    exportAs: async (format) =>
      api && serviceId && watch.reachesFurther
        ? save(exportAddress(api, serviceId, { format, ...askedOf({ ...watch.span, filter: watch.filter }) }))
        : exportShown(watch, format),
    first: api && (() => firstStretch(api, serviceId ? [serviceId] : watch.services.map(({ id }) => id))),
  };
}

/**
 * When the first entries came that the server keeps: of several services those of the one that goes back furthest.
 * @param {import("../api/client.js").Api} api
 * @param {readonly string[]} services ids
 * @returns {Promise<{since: number, until: number} | null>}
 */
async function firstStretch(api, services) {
  const found = [];
  for (const id of services) {
    const { stats } = await api.service(id);
    const text = await oldestEntries(api, id, stats.epoch, FIRST);
    const { entries } = text === null ? { entries: [] } : readPage(text);
    const [first, last] = [entries[0], entries.at(-1)];
    if (first && last) found.push({ since: first.receivedAt, until: last.receivedAt });
  }
  if (found.length === 0) return null;
  const { since, until } = found.reduce((oldest, each) => (each.since < oldest.since ? each : oldest));
  return { since: Math.floor(since / 1000) * 1000, until: (Math.floor(until / 1000) + 1) * 1000 };
}

/**
 * @param {import("../api/client.js").Api} api
 * @param {string} serviceId
 * @param {import("../stream/live-log.js").LiveLog} watch
 * @param {string[] | null} columns
 */
async function share(api, serviceId, watch, columns) {
  const service = await api.service(serviceId);
  const { filter, filteredRows, mutes, span } = watch;
  const text = filter.query.text.trim();
  const muted = mutes.list.map((mute) => mute.text);
  const all = excluding(text, muted);
  const q = all ?? text;
  const { entries: shown, outside: besides } = filteredRows;
  const time = span.timed ? spanText(span, preferences.get("zone"), watch.serverTime) : "";
  void openShareDialog({
    api,
    service,
    columns,
    narrowing:
      q || time
        ? {
            filter: q ? { q } : undefined,
            range: span.fixedRange ?? undefined,
            words: q,
            time,
            hidesMuted: all !== null,
          }
        : null,
    coverage: { shown, lost: watch.shownOutside(service.stats), besides, muted: filteredRows.muted },
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
