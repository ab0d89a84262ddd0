/** What several modules speak of. Types alone, and no imports: so no two modules need each other. */

/** The four levels that a server keeps. */
export type Level = "info" | "warn" | "error" | "debug";

/** An entry as an app gives it. */
export interface LogEntry {
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

/** Takes entries; throws nothing. */
export interface LogSink {
  push(entry: LogEntry): void;
}

/** What tells one request, and all that is logged while it is served, from others. */
export interface Trace {
  readonly requestId: string;
  /** Made when a request goes out from here, where none came in. */
  traceId: string | undefined;
  /** What the app adds to the request's entry. */
  fields?: Record<string, unknown> | undefined;
  /** The message of the error that nobody caught. */
  failure?: string | undefined;
}

/** Who has something to do when the process ends. */
export interface Participant {
  /** Sends what waits, once, for at most `timeout` milliseconds. */
  flush(timeout: number): Promise<void>;
  /** The last moment, for at most `timeout` milliseconds; only what is synchronous still happens. */
  exit(timeout: number): void;
  /** An error that ends the process; `origin` is how Node names its kind. */
  uncaught(error: unknown, origin: string): void;
}
