/** What the palette offers on the watch page: its actions, its tabs, its levels, and the queries used lately. */

import { recentQueries } from "../../query/recent-queries.js";
import { LEVELS } from "../../entry/entry.js";
import { columnCommands } from "./column-commands.js";
import { titleOf } from "../../panels/panel-list.js";
import { ACTIONS } from "./actions.js";

/** @typedef {import("../watch-state.js").WatchState} WatchState */
/** @typedef {import("../../lib/command-registry.js").Command} Command */

/** @param {WatchState} state @returns {Command[]} */
export function watchCommands(state) {
  const actions = ACTIONS.filter(({ offered }) => offered?.(state) ?? true);
  return [
    ...actions.map(({ id, title, group, key, run }) => ({ id, title, group, key, run: () => run(state) })),
    ...state.panels.map(({ id, title }) => ({
      id: `panel:${id}`,
      title: `Show ${titleOf(title, state.worth)}`,
      group: "Tab",
      run: () => state.openPanel(id),
    })),
    ...LEVELS.map((level) => ({
      id: `level:${level}`,
      title: `Filter to level ${level}`,
      group: "Filter",
      run: () => state.terms.add({ field: "level", value: level, exclude: false }),
    })),
    ...columnCommands(state.columns),
    ...state.views.list.map((view) => ({
      id: `view:${view.id}`,
      title: view.name,
      group: "View",
      run: () => state.views.show(view),
    })),
    ...recentQueries(state.preferences).map((text) => ({
      id: `query:${text}`,
      title: text,
      group: "Recent query",
      run: () => state.setQuery(text),
    })),
  ];
}
