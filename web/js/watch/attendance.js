/** Whether somebody is at the page: whoever moves, presses, types or turns to it is. */

import { browserClock } from "../lib/timing/clock.js";

const SIGNS = ["pointermove", "pointerdown", "wheel", "keydown", "focus"];
const OFTEN = 5000; // ms; a pointer that moves is told of no more often

/**
 * Tells of it, as long as it goes on.
 * @param {EventTarget} target the window
 * @param {() => void} attended
 * @param {import("../lib/timing/clock.js").Clock} [clock]
 * @returns {() => void} ends it
 */
export function bindAttendance(target, attended, clock = browserClock) {
  let toldAt = -Infinity;
  const sign = () => {
    if (clock.now() - toldAt < OFTEN) return;
    toldAt = clock.now();
    attended();
  };
  for (const name of SIGNS) target.addEventListener(name, sign, { capture: true, passive: true });
  return () => {
    for (const name of SIGNS) target.removeEventListener(name, sign, { capture: true });
  };
}
