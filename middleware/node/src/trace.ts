/** One request's name: it goes with everything that the app logs while it serves that request. */
import type { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingHttpHeaders } from "node:http";
import { shared } from "./shared.js";
import type { Trace } from "./types.js";

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;
const REQUEST_ID = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** From X-Request-Id, else from traceparent, whose parent names this request among those of its trace, else new. */
export class RequestTrace implements Trace {
  traceId: string | undefined = undefined;
  fields: Record<string, unknown> | undefined = undefined;
  failure: string | undefined = undefined;
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

/** The trace of the request that is being served where this is called. */
export function currentTrace(): Trace | undefined {
  return storage().getStore();
}

/** Calls back so that whatever follows from it has this trace. */
export function within<T>(trace: Trace, callback: () => T): T {
  return storage().run(trace, callback);
}

let traces: AsyncLocalStorage<Trace> | undefined;

function storage(): AsyncLocalStorage<Trace> {
  return (traces ??= shared().traces);
}
