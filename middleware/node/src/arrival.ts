import { subscribe } from "node:diagnostics_channel";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { SpectrixClient } from "./client.js";
import type { Trace } from "./trace.js";

const ARRIVAL = Symbol.for("spectrix.arrival.v1");

interface Arrived extends ServerResponse {
  [ARRIVAL]?: Arrival;
}

/** Whoever wants to know how a request ends: a trace for one client. */
export interface Watcher extends Trace {
  readonly client: SpectrixClient;
  next: Watcher | null;
  end(res: ServerResponse, arrival: Arrival): void;
}

/**
 * A request as it came in. What is read here costs little: a framework changes request and response so that V8 has a new
 * hidden class for each, and after that whatever is read of them takes up to a microsecond. Therefore Node says when a
 * request arrives, which is before any framework has it; only one that was not announced (of HTTP/2, or a test's own) is
 * read when it is watched.
 */
export class Arrival {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  /** Undefined where it was not announced: a framework may have changed it since. */
  readonly url: string | undefined;
  /** In the order in which they came. */
  watcher: Watcher | null = null;
  #res: Arrived | null;

  constructor(req: IncomingMessage, res: Arrived, url: string | undefined) {
    this.headers = req.headers;
    this.method = req.method ?? "GET";
    this.url = url;
    this.#res = res;
    res[ARRIVAL] = this;
    res.on("close", () => this.#over(res));
  }

  static of(req: IncomingMessage, res: Arrived): Arrival {
    if (latest !== null && latest.#res === res) return latest;
    hearOfArrivals();
    return res[ARRIVAL] ?? new Arrival(req, res, undefined);
  }

  static known(res: Arrived): Arrival | undefined {
    return res[ARRIVAL];
  }

  #over(res: Arrived): void {
    this.#res = null; // what waits to be sent keeps no response
    for (let each = this.watcher; each !== null; each = each.next) each.end(res, this);
  }
}

let latest: Arrival | null = null;
let listening = false;

function hearOfArrivals(): void {
  if (listening) return;
  listening = true;
  subscribe("http.server.request.start", (message) => {
    const { request, response } = message as { request: IncomingMessage; response: Arrived };
    latest = response[ARRIVAL] ?? new Arrival(request, response, request.url);
  });
}
