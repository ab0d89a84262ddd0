import type { IncomingMessage, ServerResponse } from "node:http";
import type { SpectrixClient } from "../client.js";
import { isFault, type Reader, watch, watchedTrace } from "../request.js";
import { within } from "../trace.js";
import { watchNest } from "./nest.js";

interface FastifyRequest {
  raw: IncomingMessage;
  ip: string;
  routeOptions?: { url?: string | undefined };
}

interface FastifyReply {
  raw: ServerResponse;
}

interface FastifyApp {
  // biome-ignore lint/suspicious/noExplicitAny: each hook has parameters of its own, and needs none of Fastify's types
  addHook(name: string, hook: (...parameters: any[]) => void): unknown;
}

/** Fastify's plugin, without its types. */
export type FastifyPlugin = (app: FastifyApp, options: unknown, done: () => void) => void;

const FASTIFY: Reader<FastifyRequest> = {
  url: (_, req) => req.url ?? "/",
  route: (request) => request.routeOptions?.url,
  ip: (request) => request.ip,
};

/** For Fastify: `app.register` it. */
export function fastify(client: SpectrixClient): FastifyPlugin {
  const plugin: FastifyPlugin = (app, _options, done) => {
    app.addHook("onRequest", (request: FastifyRequest, reply: FastifyReply, next: () => void) => {
      const trace = watch(client, request.raw, reply.raw, request, FASTIFY);
      if (trace === null) next();
      else within(trace, next);
    });
    // A body is read in the socket's context, not in the request's: enter that again behind it.
    app.addHook("preValidation", (_request: FastifyRequest, reply: FastifyReply, next: () => void) => {
      const trace = watchedTrace(reply.raw);
      if (trace === undefined) next();
      else within(trace, next);
    });
    app.addHook("onError", (_request: FastifyRequest, reply: FastifyReply, error: unknown, next: () => void) => {
      if (client.settings.errors && isFault(error)) client.recordError(error, { trace: watchedTrace(reply.raw) });
      next();
    });
    if (client.settings.errors) watchNest();
    done();
  };
  // For the whole app, not only for what is registered inside the plugin.
  const marks = { [Symbol.for("skip-override")]: true, [Symbol.for("fastify.display-name")]: "spectrix" };
  return Object.assign(plugin, marks);
}
