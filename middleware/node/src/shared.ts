/** What there is once in a process, even where this file is loaded twice (copied, or as ESM and CommonJS). */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Participant, Trace } from "./types.js";

/** See above: the same object for each copy of this file. */
export interface Shared {
  readonly traces: AsyncLocalStorage<Trace>;
  readonly participants: Set<Participant>;
  /** Set while someone listens to the process. */
  unlisten: (() => void) | undefined;
}

const SHARED = Symbol.for("spectrix.shared.v1");

/** It is made at the first call. */
export function shared(): Shared {
  const home = globalThis as { [SHARED]?: Shared };
  return (home[SHARED] ??= {
    traces: new AsyncLocalStorage(),
    participants: new Set(),
    unlisten: undefined,
  });
}
