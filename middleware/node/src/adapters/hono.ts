import type { IncomingMessage, ServerResponse } from "node:http";
import type { SpectrixClient } from "../client.js";
import { isFault, type Reader, watch } from "../request.js";
import { within } from "../trace.js";

interface HonoContext {
  env: unknown;
  error: Error | undefined;
  req: { path: string; routePath: string };
}

/** Hono's middleware, without its types. */
export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<void>;

const HONO: Reader<HonoContext> = {
  url: (_, req) => req.url ?? "/",
  route: ({ req }) => (req.routePath.includes("*") ? undefined : req.routePath), // that is a middleware's
  ip: (_, req) => req.socket.remoteAddress,
};

/** For Hono on Node (@hono/node-server). */
export function hono(client: SpectrixClient): HonoMiddleware {
  return async (context, next) => {
    const { incoming, outgoing } = (context.env ?? {}) as { incoming?: IncomingMessage; outgoing?: ServerResponse };
    if (incoming === undefined || outgoing === undefined) return next();
    const trace = watch(client, incoming, outgoing, context, HONO);
    if (trace === null) return next();
    await within(trace, next);
    const error = context.error;
    if (error !== undefined && client.settings.errors && isFault(error)) client.recordError(error, { trace });
  };
}
