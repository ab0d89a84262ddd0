import type { IncomingMessage, ServerResponse } from "node:http";
import type { SpectrixClient } from "../client.js";
import { isFault, type Reader, watch, watchedTrace } from "../request.js";
import { within } from "../trace.js";
import { type ExpressApp, knownTemplate, templateOf } from "./express-route.js";
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
  route: (req, url) => {
    const { route } = req;
    if (route === undefined) return undefined;
    return knownTemplate(route, url) ?? learnedTemplate(req, route);
  },
  ip: (req) => req.ip ?? req.socket.remoteAddress,
};

function learnedTemplate(
  { originalUrl = "/", baseUrl = "", app }: ExpressRequest,
  route: { path?: unknown },
): string | undefined {
  const { path } = route;
  if (path === undefined) return undefined;
  const own = Array.isArray(path) ? path.map(String).join("|") : String(path);
  return templateOf(app, route, own, originalUrl.split("?", 1)[0] as string) ?? baseUrl + own;
}

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
