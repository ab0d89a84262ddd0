import { subscribe } from "node:diagnostics_channel";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { SpectrixClient } from "./client.js";
import type { Trace } from "./types.js";

const ARRIVAL = Symbol.for("spectrix.arrival.v1");
const OPEN = Symbol("spectrix.open"); // this file's own: where it is loaded twice, each keeps to those that it made

interface Arrived extends ServerResponse {
  [ARRIVAL]?: Arrival;
}

interface Connection extends Socket {
  /** The oldest of its requests that is not over. */
  [OPEN]?: Arrival | null;
}

/** What Node tells of a request that begins or ends. */
interface Announced {
  readonly request: IncomingMessage;
  readonly response: Arrived;
  readonly socket: Connection;
}

/** Whoever wants to know how a request ends: a trace for one client. */
export interface Watcher extends Trace {
  readonly client: SpectrixClient;
  next: Watcher | null;
  end(res: ServerResponse, aborted: boolean, arrival: Arrival): void;
}

/**
 * A request as it came in, until it is over. What is read here costs little: a framework changes request and response
 * so that V8 has a new hidden class for each, and after that whatever is read of them takes up to a microsecond.
 * Therefore Node says when a request arrives, which is before any framework has it, and when its response is through;
 * those that are not by then end with their connection. Only a request that was not announced (of HTTP/2, or a test's
 * own) is read when it is watched, and its response listened to.
 */
export class Arrival {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  /** Undefined where it was not announced: a framework may have changed it since. */
  readonly url: string | undefined;
  /** In the order in which they came. */
  watcher: Watcher | null = null;
  /** Null when it is over: what waits to be sent keeps no response. */
  res: Arrived | null;
  /** The next on the same connection, where a client doesn't wait for answers. */
  later: Arrival | null = null;

  constructor(req: IncomingMessage, res: Arrived, url: string | undefined) {
    this.headers = req.headers;
    this.method = req.method ?? "GET";
    this.url = url;
    this.res = res;
    res[ARRIVAL] = this;
  }

  static of(req: IncomingMessage, res: Arrived): Arrival {
    if (latest !== null && latest.res === res) return latest;
    hearOfRequests();
    const known = res[ARRIVAL];
    if (known !== undefined) return known;
    const arrival = new Arrival(req, res, undefined);
    res.on("finish", () => arrival.over(false));
    res.on("close", () => arrival.over(isBrokenOff(req, res)));
    return arrival;
  }

  static known(res: Arrived): Arrival | undefined {
    return res[ARRIVAL];
  }

  over(aborted: boolean): void {
    const { res } = this;
    if (res === null) return;
    this.res = null;
    for (let each = this.watcher; each !== null; each = each.next) each.end(res, aborted, this);
  }
}

/** Of a response that was not announced, and is closed without having told that it is through. */
function isBrokenOff(req: IncomingMessage, res: Arrived): boolean {
  if (isUpgrade(req) && !res.headersSent) {
    res.statusCode = 101; // nobody answers there: the connection has become another's, and that has ended now
    return false;
  }
  const { stream } = res as { stream?: { aborted?: boolean } }; // HTTP/2's
  return stream?.aborted === true || !res.writableEnded;
}

function isUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}

let latest: Arrival | null = null;
let listening = false;

function hearOfRequests(): void {
  if (listening) return;
  listening = true;
  subscribe("http.server.request.start", (message) => begun(message as Announced));
  subscribe("http.server.response.finish", (message) => finished(message as Announced));
}

function begun({ request, response, socket }: Announced): void {
  const known = response[ARRIVAL];
  latest = known ?? new Arrival(request, response, request.url);
  if (known !== undefined) return;
  if (socket[OPEN] === undefined) socket.on("close", closed);
  let last = socket[OPEN] ?? null;
  if (last === null) {
    socket[OPEN] = latest;
    return;
  }
  while (last.later !== null) last = last.later;
  last.later = latest;
}

function finished({ response, socket }: Announced): void {
  let before: Arrival | null = null;
  for (let each = socket[OPEN] ?? null; each !== null; before = each, each = each.later) {
    if (each.res !== response) continue;
    if (before === null) socket[OPEN] = each.later;
    else before.later = each.later;
    each.over(false);
    return;
  }
}

function closed(this: Connection): void {
  let each = this[OPEN] ?? null;
  this[OPEN] = null;
  for (; each !== null; each = each.later) each.over(each.res?.writableFinished === false);
}
