import { captureConsole } from "./console.js";
import { Delivery, type Sender, type SpectrixStats } from "./delivery.js";
import { type Draft, type Encoded, encode, messageOf } from "./encode.js";
import { type Environment, REAL_ENVIRONMENT } from "./environment.js";
import { instant } from "./instant.js";
import { isError, isRecord } from "./probe.js";
import { join } from "./process.js";
import { Redaction } from "./redaction.js";
import { RequestText } from "./request-text.js";
import { readSettings, type Settings, type SpectrixOptions } from "./settings.js";
import { currentTrace } from "./trace.js";
import type { Level, LogEntry, Trace } from "./types.js";
import { Warnings } from "./warnings.js";

const CLOSE_TIMEOUT = 5000; // milliseconds

/** Takes an app's entries and has them delivered. Nothing it does throws or rejects into the app. */
export class SpectrixClient {
  apiKey: string | undefined;
  source: string;
  readonly baseUrl: string;
  readonly interval: number;
  readonly maxBufferSize: number;

  /** @internal */
  readonly settings: Settings;
  /** @internal */
  readonly redaction: Redaction;
  /** @internal */
  readonly requestText: RequestText;
  /** @internal */
  readonly newId: () => string;
  readonly #environment: Environment;
  readonly #warnings: Warnings;
  readonly #delivery: Delivery;
  readonly #errorsTold = new WeakSet<object>();
  readonly #leave: (() => void)[] = [];
  #closing: Promise<void> | undefined;
  #closed = false;

