import type { IncomingMessage, ServerResponse } from "node:http";
import type { Level, LogEntry, SpectrixClient } from "./client.js";
import { cut } from "./secrets.js";
import { traceOf, type Trace } from "./trace.js";

/** Where a framework keeps what its request's entry tells; asked when the request is over. */
export interface Reader<Source> {
  url(source: Source, req: IncomingMessage): string;
  /** The template that matched, such as /users/:id. */
  route(source: Source): string | undefined;
  ip(source: Source, req: IncomingMessage): string | undefined;
}

interface Watched extends IncomingMessage {
  [TRACE]?: Trace;
  /** Who has an entry of this request on its way. */
  [WATCHERS]?: SpectrixClient[];
}

const TRACE = Symbol.for("spectrix.trace.v1");
const WATCHERS = Symbol.for("spectrix.watchers.v1");
const MAX_USER_AGENT = 256; // bytes

/**
 * Sees to it that the request gets one entry when it is over, however it ends and however often this is called.
 *
 * @returns its trace, and whether this was the first call
 */
export function watch<Source>(
  client: SpectrixClient,
  req: IncomingMessage,
  res: ServerResponse,
  source: Source,
  reader: Reader<Source>,
): { trace: Trace; first: boolean } {
  const watched = req as Watched;
  const trace = (watched[TRACE] ??= traceOf(req.headers, () => client.newId()));
  const watchers = (watched[WATCHERS] ??= []);
  if (watchers.some((other) => other === client || sameTarget(other, client))) return { trace, first: false };
  watchers.push(client);
  const begin = client.monotonic();
  res.on("close", () => {
    try {
      const duration = Math.round((client.monotonic() - begin) * 100) / 100;
      client.pushTraced(entryOf(client, req, res, source, reader, duration), trace);
    } catch (error) {
      client.recordError(error, { trace }); // a framework's own getters may throw
    }
  });
  return { trace, first: true };
}

/** The trace of a request that is being watched. */
export function watchedTrace(req: IncomingMessage): Trace | undefined {
  return (req as Watched)[TRACE];
}

export function levelOf(status: number | null, aborted: boolean, stream: boolean): Level {
  if (status !== null && status >= 500) return "error";
  if (status !== null && status >= 400) return "warn";
  return aborted && !stream ? "warn" : "info"; // leaving is how a reader ends an event stream
}

/** Whether an error is the app's fault: frameworks use errors with a status below 500 to answer a bad request. */
export function isFault(error: unknown): boolean {
  const { status, statusCode } = (error ?? {}) as { status?: unknown; statusCode?: unknown };
  const code = typeof status === "number" ? status : statusCode;
  return !(typeof code === "number" && code >= 300 && code < 500);
}

function entryOf<Source>(
  client: SpectrixClient,
  req: IncomingMessage,
  res: ServerResponse,
  source: Source,
  reader: Reader<Source>,
  duration: number,
): LogEntry {
  const aborted = !res.writableFinished;
  const stream = aborted && isEventStream(req, res);
  const status = aborted && !res.headersSent ? null : res.statusCode;
  const method = req.method ?? "GET";
  const endpoint = client.secrets.url(reader.url(source, req), client.settings.queries);
  const route = reader.route(source);
  const agent = req.headers["user-agent"];
  return {
    level: levelOf(status, aborted, stream),
    message: `${method} ${endpoint}`,
    endpoint,
    method,
    ...(status !== null && { statusCode: status }),
    metadata: {
      duration,
      ...(route !== undefined && { route }),
      ...(aborted && { aborted }),
      ...(agent !== undefined && { userAgent: cut(agent, MAX_USER_AGENT) }),
      ...(client.settings.ip && { ip: reader.ip(source, req) }),
    },
  };
}

function isEventStream(req: IncomingMessage, res: ServerResponse): boolean {
  const type = String(res.getHeader("content-type") ?? req.headers.accept ?? "");
  return type.startsWith("text/event-stream");
}

/** Two clients that send to the same service would show a request twice. */
function sameTarget(one: SpectrixClient, other: SpectrixClient): boolean {
  return one.baseUrl === other.baseUrl && one.apiKey === other.apiKey && one.source === other.source;
}
