import { connect, isIP, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { AnswerReader, type Received } from "./answer.js";

export interface Sending {
  readonly headers: Record<string, string>;
  readonly body: string;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

interface Exchange {
  readonly answer: AnswerReader;
  answered(received: Received): void;
  /** No answer began. */
  failed(cause: unknown): void;
}

/** By origin: connections that wait for the next request. */
const idle = new Map<string, Connection>();

/**
 * POSTs as fetch does. Not by node:http: an app's server runs the same code, and what V8 knows of it is worth more where
 * it knows of that server alone; beside what that takes from each of the app's requests, sending itself is nothing.
 * A redirect is an answer like any other.
 *
 * @throws where no answer began
 */
export async function send(url: string, { headers, body, signal }: Sending): Promise<Received> {
  const target = new URL(url);
  if (!/^https?:$/.test(target.protocol)) throw new Error(`Protocol "${target.protocol}" not supported`);
  const all = { Host: target.host, ...headers, "Content-Length": Buffer.byteLength(body) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const bytes = Buffer.from(`POST ${target.pathname}${target.search} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
  try {
    const kept = idle.get(target.origin);
    if (kept !== undefined) return await kept.exchange(bytes, signal);
  } catch (error) {
    if (signal.aborted || !isCut(error)) throw error; // else it was closed while idle
  }
  return new Connection(target).exchange(bytes, signal);
}

/** A connection to a server. It keeps the process alive only while an answer is waited for. */
class Connection {
  readonly #origin: string;
  readonly #socket: Socket;
  #exchange: Exchange | undefined;

  constructor(target: URL) {
    this.#origin = target.origin;
    this.#socket = opened(target).setNoDelay().setKeepAlive(true, 1000);
    this.#socket.on("data", (bytes: Buffer) => this.#take(bytes));
    this.#socket.on("error", (error) => this.#end(error));
    this.#socket.on("close", () => this.#end(Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })));
  }

  exchange(bytes: Buffer, signal: AbortSignal): Promise<Received> {
    if (idle.get(this.#origin) === this) idle.delete(this.#origin);
    return new Promise<Received>((answered, failed) => {
      const exchange = (this.#exchange = { answer: new AnswerReader(), answered, failed });
      const abort = (): void => {
        if (this.#exchange === exchange) this.#end(signal.reason);
      };
      if (signal.aborted) return abort();
      signal.addEventListener("abort", abort, { once: true });
      this.#socket.ref().write(bytes);
    });
  }

  #take(bytes: Buffer): void {
    if (this.#exchange === undefined) return void this.#socket.destroy(); // an answer to nothing
    const { answer, answered } = this.#exchange;
    try {
      answer.add(bytes);
    } catch (error) {
      return this.#end(error);
    }
    if (!answer.isOver) return;
    if (!answer.keepsOpen || idle.has(this.#origin)) return this.#end();
    this.#exchange = undefined;
    idle.set(this.#origin, this);
    this.#socket.unref();
    answered(answer.received as Received);
  }

  /** The status alone decides, so what came of an answer is one, even if it is cut off or never ends. */
  #end(cause?: unknown): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (idle.get(this.#origin) === this) idle.delete(this.#origin);
    this.#socket.destroy();
    const received = exchange?.answer.received;
    if (received === undefined) exchange?.failed(cause);
    else exchange?.answered(received);
  }
}

function opened({ protocol, hostname, port }: URL): Socket {
  const host = hostname.replace(/^\[|\]$/g, ""); // around an address of IPv6
  if (protocol === "http:") return connect({ host, port: Number(port || 80) });
  const servername = isIP(host) ? "" : host; // a name only: no address may stand there
  return connectSecurely({ host, port: Number(port || 443), servername, ALPNProtocols: ["http/1.1"] });
}

function isCut(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ECONNRESET" || code === "EPIPE";
}
