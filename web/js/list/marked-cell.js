/** Which value of a row the reader has marked as text. */

const CELLS = ["level", "method", "endpoint", "message", "status", "source"];

/**
 * The column in which a text of a row is marked.
 * @param {number} row
 * @returns {string} the column that holds it: a fixed cell's class, or the id of a column that was asked for; "": none
 */
export function markedCell(row) {
  const selection = getSelection();
  const node = selection?.isCollapsed ? null : selection?.anchorNode;
  const element = node instanceof Element ? node : node?.parentElement;
  if (!element?.closest(`#row-${row}`)) return "";
  const asked = element.closest(".extra");
  if (asked instanceof HTMLElement) return asked.dataset.column ?? "";
  return CELLS.find((cell) => element.closest(`.${cell}`)) ?? "";
}
