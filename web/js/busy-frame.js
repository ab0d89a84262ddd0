/** A frame in which much is drawn already: what can wait draws in the next, so that neither is late. */

let busy = false;

/** The next frame has enough to draw. */
export function fillFrame() {
  if (busy) return;
  busy = true;
  // What is drawn in a frame asks within it, in whatever order: so it ends behind that.
  requestAnimationFrame(() => setTimeout(() => (busy = false)));
}

export function isFrameFull() {
  return busy;
}
