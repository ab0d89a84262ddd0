/** Where time comes from: tests bring their own. */

/** @typedef {{now(): number, wall(): number}} Clock milliseconds: monotonic, since the epoch */

/** The browser's own clock. @type {Clock} */
export const browserClock = { now: () => performance.now(), wall: () => Date.now() };
