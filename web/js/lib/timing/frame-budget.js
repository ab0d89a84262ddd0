/**
 * A frame in which much is drawn already, or that begins late: what can wait draws in the next, so that neither is
 * late.
 */

// ms after which a frame has begun late: something, such as a collection of garbage, has taken part of its time
const LATE = 4;

let busy = false;

/** The next frame has enough to draw. */
export function fillFrame() {
  if (busy) return;
  busy = true;
  // What is drawn in a frame asks within it, in whatever order: so it ends behind that.
  requestAnimationFrame(() => setTimeout(() => (busy = false)));
}

/**
 * Whether what can wait should leave this frame alone.
 * @param {number} due when the frame was to begin, as `requestAnimationFrame` tells it
 */
export function isFrameFull(due) {
  return busy || performance.now() - due > LATE;
}
