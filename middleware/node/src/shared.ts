/** What there is once in a process, even where this file is loaded twice (copied, or as ESM and CommonJS). */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Trace } from "./trace.js";
import type { Participant } from "./process.js";

export interface Shared {
  readonly traces: AsyncLocalStorage<Trace | undefined>;
  /** Whether requests have a context of `traces`. */
  following: boolean;
  /** Whether anything in this process may ask which request it belongs to. */
  asked: boolean;
  /** How many requests had a context before anything asked. */
  followed: number;
  /** The request whose handler is running, where requests have no context. */
  current: Trace | undefined;
  readonly participants: Set<Participant>;
  /** Set while someone listens to the process. */
  unlisten: (() => void) | undefined;
}

const SHARED = Symbol.for("spectrix.shared.v1");

export function shared(): Shared {
  const home = globalThis as { [SHARED]?: Shared };
  return (home[SHARED] ??= {
    traces: new AsyncLocalStorage(),
    following: true,
    asked: false,
    followed: 0,
    current: undefined,
    participants: new Set(),
    unlisten: undefined,
  });
}
