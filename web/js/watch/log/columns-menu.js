/** Which columns the log has: the menu at the end of its headers. */

import { html } from "../../../vendor/lit.js";
import { columnOf, ofMetadata } from "../../log/columns/column-types.js";
import "../../ui/menu.js";
import { ICONS } from "../../ui/icons.js";

/** @typedef {import("../../log/columns/column-layout.js").ColumnLayout} ColumnLayout */
/** @typedef {import("../../query/value-index.js").ValueIndex} ValueIndex */

const FIELDS = 12; // fields of metadata that are offered beside those shown

/** @param {ColumnLayout} columns @param {ValueIndex} seen what entries have in their metadata */
export function columnsMenu(columns, seen) {
  return html`<sx-menu
    class="columns-menu"
    label="Columns"
    kind="icon-btn"
    side="end"
    .face=${ICONS.column}
    .items=${() => [
      ...(columns.lent ? [{ label: "Your own columns", act: () => columns.giveBack() }, { rule: true }] : []),
      { caption: "Columns" },
      ...columns.choices
        .filter(({ id }) => !ofMetadata(id) && !columns.takesRest(id))
        .map((column) => choice(columns, column)),
      ...fields(columns, seen),
      ...(columns.lent
        ? []
        : [{ rule: true }, { label: "As it was", disabled: columns.untouched, act: () => columns.reset() }]),
    ]}
  ></sx-menu>`;
}

/** Those shown, and the most frequent others. @param {ColumnLayout} columns @param {ValueIndex} seen */
function fields(columns, seen) {
  const shown = columns.shown.filter(({ id }) => ofMetadata(id)).map(({ id }) => id);
  const found = seen
    .keys()
    .slice(0, FIELDS)
    .map(({ value }) => value);
  const ids = [...new Set([...found, ...shown])].flatMap((id) => columnOf(id) ?? []);
  return ids.length > 0 ? [{ caption: "Metadata fields" }, ...ids.map((column) => choice(columns, column))] : [];
}

/**
 * @param {ColumnLayout} columns
 * @param {import("../../log/columns/column-types.js").Column} column
 */
function choice(columns, { id, label }) {
  return { label, checked: columns.isShown(id), stays: true, act: () => columns.toggle(id) };
}
