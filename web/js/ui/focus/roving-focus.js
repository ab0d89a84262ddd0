/**
 * One stop of the Tab key for a group of buttons that stand in lines: ↑ and ↓ go from line to line, ← and → within one,
 * Home and End to the first and the last line. The stop is where the focus was last.
 */

/**
 * Reads where the stop of a group is: of all its buttons the one with `tabindex` 0.
 * @param {HTMLElement} group
 * @param {string} lines selector of its lines
 */
function grid(group, lines) {
  return [...group.querySelectorAll(lines)].map((line) =>
    line instanceof HTMLElement && line.matches("button")
      ? [line]
      : /** @type {HTMLElement[]} */ ([...line.querySelectorAll("button")]),
  );
}

/**
 * The keys of such a group.
 * @param {KeyboardEvent} event whose `currentTarget` is the group
 * @param {string} lines selector of its lines, each a button or with buttons in it
 */
export function rove(event, lines) {
  const { key, target, currentTarget } = event;
  if (!(currentTarget instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = grid(currentTarget, lines);
  const line = all.findIndex((each) => each.includes(/** @type {HTMLElement} */ (target)));
  if (line < 0) return;
  const place = all[line].indexOf(/** @type {HTMLElement} */ (target));
  const to = {
    ArrowDown: [line + 1, place],
    ArrowUp: [line - 1, place],
    ArrowRight: [line, place + 1],
    ArrowLeft: [line, place - 1],
    Home: [0, 0],
    End: [all.length - 1, 0],
  }[key];
  if (!to) return;
  event.preventDefault();
  const next = all[Math.min(Math.max(to[0], 0), all.length - 1)];
  next[Math.min(Math.max(to[1], 0), next.length - 1)].focus();
}
