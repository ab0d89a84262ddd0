/** What the palette offers about columns. */

/**
 * @param {import("../../log/columns/column-layout.js").ColumnLayout} columns
 * @returns {import("../../lib/command-registry.js").Command[]}
 */
export function columnCommands(columns) {
  const hideable = columns.choices.filter(({ id }) => !columns.takesRest(id));
  return [
    ...hideable.map(({ id, label }) => ({
      id: `column:${id}`,
      title: `${columns.isShown(id) ? "Hide" : "Show"} column ${label}`,
      group: "Column",
      run: () => columns.toggle(id),
    })),
    columns.lent
      ? { id: "columns:own", title: "Your own columns", group: "Column", run: () => columns.giveBack() }
      : { id: "columns:reset", title: "Columns as they were", group: "Column", run: () => columns.reset() },
  ];
}
