/**
 * Members that Express adds to each request and response. It adds them behind a change of prototype, and of such objects
 * V8 shares no hidden class: it makes one for each request with each member, and whatever is read of them afterwards is
 * looked up afresh: a third of what a "hello" app of Express 5 takes of a processor. Where the members are there from the
 * beginning, as undefined as they would be when read, all requests have one hidden class, and the app serves more of
 * them watched than unwatched.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";

const LAYOUT = Symbol("spectrix.layout");
const MATCHED = "router.tracing.matchedRoute"; // how Express 5 describes a symbol of its own

interface Layout {
  /** That symbol, where there is one. */
  readonly matched: symbol | undefined;
}

/** A server, once it is known to serve an app of Express. */
export interface Laying extends Server {
  [LAYOUT]?: Layout;
}

const OF_REQUEST = ["next", "baseUrl", "originalUrl", "_parsedUrl", "params", "route"] as const;
const OF_RESPONSE = ["locals"] as const;

/** Has what this server serves from now on laid out, as long as the app doesn't define one of these members itself. */
export function layOutFrom(server: Laying | undefined, req: IncomingMessage, res: ServerResponse): void {
  if (server === undefined || server[LAYOUT] !== undefined) return;
  const defines = (object: object, names: readonly string[]): boolean => names.some((name) => name in Object.getPrototypeOf(object));
  if (defines(req, OF_REQUEST) || defines(res, OF_RESPONSE)) return;
  server[LAYOUT] = { matched: Object.getOwnPropertySymbols(req).find(({ description }) => description === MATCHED) };
}

/** To be called before the app has them. What is there already stays. */
export function layOut(server: Laying, req: IncomingMessage, res: ServerResponse): void {
  const layout = server[LAYOUT];
  if (layout === undefined) return;
  const request = req as object as Record<PropertyKey, unknown>;
  const response = res as object as Record<PropertyKey, unknown>;
  request["next"] ??= undefined;
  request["baseUrl"] ??= undefined;
  request["originalUrl"] ??= undefined;
  request["_parsedUrl"] ??= undefined;
  request["params"] ??= undefined;
  request["route"] ??= undefined;
  response["locals"] ??= undefined;
  if (layout.matched !== undefined) request[layout.matched] ??= undefined;
}
