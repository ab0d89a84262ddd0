import type { IncomingMessage, ServerResponse } from "node:http";
import { Arrival, type Watcher } from "./arrival.js";
import type { SpectrixClient } from "./client.js";
import { beside, type Encoded, plainMembers } from "./encode.js";
import { RequestTrace } from "./trace.js";
import type { Level, Trace } from "./types.js";

/** Where a framework keeps what its request's entry tells; asked when the request is over. */
export interface Reader<Source> {
  url(source: Source, req: IncomingMessage): string;
  /** The template that matched, such as /users/:id, for a request to `url`. */
  route(source: Source, url: string): string | undefined;
  ip(source: Source, req: IncomingMessage): string | undefined;
}

const MAX_URL = 2048; // bytes
const OWN = { requestId: 0, traceId: 0, duration: 0, route: 0, aborted: 0, userAgent: 0, ip: 0 };
const REQUEST_FRAME = 260; // bytes of an entry beside its texts

/**
 * Sees to it that the request gets one entry when it is over, however it ends and however often this is called. This
 * and what follows from it is what every request of the app pays for: it makes one object and no function.
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
  const arrival = Arrival.of(req, res);
  const first = arrival.watcher;
  if (first === null) {
    return (arrival.watcher = new Watched(client, req, arrival, source, reader, client.newId));
  }
  let last = first;
  for (let each: Watcher | null = first; each !== null; each = each.next) {
    if (sameTarget(each.client, client)) return null;
    last = each;
  }
  return (last.next = new Watched(client, req, arrival, source, reader, () => first.requestId));
}

/** The trace of a request that is being watched. */
export function watchedTrace(res: ServerResponse): Trace | undefined {
  return Arrival.known(res)?.watcher ?? undefined;
}

/** Takes note of an error that ended a request which is being watched, unless the client leaves errors alone. */
export function recordFailure(res: ServerResponse, error: unknown): void {
  for (let each = Arrival.known(res)?.watcher ?? null; each !== null; each = each.next) {
    if (each.client.settings.errors) each.client.recordError(error, { trace: each });
  }
}

/** The level of a request's entry; a null status is that of a request without an answer. */
export function levelOf(status: number | null, aborted: boolean, stream: boolean): Level {
  if (status !== null && status >= 500) return "error";
  if (status !== null && status >= 400) return "warn";
  return aborted && !stream ? "warn" : "info"; // leaving is how a reader ends an event stream
}

/** Whether an error is the app's fault: frameworks use errors with a status below 500 to answer a bad request. */
export function isFault(error: unknown): boolean {
  try {
    const { status, statusCode } = (error ?? {}) as { status?: unknown; statusCode?: unknown };
    const code = typeof status === "number" ? status : statusCode;
    return !(typeof code === "number" && code >= 300 && code < 500);
  } catch {
    return true; // it has no status that can be read
  }
}

/**
 * A request from its beginning, then its entry. It becomes text only when its batch does: doing that for all of a batch
 * at once, and not between an app's requests, takes a fraction of the time. Until then it keeps a few texts, neither
 * request nor response.
 */
class Watched<Source> extends RequestTrace implements Encoded, Watcher {
  readonly client: SpectrixClient;
  /** The same request, for another client. */
  next: Watcher | null = null;
  at: number;
  duration: number;
  level: Level = "info";
  readonly method: string;
  url = "";
  route: string | undefined = undefined;
  status: number | null = null;
  aborted = false;
  readonly agent: string | undefined;
  ip: string | undefined = undefined;
  bytes = 0;
  /** What the app has set, as JSON's members. */
  more = "";
  #req: IncomingMessage | null;
  #source: Source | null;
  readonly #reader: Reader<Source>;

  constructor(
    client: SpectrixClient,
    req: IncomingMessage,
    { headers, method }: Arrival,
    source: Source,
    reader: Reader<Source>,
    newId: () => string,
  ) {
    super(headers, newId);
    this.client = client;
    this.method = method;
    this.agent = headers["user-agent"];
    this.#req = req;
    this.#source = source;
    this.#reader = reader;
    this.duration = this.at = client.monotonic();
  }

  end(res: ServerResponse, aborted: boolean, arrival: Arrival): void {
    const { client } = this;
    try {
      this.#read(this.#req as IncomingMessage, res, this.#source as Source, aborted, arrival.url);
      client.pushEncoded(this);
    } catch (error) {
      client.recordError(error, { trace: this }); // a framework's own getters may throw
    }
    this.#req = this.#source = null;
  }

  #read(req: IncomingMessage, res: ServerResponse, source: Source, aborted: boolean, url: string | undefined): void {
    const { client } = this;
    const reader = this.#reader;
    this.duration = client.monotonic() - this.at;
    this.at = client.now();
    this.url = url ?? asText(reader.url(source, req)) ?? "/";
    this.route = asText(reader.route(source, this.url));
    if (client.settings.ip) this.ip = asText(reader.ip(source, req));
    this.aborted = aborted;
    this.status = aborted && !res.headersSent ? null : res.statusCode;
    this.level = levelOf(this.status, aborted, aborted && isEventStream(req, res));
    // As good as: what has to be escaped is rare, and a query goes.
    const texts = 2 * (Math.min(this.url.length, MAX_URL) + this.method.length) + (this.agent?.length ?? 0);
    this.bytes = REQUEST_FRAME + texts + (this.route?.length ?? 0);
    if (this.fields === undefined && this.failure === undefined) return;
    const error = this.failure === undefined ? {} : { error: this.failure };
    this.more = membersOf(plainMembers(error, client), plainMembers(this.fields ?? {}, client));
    this.bytes += Buffer.byteLength(this.more);
  }

  get text(): string {
    return this.client.requestText.of(this, this.client.sourceName);
  }
}

/** Those with a name that the entry has itself get a `_` before it. */
function membersOf(own: Record<string, unknown>, fields: Record<string, unknown>): string {
  return JSON.stringify({ ...own, ...beside(fields, { ...OWN, ...own }) }).slice(1, -1);
}

/** What a framework keeps, an app may have replaced by anything. */
function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
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
