/** What the palette offers on the watch page: its actions, its tabs, its levels, and the queries used lately. */

import { recentQueries } from "../query/recent-queries.js";
import { preferences } from "../lib/store.js";
import { LEVELS } from "../entry/entry.js";
import { columnCommands } from "./columns-menu.js";
import { offeredPanels } from "../panels/panels.js";
import { ACTIONS } from "./actions.js";

/** @typedef {import("./watch-page.js").WatchPage} WatchPage */
/** @typedef {import("../lib/command-registry.js").Command} Command */

/** @param {WatchPage} page @returns {Command[]} */
export function watchCommands(page) {
  const { watch } = page;
  if (!watch) return [];
  const actions = ACTIONS.filter(({ offered }) => offered?.(page) ?? true);
  return [
    ...actions.map(({ id, title, group, key, run }) => ({ id, title, group, key, run: () => run(page) })),
    ...offeredPanels(page).map(({ id, title }) => ({
      id: `panel:${id}`,
      title: `Show ${title}`,
      group: "Tab",
      run: () => page.openPanel(id),
    })),
    ...LEVELS.map((level) => ({
      id: `level:${level}`,
      title: `Only level ${level}`,
      group: "Filter",
      run: () => term(page, "level", level),
    })),
    ...columnCommands(page),
    ...recentQueries(preferences).map((text) => ({
      id: `query:${text}`,
      title: text,
      group: "Recent query",
      run: () => page.setFilter(watch.filter.with({ text })),
    })),
  ];
}

/** @param {WatchPage} page @param {string} field @param {string} value */
function term(page, field, value) {
  page.dispatchEvent(new CustomEvent("sx-term", { detail: { field, value, exclude: false } }));
}
