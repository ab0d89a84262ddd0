import type { IncomingMessage, ServerResponse } from "node:http";
import type { SpectrixClient } from "../client.js";
import { isFault, type Reader, watch, watchedTrace } from "../request.js";
import { within } from "../trace.js";
import { type ExpressApp, mountOf } from "./express-route.js";
import { watchNest } from "./nest.js";

/** Hands a request on, or an error. */
export type Next = (error?: unknown) => void;
/** Express's middleware, without its types. */
export type Handler = (req: IncomingMessage, res: ServerResponse, next: Next) => void;
/** Express's middleware for errors. */
export type ErrorHandler = (error: unknown, req: IncomingMessage, res: ServerResponse, next: Next) => void;

interface ExpressRequest extends IncomingMessage {
  originalUrl?: string;
  baseUrl?: string;
  route?: { path?: unknown };
  ip?: string;
  app?: ExpressApp & { use?: (handler: ErrorHandler) => unknown };
}

const EXPRESS: Reader<ExpressRequest> = {
  url: (req) => req.originalUrl ?? req.url ?? "/",
  route: ({ originalUrl = "/", baseUrl = "", route, app }) => {
    const path = route?.path;
    if (route === undefined || path === undefined) return undefined;
    const mount = mountOf(app, route, originalUrl.split("?", 1)[0] as string) ?? baseUrl;
    return mount + (Array.isArray(path) ? path.map(String).join("|") : String(path));
  },
  ip: (req) => req.ip ?? req.socket.remoteAddress,
};

/** Middleware for Express 4 and 5, and for whatever else calls (req, res, next). */
export function express(client: SpectrixClient): Handler {
  const errors = expressErrors(client);
  const apps = new WeakSet<object>();
  let lately: object | undefined; // nearly always the same one
  const met = (app: NonNullable<ExpressRequest["app"]>): void => {
    lately = app;
    if (apps.has(app)) return;
    apps.add(app);
    // Behind all that the app has by now: what gets there, nobody has handled.
    if (!client.settings.errors) return;
    app.use?.(errors);
    watchNest();
  };
  return (req: ExpressRequest, res, next) => {
    const trace = watch(client, req, res, req, EXPRESS);
    if (trace === null) return next();
    const { app } = req;
    if (app !== lately && typeof app?.use === "function") met(app);
    within(trace, next);
  };
}

/** Takes note of an error and passes it on. Put before an app's own error handler, it sees what that one handles. */
export function expressErrors(client: SpectrixClient): ErrorHandler {
  return (error, _req, res, next) => {
    if (isFault(error)) client.recordError(error, { trace: watchedTrace(res) });
    next(error);
  };
}
