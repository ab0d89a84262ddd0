/** Waiting for a condition, never for a time. */

import { setTimeout as pause } from "node:timers/promises";

const EVERY_MS = 25;
const PATIENCE_MS = 60_000; // what takes as long never comes

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

/** @type {WeakMap<import("node:test").TestContext, (() => unknown)[]>} */
const ENDS = new WeakMap();

/**
 * What is to be done when the test has ended, the last one first: a page leaves before its server does.
 * @param {import("node:test").TestContext} t
 * @param {() => unknown} end
 */
export function atEnd(t, end) {
  const ends = ENDS.get(t);
  if (ends) return void ends.push(end);
  const mine = [end];
  ENDS.set(t, mine);
  t.after(async () => {
    const troubles = [];
    for (const each of mine.reverse()) {
      try {
        await each();
      } catch (error) {
        troubles.push(error);
      }
    }
    if (troubles.length === 1) throw troubles[0];
    if (troubles.length > 1) throw new AggregateError(troubles, troubles.map(({ message }) => message).join("\n"));
  });
}
