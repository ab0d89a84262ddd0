import { type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { Writable } from "node:stream";
/** What several modules speak of. Types alone, and no imports: so no two modules need each other. */
/** The four levels that a server keeps. */
type Level = "info" | "warn" | "error" | "debug";
/** An entry as an app gives it. */
interface LogEntry {
  /** Default: now. A number is milliseconds since 1970, as Date.now() gives them. */
  timestamp?: string | number | Date | undefined;
  /** Default: the client's. */
  source?: string | undefined;
  /** One of Level; other names are mapped by the server. */
  level: Level | (string & {});
  message: string;
  endpoint?: string | undefined;
  method?: string | undefined;
  statusCode?: number | undefined;
  metadata?: Record<string, unknown> | undefined;
}
/** What tells one request, and all that is logged while it is served, from others. */
interface Trace {
  readonly requestId: string;
  /** Made when a request goes out from here, where none came in. */
  traceId: string | undefined;
  /** What the app adds to the request's entry. */
  fields?: Record<string, unknown> | undefined;
  /** The message of the error that nobody caught. */
  failure?: string | undefined;
}
/** A request to be sent. */
interface Sending {
  readonly headers: Record<string, string>;
  readonly body: string;
  /** Ends it early. */
  readonly signal: AbortSignal;
}
/** An answer, as far as it came. */
interface Received {
  readonly status: number;
  readonly retryAfter: string | null;
  /** As much of the body as came, up to a bound. */
  readonly body: string;
}
/** What the middleware needs from outside, so that tests can bring their own clock, network and chance. */
/** What setTimeout gives; an unref'd one keeps no process alive. */
interface Timer {
  ref?(): unknown;
  unref?(): unknown;
}
/** Clock, network, chance and stderr. */
interface Environment {
  send(url: string, sending: Sending): Promise<Received>;
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds that never go back. */
  monotonic(): number;
  /** 0 to 1. */
  random(): number;
  /** A new id of 32 hexadecimal digits. */
  id(): string;
  setTimeout(callback: () => void, ms: number): Timer;
  clearTimeout(timer: Timer): void;
  /** One line for whoever runs the app. */
  writeLine(line: string): void;
}
/** Counts of entries, and of requests to the server, since the client was made. */
interface SpectrixStats {
  /** Entries that wait, those on their way among them. */
  waiting: number;
  /** Entries that the server has answered for. */
  sent: number;
  /** Entries that were lost: by a full buffer, or refused. */
  dropped: number;
  /** Of those sent, entries that the server could not use. */
  rejected: number;
  requests: number;
}
/** What an app may set; each has a default. */
interface SpectrixOptions {
  /** The stream key. Default: SPECTRIX_API_KEY. */
  apiKey?: string | undefined;
  /** Where entries go, up to and with /api/v1. Default: SPECTRIX_URL, then http://localhost:4000/api/v1. */
  baseUrl?: string | undefined;
  /** The name of this app in its entries. Default: node-app. */
  source?: string | undefined;
  /** How long an entry may wait before it is sent, in milliseconds; 0 is not at all. Default: 2000. */
  interval?: number | undefined;
  /** How many entries are kept, at most, while they can't be sent; then the oldest go. Default: 10000. */
  maxBufferSize?: number | undefined;
  /** How long an answer may take, in milliseconds. Default: 5000. */
  timeout?: number | undefined;
  /** Keep the query of a request's URL, without secrets. Default: false. */
  queries?: boolean | undefined;
  /** Keep the address of whoever asked, as the framework has it. Default: false. */
  ip?: boolean | undefined;
  /** Further names whose values are secret, beside password, token, cookie and the like. */
  redact?: readonly string[] | undefined;
  /** Send what goes to console.log, info, warn, error and debug too. Default: false. */
  console?: boolean | undefined;
  /** Send uncaught errors, of requests and of the process. Default: true. */
  errors?: boolean | undefined;
}
/** Takes an app's entries and has them delivered. Nothing it does throws or rejects into the app. */
declare class SpectrixClient {
  #private;
  apiKey: string | undefined;
  source: string;
  readonly baseUrl: string;
  readonly interval: number;
  readonly maxBufferSize: number;
  /** @param environment replaces parts of clock, network and chance in tests */
  constructor(options?: SpectrixOptions, environment?: Partial<Environment>);
  get stats(): SpectrixStats;
  /** Sends on its own from now on, as it does from the beginning. */
  start(): void;
  /** Sends no longer on its own; what waits is tried once more. Entries are still taken, up to the bound. */
  stop(): Promise<void>;
  /** Resolves when what waits has been sent, or couldn't be; while the server is down, at once. */
  flush(): Promise<void>;
  /**
   * Sends what waits, trying again for as long as `timeout` milliseconds; after that no entries are taken any more.
   * Call it, and wait for it, before process.exit().
   */
  close({ timeout }?: {
    timeout?: number;
  }): Promise<void>;
  /** Takes an entry. It is encoded here and now, so that what happens to its metadata later doesn't show. */
  push(log: LogEntry): void;
  info(message: unknown, metadata?: Record<string, unknown>): void;
  warn(message: unknown, metadata?: Record<string, unknown>): void;
  error(message: unknown, metadata?: Record<string, unknown>): void;
  debug(message: unknown, metadata?: Record<string, unknown>): void;
  /** Adds members to the metadata of the one entry of the request that is served here; outside of one, nothing. */
  set(members: Record<string, unknown>): void;
  /**
   * Headers for a request to another service, whose entries then have the same `traceId` as those of the request that
   * is being served here. That has a new one from now on where none came in.
   */
  traceHeaders(): {
    traceparent: string;
  };
  /** An error that nobody caught, as an entry; the same error once, however many tell of it. */
  recordError(error: unknown, { origin, trace }?: {
    origin?: string;
    trace?: Trace | undefined;
  }): void;
}
/** Hands a request on, or an error. */
type Next = (error?: unknown) => void;
/** Express's middleware, without its types. */
type Handler = (req: IncomingMessage, res: ServerResponse, next: Next) => void;
/** Express's middleware for errors. */
type ErrorHandler = (error: unknown, req: IncomingMessage, res: ServerResponse, next: Next) => void;
interface FastifyApp {
  addHook(name: string, hook: (...parameters: any[]) => void): unknown;
}
/** Fastify's plugin, without its types. */
type FastifyPlugin = (app: FastifyApp, options: unknown, done: () => void) => void;
interface HonoContext {
  env: unknown;
  error: Error | undefined;
  req: {
    path: string;
    routePath: string;
  };
}
/** Hono's middleware, without its types. */
type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<void>;
interface KoaContext {
  req: IncomingMessage;
  res: ServerResponse;
  originalUrl: string;
  ip: string;
  /** Set by koa-router. */
  _matchedRoute?: unknown;
}
/** Koa's middleware, without its types. */
type KoaMiddleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<void>;
declare const METADATA: unique symbol;
/** What pino writes its lines to. */
interface PinoStream {
  /** By which pino knows it as a stream. */
  readonly writable: true;
  /** By which pino tells of each line, before it writes that, what it was made of. */
  readonly [METADATA]: true;
  lastLogger?: unknown;
  lastLevel?: unknown;
  lastMsg?: unknown;
  lastTime?: unknown;
  write(line: string): void;
}
/** What winston asks of a transport, without winston's own base class. */
interface WinstonTransport extends Writable {
  level?: string;
  log(info: unknown, next: () => void): void;
}
/** A client and, for each framework and logger, what it takes. The function itself is middleware for Express. */
export interface Spectrix extends Handler {
  /** For logs of one's own, and to close. */
  readonly client: SpectrixClient;
  /** Optional, for Express: put before an own error handler, it takes note of what that one handles. */
  readonly errors: ErrorHandler;
  readonly fastify: FastifyPlugin;
  readonly koa: KoaMiddleware;
  readonly hono: HonoMiddleware;
  /** A handler of node:http, watched. */
  wrap(handler: RequestListener): RequestListener;
  /** A stream for pino to write to. */
  pino(): PinoStream;
  /** A transport for winston. */
  winston(options?: {
    level?: string;
  }): WinstonTransport;
}
/** One client, and what each framework needs of it. The function itself is middleware for Express. */
export default function spectrix(options?: SpectrixOptions): Spectrix;
export type { Level, LogEntry, SpectrixOptions, SpectrixStats };
export { SpectrixClient };
