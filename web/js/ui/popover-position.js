/** Where something in the top layer stands: beside what opened it, within the window, no higher than its room. */

/** Pixels from its button, and from the edges of the window. */
const GAP = 6;
const MARGIN = 8;

/**
 * @param {HTMLElement} panel shown already
 * @param {HTMLElement} opener
 * @param {"start" | "end"} side which edges are in line
 */
export function placeBeside(panel, opener, side) {
  const [button, { style }] = [opener.getBoundingClientRect(), panel];
  style.maxHeight = "";
  const { offsetWidth: width, offsetHeight: height } = panel;
  const left = side === "end" ? button.right - width : button.left;
  const [above, below] = [button.top - GAP - MARGIN, innerHeight - button.bottom - GAP - MARGIN];
  const under = height <= below || below >= above;
  const room = under ? below : above;
  if (height > room) style.maxHeight = `${room}px`;
  style.left = `${Math.max(MARGIN, Math.min(left, innerWidth - width - MARGIN))}px`;
  style.top = `${under ? button.bottom + GAP : button.top - GAP - Math.min(height, room)}px`;
}
