/** Where time comes from: tests bring their own. */

/** @typedef {{now(): number, wall(): number}} Clock milliseconds: monotonic, since the epoch */

/** @type {Clock} */
export const browserClock = { now: () => performance.now(), wall: () => Date.now() };
