import type { IncomingMessage, ServerResponse } from "node:http";
import type { Level, SpectrixClient } from "./client.js";
import { cut } from "./secrets.js";
import { traceOf, type Trace } from "./trace.js";

/** Where a framework keeps what its request's entry tells; asked when the request is over. */
export interface Reader<Source> {
  url(source: Source, req: IncomingMessage): string;
  /** The template that matched, such as /users/:id. */
  route(source: Source): string | undefined;
  ip(source: Source, req: IncomingMessage): string | undefined;
}

/** A request that has entries on their way: its trace, and for whom. */
class Watched implements Trace {
  readonly requestId: string;
  readonly traceId: string | undefined;
  readonly clients: SpectrixClient[];

  constructor({ requestId, traceId }: Trace, client: SpectrixClient) {
    this.requestId = requestId;
    this.traceId = traceId;
    this.clients = [client];
  }
}

const WATCHED = Symbol.for("spectrix.watched.v1");
const MAX_USER_AGENT = 256; // bytes

/**
 * Sees to it that the request gets one entry when it is over, however it ends and however often this is called. This
 * and what follows from it is what every request of the app pays for: it makes no object that it can do without.
 *
 * @returns the request's trace; null where it was watched already
 */
export function watch<Source>(
  client: SpectrixClient,
  req: IncomingMessage,
  res: ServerResponse,
  source: Source,
  reader: Reader<Source>,
): Trace | null {
  let watched = (req as { [WATCHED]?: Watched })[WATCHED];
  if (watched === undefined) {
    watched = new Watched(traceOf(req.headers, client.newId), client);
    (req as { [WATCHED]?: Watched })[WATCHED] = watched;
  } else {
    if (watched.clients.some((other) => sameTarget(other, client))) return null;
    watched.clients.push(client);
  }
  const trace = watched;
  const begin = client.monotonic();
  res.on("close", () => {
    try {
      client.pushRequest(outcomeOf(client, req, res, source, reader, begin), trace);
    } catch (error) {
      client.recordError(error, { trace }); // a framework's own getters may throw
    }
  });
  return trace;
}

/** The trace of a request that is being watched. */
export function watchedTrace(req: IncomingMessage): Trace | undefined {
  return (req as { [WATCHED]?: Watched })[WATCHED];
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

/** How a request ended, as its entry tells it. */
export interface Outcome {
  level: Level;
  method: string;
  endpoint: string;
  status: number | null;
  /** Milliseconds. */
  duration: number;
  route: string | undefined;
  aborted: true | undefined;
  userAgent: string | undefined;
  ip: string | undefined;
}

function outcomeOf<Source>(
  client: SpectrixClient,
  req: IncomingMessage,
  res: ServerResponse,
  source: Source,
  reader: Reader<Source>,
  begin: number,
): Outcome {
  const { secrets, settings } = client;
  const duration = Math.round((client.monotonic() - begin) * 100) / 100;
  const aborted = !res.writableFinished;
  const status = aborted && !res.headersSent ? null : res.statusCode;
  const agent = req.headers["user-agent"];
  return {
    level: levelOf(status, aborted, aborted && isEventStream(req, res)),
    method: req.method ?? "GET",
    endpoint: secrets.url(reader.url(source, req), settings.queries),
    status,
    duration,
    route: reader.route(source),
    aborted: aborted || undefined,
    userAgent: agent === undefined ? undefined : secrets.text(cut(agent, MAX_USER_AGENT)),
    ip: settings.ip ? reader.ip(source, req) : undefined,
  };
}

function isEventStream(req: IncomingMessage, res: ServerResponse): boolean {
  const type = String(res.getHeader("content-type") ?? req.headers.accept ?? "");
  return type.startsWith("text/event-stream");
}

/** Two clients that send to the same service would show a request twice. */
function sameTarget(one: SpectrixClient, other: SpectrixClient): boolean {
  if (one === other) return true;
  return one.baseUrl === other.baseUrl && one.apiKey === other.apiKey && one.source === other.source;
}
