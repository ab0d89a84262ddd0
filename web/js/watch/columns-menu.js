/** Which columns the log has: the menu at the end of its headers, and what else asks for a column. */

import { html, nothing } from "../../vendor/lit.js";
import { columnOf, ofMetadata } from "../log/column-types.js";
import "../ui/menu.js";
import { ICONS } from "../ui/icons.js";

/** @typedef {import("./watch-page.js").WatchPage} WatchPage */

const MEMBERS = 12; // members of metadata that are offered beside those shown

/** @param {WatchPage} page */
export function columnsMenu(page) {
  const { watchState } = page;
  if (!watchState || page.panel !== "log") return nothing;
  const { columns } = watchState;
  return html`<sx-menu
    class="columns-menu"
    label="Columns"
    kind="icon-btn"
    side="end"
    .face=${ICONS.column}
    .items=${() => [
      { caption: "Columns" },
      ...columns.choices
        .filter(({ id }) => !ofMetadata(id) && !columns.takesRest(id))
        .map((column) => choice(columns, column)),
      ...members(watchState),
      { rule: true },
      { label: "As it was", disabled: columns.untouched, act: () => columns.reset() },
    ]}
  ></sx-menu>`;
}

/** Listens for a column that is wished anywhere in the page; returns what ends that. @param {WatchPage} page */
export function bindColumns(page) {
  const wished = (/** @type {Event} */ event) =>
    page.watchState?.columns.show(/** @type {CustomEvent<{field: string}>} */ (event).detail.field);
  page.addEventListener("sx-column", wished);
  return () => page.removeEventListener("sx-column", wished);
}

/** @param {WatchPage} page @returns {import("../lib/command-registry.js").Command[]} */
export function columnCommands({ watchState }) {
  const columns = watchState?.columns;
  if (!columns) return [];
  const hideable = columns.choices.filter(({ id }) => !columns.takesRest(id));
  return [
    ...hideable.map(({ id, label }) => ({
      id: `column:${id}`,
      title: `${columns.isShown(id) ? "Hide" : "Show"} column ${label}`,
      group: "Column",
      run: () => columns.toggle(id),
    })),
    { id: "columns:reset", title: "Columns as they were", group: "Column", run: () => columns.reset() },
  ];
}

/** Those shown, and the most frequent others. @param {import("./watch-state.js").WatchState} watchState */
function members({ columns, seen }) {
  const shown = columns.shown.filter(({ id }) => ofMetadata(id)).map(({ id }) => id);
  const found = seen
    .keys()
    .slice(0, MEMBERS)
    .map(({ value }) => value);
  const ids = [...new Set([...found, ...shown])].flatMap((id) => columnOf(id) ?? []);
  return ids.length > 0 ? [{ caption: "Members of metadata" }, ...ids.map((column) => choice(columns, column))] : [];
}

/**
 * @param {import("../log/column-layout.js").ColumnLayout} columns
 * @param {import("../log/column-types.js").Column} column
 */
function choice(columns, { id, label }) {
  return { label, checked: columns.isShown(id), stays: true, act: () => columns.toggle(id) };
}
