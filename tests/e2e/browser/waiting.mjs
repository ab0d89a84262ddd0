/** Waiting for a condition, never for a time. */

import { setTimeout as pause } from "node:timers/promises";

const EVERY_MS = 25;
const PATIENCE_MS = 8_000;

/**
 * Asks again and again until the answer is true.
 * @template T
 * @param {string} what for the error: "the row to appear"
 * @param {() => T | Promise<T>} ask
 * @param {{ patience?: number, told?: () => unknown }} [options] milliseconds; told: what stands instead
 * @returns {Promise<T>}
 */
export async function until(what, ask, { patience = PATIENCE_MS, told } = {}) {
  const end = performance.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > end) {
      const instead = told ? `; instead: ${JSON.stringify(await told())}` : "";
      throw new Error(`waited ${patience} ms for ${what}${instead}`);
    }
    await pause(EVERY_MS);
  }
}

/**
 * @template T
 * @param {number} patience milliseconds
 * @param {string} what
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
export async function within(patience, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${patience} ms for ${what}`)), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