  /** @param environment replaces parts of clock, network and chance in tests */
  constructor(options: SpectrixOptions = {}, environment: Partial<Environment> = {}) {
    this.#environment = { ...REAL_ENVIRONMENT, ...environment };
    const settings = readSettings(options, process.env, this.#environment);
    this.settings = settings;
    this.apiKey = settings.apiKey;
    this.source = settings.source;
    this.baseUrl = settings.baseUrl;
    this.interval = settings.interval;
    this.maxBufferSize = settings.maxBufferSize;
    this.redaction = new Redaction(settings.redact);
    this.requestText = new RequestText(this.redaction, settings.queries);
    this.newId = this.#environment.id;
    this.#warnings = new Warnings(this.#environment);
    this.#delivery = new Delivery(this.#asSender(), this.#environment, this.#warnings);
    if (settings.console) this.#leave.push(captureConsole(this));
    this.#leave.push(
      join({
        flush: (timeout) => this.#delivery.flushWithin(timeout),
        exit: (timeout) => {
          this.#delivery.drainNow(timeout);
          this.#end();
        },
        uncaught: (error, origin) => {
          if (settings.errors) this.recordError(error, { origin });
        },
      }),
    );
    if (this.#key === undefined) this.#delivery.warnOfMissingKey();
  }

  get stats(): SpectrixStats {
    return this.#delivery.stats;
  }

  /** Sends on its own from now on, as it does from the beginning. */
  start(): void {
    if (!this.#closed) this.#delivery.start();
  }

  /** Sends no longer on its own; what waits is tried once more. Entries are still taken, up to the bound. */
  stop(): Promise<void> {
    return this.#delivery.stop();
  }

  /** Resolves when what waits has been sent, or couldn't be; while the server is down, at once. */
  flush(): Promise<void> {
    return this.#delivery.flush();
  }

  /**
   * Sends what waits, trying again for as long as `timeout` milliseconds; after that no entries are taken any more.
   * Call it, and wait for it, before process.exit().
   */
  close({ timeout = CLOSE_TIMEOUT }: { timeout?: number } = {}): Promise<void> {
    return (this.#closing ??= this.#delivery.drain(timeout).then(() => this.#end()));
  }

  /** Takes an entry. It is encoded here and now, so that what happens to its metadata later doesn't show. */
  push(log: LogEntry): void {
    this.#push(log, currentTrace());
  }

  info(message: unknown, metadata: Record<string, unknown> = {}): void {
    this.#log("info", message, metadata);
  }

  warn(message: unknown, metadata: Record<string, unknown> = {}): void {
    this.#log("warn", message, metadata);
  }

  error(message: unknown, metadata: Record<string, unknown> = {}): void {
    this.#log("error", message, metadata);
  }

  debug(message: unknown, metadata: Record<string, unknown> = {}): void {
    this.#log("debug", message, metadata);
  }

  /** Adds members to the metadata of the one entry of the request that is served here; outside of one, nothing. */
  set(members: Record<string, unknown>): void {
    const trace = currentTrace();
    if (trace === undefined || !isRecord(members)) return;
    try {
      trace.fields = { ...trace.fields, ...members };
    } catch (error) {
      this.#warnings.warn(`what was set could not be taken: ${messageOf(error, this)}`);
    }
  }

  /**
   * Headers for a request to another service, whose entries then have the same `traceId` as those of the request that
   * is being served here. That has a new one from now on where none came in.
   */
  traceHeaders(): { traceparent: string } {
    const trace = currentTrace();
    const traceId = trace?.traceId ?? this.newId();
    if (trace !== undefined) trace.traceId = traceId;
    const id = this.newId(); // its end counts
    return { traceparent: `00-${traceId}-${id.slice(0, 8)}${id.slice(-8)}-01` };
  }

  /** An error that nobody caught, as an entry; the same error once, however many tell of it. */
  recordError(
    error: unknown,
    { origin, trace = currentTrace() }: { origin?: string; trace?: Trace | undefined } = {},
  ): void {
    if (typeof error === "object" && error !== null) {
      if (this.#errorsTold.has(error)) return;
      this.#errorsTold.add(error);
    }
    const text = messageOf(error, this);
    const [message, plain] = isError(error)
      ? [text, error]
      : [text === "" ? "Error" : `Error: ${text}`, { name: "Error", message: text }];
    if (trace !== undefined) trace.failure = message;
    this.#push({ level: "error", message }, trace, { ...(origin && { origin }), error: plain });
  }

  /** @internal */
  pushEncoded(entry: Encoded): void {
    if (!this.#closed) this.#delivery.push(entry);
  }

  /** @internal The source, whatever an app without types has made of it. */
  get sourceName(): string {
    const source: unknown = this.source;
    return typeof source === "string" ? source : this.settings.source;
  }

  /** @internal Epoch milliseconds. */
  now(): number {
    return this.#environment.now();
  }

  /** @internal Milliseconds that never go back. */
  monotonic(): number {
    return this.#environment.monotonic();
  }

  #asSender(): Sender {
    return {
      key: () => this.#key,
      baseUrl: this.baseUrl,
      address: this.redaction.redactUrl(this.baseUrl, false),
      interval: this.interval,
      timeout: this.settings.timeout,
      maxBufferSize: this.maxBufferSize,
      encodeLoss: (loss) => encode(this.#draft(loss, undefined), this),
    };
  }

  /** A key that a header can carry. */
  get #key(): string | undefined {
    const key: unknown = this.apiKey; // an app without types may have set anything
    return typeof key === "string" && /^[\x21-\x7e]+$/.test(key.trim()) ? key.trim() : undefined;
  }

  #log(level: Level, message: unknown, metadata: Record<string, unknown>): void {
    const more = isError(message) ? { error: message } : undefined;
    this.#push({ level, message: messageOf(message, this), metadata }, currentTrace(), more);
  }

  #push(log: unknown, trace: Trace | undefined, more?: Record<string, unknown>): void {
    if (this.#closed) return;
    try {
      const given = isRecord(log) ? log : { message: messageOf(log, this) };
      this.#delivery.push(encode(this.#draft(given, trace, more), this));
    } catch (error) {
      this.#warnings.warn(`an entry could not be taken: ${messageOf(error, this)}`);
    }
  }

  #draft(given: object, trace: Trace | undefined, more?: Record<string, unknown>): Draft {
    return {
      given,
      timestamp: instant(this.#environment.now()),
      source: this.sourceName,
      ids: trace && { requestId: trace.requestId, ...(trace.traceId && { traceId: trace.traceId }) },
      more,
    };
  }

  #end(): void {
    this.#closed = true;
    for (const leave of this.#leave.splice(0)) leave();
    this.#delivery.end();
  }
}
