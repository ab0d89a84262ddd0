/** Asks again and again while somebody looks: never while the page is hidden, slower while it fails. */

import { ApiError } from "./client.js";

const SLOWEST_MS = 10_000;

/**
 * @typedef {object} Sight
 * @property {() => boolean} hidden
 * @property {(listener: () => void) => () => void} onChange returns the function that stops listening
 */

/** @type {Sight} */
const PAGE = {
  hidden: () => document.hidden,
  onChange(listener) {
    document.addEventListener("visibilitychange", listener);
    return () => {
      document.removeEventListener("visibilitychange", listener);
    };
  },
};

/**
 * Calls `ask` at once, then `everyMs` after each answer. A rejection doubles the pause, up to ten seconds. What an
 * ApiError means `ask` has to say itself; any other error is a fault and goes on to the console. Hiding the page aborts
 * the running call; showing it again asks at once.
 * @param {(signal: AbortSignal) => Promise<unknown>} ask
 * @param {number | (() => number)} everyMs
 * @param {Sight} [sight]
 * @returns {{ stop(): void, now(): void }} `now` asks at once, also while a call is under way
 */
export function poll(ask, everyMs, sight = PAGE) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let running = new AbortController();
  let failures = 0;
  let stopped = false;

  async function round() {
    clearTimeout(timer);
    running.abort();
    if (stopped || sight.hidden()) return;
    const mine = (running = new AbortController());
    try {
      await ask(mine.signal);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!(error instanceof ApiError) && !mine.signal.aborted) queueMicrotask(() => thrown(error));
    }
    if (mine.signal.aborted || stopped) return;
    const pause = typeof everyMs === "function" ? everyMs() : everyMs;
    timer = setTimeout(round, failures === 0 ? pause : Math.min(SLOWEST_MS, pause * 2 ** failures));
  }

  const ignore = sight.onChange(() => {
    failures = 0;
    void round();
  });
  void round();

  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      running.abort();
      ignore();
    },
    now() {
      void round();
    },
  };
}

/** @param {unknown} error @returns {never} */
function thrown(error) {
  throw error;
}
