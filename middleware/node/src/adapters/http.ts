import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { SpectrixClient } from "../client.js";
import { isFault, type Reader, watch } from "../request.js";
import { within } from "../trace.js";

const PLAIN: Reader<null> = {
  url: (_, req) => req.url ?? "/",
  route: () => undefined,
  ip: (_, req) => req.socket.remoteAddress,
};

/** A handler of node:http, with an entry for each of its requests. */
export function wrapHandler(client: SpectrixClient, handler: RequestListener): RequestListener {
  return (req: IncomingMessage, res: ServerResponse & { req: IncomingMessage }) => {
    const trace = watch(client, req, res, null, PLAIN);
    if (trace === null) return handler(req, res);
    return within(trace, () => {
      try {
        return handler(req, res);
      } catch (error) {
        if (client.settings.errors && isFault(error)) client.recordError(error, { trace });
        throw error;
      }
    });
  };
}
