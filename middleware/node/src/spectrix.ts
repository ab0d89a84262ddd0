/**
 * Spectrix for Node: an app's requests and logs, live in the dashboard.
 *
 *   const watch = spectrix({ source: "shop" });      // the key is in SPECTRIX_API_KEY
 *   app.use(watch);                                  // Express 4 and 5
 *   app.register(watch.fastify);                     // Fastify
 *   app.use(watch.koa);                              // Koa
 *   app.use(watch.hono);                             // Hono
 *   createServer(watch.wrap(handler));               // node:http
 *   watch.client.info("order paid", { order: 17 });
 */
import type { RequestListener } from "node:http";
import { type ErrorHandler, express, expressErrors, type Handler } from "./adapters/express.js";
import { type FastifyPlugin, fastify } from "./adapters/fastify.js";
import { type HonoMiddleware, hono } from "./adapters/hono.js";
import { wrapHandler } from "./adapters/http.js";
import { type KoaMiddleware, koa } from "./adapters/koa.js";
import { type PinoStream, pino } from "./adapters/pino.js";
import { type WinstonTransport, winston } from "./adapters/winston.js";
import { SpectrixClient } from "./client.js";
import type { SpectrixStats } from "./delivery.js";
import type { SpectrixOptions } from "./settings.js";
import type { Level, LogEntry } from "./types.js";

export type { Level, LogEntry, SpectrixOptions, SpectrixStats };
export { SpectrixClient };

/** A client and, for each framework and logger, what it takes. The function itself is middleware for Express. */
export interface Spectrix extends Handler {
  /** For logs of one's own, and to close. */
  readonly client: SpectrixClient;
  /** Optional, for Express: put before an own error handler, it takes note of what that one handles. */
  readonly errors: ErrorHandler;
  readonly fastify: FastifyPlugin;
  readonly koa: KoaMiddleware;
  readonly hono: HonoMiddleware;
  /** A handler of node:http, watched. */
  wrap(handler: RequestListener): RequestListener;
  /** A stream for pino to write to. */
  pino(): PinoStream;
  /** A transport for winston. */
  winston(options?: { level?: string }): WinstonTransport;
}

/** One client, and what each framework needs of it. The function itself is middleware for Express. */
export default function spectrix(options: SpectrixOptions = {}): Spectrix {
  const client = new SpectrixClient(options);
  return Object.assign(express(client), {
    client,
    errors: expressErrors(client),
    fastify: fastify(client),
    koa: koa(client),
    hono: hono(client),
    wrap: (handler: RequestListener) => wrapHandler(client, handler),
    pino: () => pino(client),
    winston: ({ level }: { level?: string } = {}) => winston(client, level),
  });
}
