/** One request's name: it goes with everything that the app logs while it serves that request. */
import type { IncomingHttpHeaders } from "node:http";
import { shared, type Shared } from "./shared.js";

export interface Trace {
  readonly requestId: string;
  readonly traceId: string | undefined;
}

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;
const REQUEST_ID = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** From X-Request-Id, else from traceparent, whose parent names this request among those of its trace, else new. */
export class RequestTrace implements Trace {
  readonly traceId: string | undefined = undefined;
  /** A new one is made when somebody asks for it, which is seldom before the request is over. */
  private id: string | undefined = undefined;
  private readonly newId: () => string;

  constructor(headers: IncomingHttpHeaders, newId: () => string) {
    this.newId = newId;
    const given = headers["x-request-id"];
    const parent = headers["traceparent"];
    if (typeof parent === "string") {
      const [, version, trace, span, more] = TRACEPARENT.exec(parent) ?? [];
      if (version !== "00" || more === undefined) [this.traceId, this.id] = [trace, span];
    }
    if (typeof given === "string" && REQUEST_ID.test(given)) this.id = given;
  }

  get requestId(): string {
    return (this.id ??= this.newId());
  }
}

const FOLLOWED_UNASKED = 1000; // requests

/** The trace of the request that is being served where this is called. */
export function currentTrace(): Trace | undefined {
  follow();
  return home().traces.getStore();
}

/**
 * Requests have a context of AsyncLocalStorage from now on, the one that is being handled now among them. Called when
 * somebody gets what asks for it, which is before the first request in most apps.
 */
export function follow(): void {
  const state = home();
  state.asked = true;
  if (state.following) return;
  state.following = true;
  if (state.current !== undefined) state.traces.enterWith(state.current);
}

/**
 * Calls back so that whatever follows from it has this trace. AsyncLocalStorage makes all that is asynchronous in a process
 * dearer, so an app in which nothing has asked for it during its first requests is spared it until something does.
 */
export function within<T>(trace: Trace, callback: () => T): T {
  const state = home();
  if (state.following && (state.asked || state.followed++ < FOLLOWED_UNASKED)) return state.traces.run(trace, callback);
  if (state.following) {
    state.following = false;
    state.traces.disable();
  }
  const outer = state.current;
  state.current = trace;
  try {
    return callback();
  } finally {
    state.current = outer;
    if (state.following) state.traces.enterWith(outer); // since something asked meanwhile
  }
}

let here: Shared | undefined;

function home(): Shared {
  return (here ??= shared());
}
