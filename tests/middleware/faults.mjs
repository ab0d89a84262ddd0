/**
 * A server that fails as servers do. Faults are taken one a request, in the order given; without one it takes the batch
 * as Spectrix does, once for each Idempotency-Key. Also a program: `node faults.mjs FAULT…` prints its address, then a
 * line of JSON for each request.
 *
 * Faults: "refuse" (nobody listens; only for the whole server), "hang" (no answer), "reset" (the connection breaks
 * behind the body, nothing taken), "lost" (taken, then the connection breaks), a status as "503", or as "429:7" with
 * Retry-After; "301" leads to a page that answers GET with 200.
 */
import { createServer } from "node:http";

/**
 * @typedef {{
 *   at: number, method: string, url: string, headers: import("node:http").IncomingHttpHeaders, body: string,
 *   bytes: number, fault: string | undefined,
 * }} Seen
 */

export class FaultServer {
  /** @type {string[]} taken from the front */
  faults;
  /** @type {string | undefined} for every request that no other is for */
  always;
  /** @type {Seen[]} */
  requests = [];
  /** @type {any[]} taken, in order */
  entries = [];
  /** @type {((seen: Seen) => void)[]} */
  #observers = [];
  #keys = new Map();
  #server = createServer((request, response) => void this.#serve(request, response));

  /** @param {string[]} faults */
  constructor(faults = []) {
    this.faults = faults;
  }

  /** @param {string[]} [faults] */
  static async start(faults) {
    const server = new FaultServer(faults);
    await server.listen();
    return server;
  }

  /** @param {number} port */
  async listen(port = 0) {
    await new Promise((resolve) => this.#server.listen(port, "127.0.0.1", () => resolve(undefined)));
  }

  get port() {
    return /** @type {import("node:net").AddressInfo} */ (this.#server.address()).port;
  }

  get baseUrl() {
    return `http://127.0.0.1:${this.port}/api/v1`;
  }

  /** @param {(seen: Seen) => void} observer called when a request has been read, before it is answered */
  observe(observer) {
    this.#observers.push(observer);
  }

  /** @param {number} count @returns {Promise<any[]>} the entries, as soon as there are so many */
  async taken(count) {
    while (this.entries.length < count) await this.#next();
    return this.entries;
  }

  /** @param {number} count @returns {Promise<Seen[]>} the requests, as soon as there are so many */
  async asked(count) {
    while (this.requests.length < count) await this.#next();
    return this.requests;
  }

  /** Also ends what hangs. */
  async close() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** @type {(() => void)[]} */
  #waiting = [];
  #next() {
    return /** @type {Promise<void>} */ (new Promise((resolve) => this.#waiting.push(resolve)));
  }

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async #serve(request, response) {
    let body = "";
    let bytes = 0;
    for await (const part of request) {
      body += part;
      bytes += part.length;
    }
    const { method = "", url = "", headers } = request;
    const fault = this.faults.shift() ?? this.always;
    const seen = { at: performance.now(), method, url, headers, body, bytes, fault };
    this.requests.push(seen);
    for (const observer of this.#observers) observer(seen);
    if (method !== "POST") response.end("a page");
    else this.#answer(seen, response);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** @param {Seen} seen @param {import("node:http").ServerResponse} response */
  #answer(seen, response) {
    if (seen.fault === undefined) return void response.writeHead(200, JSON_TYPE).end(JSON.stringify(this.#take(seen)));
    if (seen.fault === "hang") return;
    if (seen.fault === "lost") this.#take(seen);
    if (seen.fault === "lost" || seen.fault === "reset") return void response.socket?.resetAndDestroy();
    const [status, retryAfter] = seen.fault.split(":");
    if (retryAfter !== undefined) response.setHeader("retry-after", retryAfter);
    if (status === "301") response.setHeader("location", "/page");
    response.writeHead(Number(status), { "content-type": "application/problem+json" });
    const problem = { title: "A fault", detail: `fault ${status}`, status: Number(status), code: "fault" };
    response.end(JSON.stringify(problem));
  }

  /** @param {Seen} seen */
  #take({ body, headers }) {
    const key = headers["idempotency-key"];
    const known = key === undefined ? undefined : this.#keys.get(key);
    if (known !== undefined) return { ...known, duplicate: true };
    const { logs } = JSON.parse(body);
    const errors = [];
    for (const [index, entry] of logs.entries()) {
      if (typeof entry.message === "string" && entry.message !== "") this.entries.push(entry);
      else errors.push({ index, field: "message", reason: "missing_message" });
    }
    const answer = { accepted: logs.length - errors.length, rejected: errors.length, errors };
    if (key !== undefined) this.#keys.set(key, answer);
    return answer;
  }
}

const JSON_TYPE = { "content-type": "application/json" };

if (process.argv[1] === import.meta.filename) {
  const server = await FaultServer.start(process.argv.slice(2));
  console.log(server.baseUrl);
  server.observe((seen) => console.log(JSON.stringify(seen)));
}
