import type { ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { isFault, recordFailure } from "../request.js";

type HandleException = (this: unknown, exception: unknown, host: unknown) => unknown;

interface ExceptionHost {
  getArgByIndex?: (index: number) => { raw?: ServerResponse } & ServerResponse;
}

const NEST_HANDLER = /[\\/]@nestjs[\\/]core[\\/]exceptions[\\/]exceptions-handler\.js$/;
const NEST_NOTED = Symbol.for("spectrix.nest"); // on what was wrapped, by whichever copy of this file

/**
 * NestJS answers errors itself and hands none on to Express or Fastify, so its handler of exceptions is told to say
 * what it is given. Call it when the app has been made; does nothing where that is no NestJS app.
 */
export function watchNest(): void {
  try {
    const { cache } = createRequire(`${process.cwd()}/`);
    for (const path in cache) if (NEST_HANDLER.test(path)) wrapNest(cache[path]?.exports?.ExceptionsHandler?.prototype);
  } catch {
    // no folder, or no modules of this kind: then there is no NestJS either
  }
}

function wrapNest(handler: Record<PropertyKey, unknown> | undefined): void {
  const next = handler?.["next"] as HandleException | undefined;
  if (handler === undefined || typeof next !== "function" || NEST_NOTED in handler) return;
  handler[NEST_NOTED] = true;
  handler["next"] = function (this: unknown, exception: unknown, host: unknown): unknown {
    noteException(exception, host as ExceptionHost);
    return next.call(this, exception, host);
  };
}

function noteException(exception: unknown, host: ExceptionHost): void {
  try {
    const response = host.getArgByIndex?.(1);
    if (response !== undefined && isFault(exception)) recordFailure(response.raw ?? response, exception);
  } catch {
    // not of a request over HTTP
  }
}
