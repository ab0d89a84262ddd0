/** What the palette offers on the watch page: its actions, its tabs, its levels, and the queries used lately. */

import { recentQueries } from "../query/recent.js";
import { preferences } from "../state.js";
import { LEVELS } from "../wire.js";
import { columnCommands } from "./columns-menu.js";
import { offeredPanels } from "./panels.js";
import { ACTIONS } from "./watch-actions.js";

/** @typedef {import("./watch.js").WatchPage} WatchPage */
/** @typedef {import("../commands.js").Command} Command */

/** @param {WatchPage} page @returns {Command[]} */
export function watchCommands(page) {
  const { watch } = page;
  if (!watch) return [];
  const actions = ACTIONS.filter(({ offered }) => offered?.(page) ?? true);
  return [
    ...actions.map(({ id, title, group, key, run }) => ({ id, title, group, key, run: () => run(page) })),
    ...offeredPanels(page).map(({ id, title }) => ({ id: `panel:${id}`, title: `Show ${title}`, group: "Tab", run: () => page.openPanel(id) })),
    ...LEVELS.map((level) => ({ id: `level:${level}`, title: `Only level ${level}`, group: "Filter", run: () => term(page, "level", level) })),
    ...columnCommands(page),
    ...recentQueries(preferences).map((text) => ({ id: `query:${text}`, title: text, group: "Recent query", run: () => page.setFilter(watch.filter.with({ text })) })),
  ];
}

/** @param {WatchPage} page @param {string} field @param {string} value */
function term(page, field, value) {
  page.dispatchEvent(new CustomEvent("sx-term", { detail: { field, value, exclude: false } }));
}
