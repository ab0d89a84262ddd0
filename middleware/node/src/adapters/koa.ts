import type { IncomingMessage, ServerResponse } from "node:http";
import type { SpectrixClient } from "../client.js";
import { isFault, type Reader, watch } from "../request.js";
import { within } from "../trace.js";

interface KoaContext {
  req: IncomingMessage;
  res: ServerResponse;
  originalUrl: string;
  ip: string;
  /** Set by koa-router. */
  _matchedRoute?: unknown;
}

/** Koa's middleware, without its types. */
export type KoaMiddleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<void>;

const KOA: Reader<KoaContext> = {
  url: (context) => context.originalUrl,
  route: ({ _matchedRoute: route }) => (route === undefined ? undefined : String(route)),
  ip: (context) => context.ip,
};

/** For Koa: `app.use` it before all else. */
export function koa(client: SpectrixClient): KoaMiddleware {
  return async (context, next) => {
    const trace = watch(client, context.req, context.res, context, KOA);
    if (trace === null) return void (await next());
    await within(trace, async () => {
      try {
        await next();
      } catch (error) {
        if (client.settings.errors && isFault(error)) client.recordError(error, { trace });
        throw error;
      }
    });
  };
}
