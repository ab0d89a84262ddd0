import type { IncomingMessage, ServerResponse } from "node:http";
import type { Level, SpectrixClient } from "./client.js";
import type { Encoded } from "./encode.js";
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
const MAX_URL = 2048; // bytes
const MAX_USER_AGENT = 256; // bytes
const REQUEST_FRAME = 260; // bytes of an entry beside its texts

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
      client.pushEncoded(new RequestEntry(client, trace, req, res, source, reader, begin));
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

/**
 * How a request ended. It becomes text only when its batch does: doing that for all of a batch at once, and not between
 * an app's requests, takes a fraction of the time. Until then it keeps a few texts, neither request nor response.
 */
class RequestEntry<Source> implements Encoded {
  readonly #client: SpectrixClient;
  readonly #trace: Trace;
  readonly #at: number;
  readonly #duration: number;
  readonly #method: string;
  readonly #url: string;
  readonly #route: string | undefined;
  readonly #status: number | null;
  readonly #aborted: boolean;
  readonly #stream: boolean;
  readonly #agent: string | undefined;
  readonly #ip: string | undefined;

  constructor(
    client: SpectrixClient,
    trace: Trace,
    req: IncomingMessage,
    res: ServerResponse,
    source: Source,
    reader: Reader<Source>,
    begin: number,
  ) {
    this.#client = client;
    this.#trace = trace;
    this.#at = client.now();
    this.#duration = client.monotonic() - begin;
    this.#method = req.method ?? "GET";
    this.#url = reader.url(source, req);
    this.#route = reader.route(source);
    this.#aborted = !res.writableFinished;
    this.#stream = this.#aborted && isEventStream(req, res);
    this.#status = this.#aborted && !res.headersSent ? null : res.statusCode;
    this.#agent = req.headers["user-agent"];
    this.#ip = client.settings.ip ? reader.ip(source, req) : undefined;
  }

  /** As good as: what has to be escaped is rare, and a query goes. */
  get bytes(): number {
    const url = Math.min(this.#url.length, MAX_URL);
    return REQUEST_FRAME + 2 * (url + this.#method.length) + (this.#agent?.length ?? 0) + (this.#route?.length ?? 0);
  }

  get text(): string {
    const { secrets, settings, source } = this.#client;
    const endpoint = secrets.url(this.#url, settings.queries);
    const method = this.#method;
    return JSON.stringify({
      timestamp: new Date(this.#at).toISOString(),
      source: secrets.text(source),
      level: levelOf(this.#status, this.#aborted, this.#stream),
      message: `${method} ${endpoint}`,
      endpoint,
      method,
      statusCode: this.#status ?? undefined,
      metadata: {
        requestId: this.#trace.requestId,
        traceId: this.#trace.traceId,
        duration: Math.round(this.#duration * 100) / 100,
        route: this.#route,
        aborted: this.#aborted || undefined,
        userAgent: this.#agent === undefined ? undefined : secrets.text(cut(this.#agent, MAX_USER_AGENT)),
        ip: this.#ip,
      },
    });
  }
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
