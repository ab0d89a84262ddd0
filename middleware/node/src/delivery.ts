import { Batch, Losses, takeEntries } from "./batch.js";
import type { Encoded } from "./encode.js";
import type { Environment, Timer } from "./environment.js";
import { flushAtExit } from "./exit-flush.js";
import { type Answer, post } from "./post.js";
import { judge } from "./retry.js";
import { Ring } from "./ring.js";
import type { Warnings } from "./warnings.js";

/** Whom a delivery delivers for. */
export interface Sender {
  /** Undefined where there is none that a header can carry; asked each time, as it may be set later. */
  key(): string | undefined;
  readonly baseUrl: string;
  /** The same, fit to be shown. */
  readonly address: string;
  readonly interval: number;
  readonly timeout: number;
  readonly maxBufferSize: number;
  /** The entry that tells of losses. */
  encodeLoss(loss: { level: string; message: string; metadata: Record<string, unknown> }): Encoded;
}

/** Counts of entries, and of requests to the server, since the client was made. */
export interface SpectrixStats {
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

const MAX_BUFFER_BYTES = 5 * 2 ** 20;
const MAX_BATCH_ENTRIES = 500;
const MAX_BATCH_BYTES = 512 * 1024;
const MIN_BATCH_BYTES = 64 * 1024; // what 413 may bring it down to, so that one large entry doesn't slow all others
const NO_KEY_PAUSE = 1000; // milliseconds; it may be set meanwhile

/**
 * Brings entries to the server: in order, once, in batches, one request at a time. It never throws and never rejects;
 * what it can't do it warns of, and what it had to drop it tells by an entry in front of those that follow.
 */
export class Delivery {
  readonly #sender: Sender;
  readonly #environment: Environment;
  readonly #warnings: Warnings;
  readonly #ring: Ring;
  readonly #batchEntries: number;
  readonly #losses = new Losses();
  readonly #stats = { sent: 0, dropped: 0, rejected: 0, requests: 0 };
  /** Taken out of the ring and not settled yet: the first is tried until it is. */
  #outstanding: Batch[] = [];
  #batchBytes = MAX_BATCH_BYTES;
  #running = true;
  #timer: Timer | undefined;
  #timerIsFinal = false; // nothing that comes in makes it ring earlier
  #backoff = 0; // milliseconds from the last attempt to the next; 0 where the last one went well
  #pumping: Promise<void> | undefined;
  #abort: AbortController | undefined;

  constructor(sender: Sender, environment: Environment, warnings: Warnings) {
    this.#sender = sender;
    this.#environment = environment;
    this.#warnings = warnings;
    this.#batchEntries = Math.min(MAX_BATCH_ENTRIES, Math.ceil(sender.maxBufferSize / 2));
    this.#ring = new Ring({ entries: sender.maxBufferSize, bytes: MAX_BUFFER_BYTES });
  }

  get stats(): SpectrixStats {
    return { waiting: this.waiting, ...this.#stats };
  }

  get waiting(): number {
    return this.#outstanding.reduce((sum, batch) => sum + batch.count, this.#ring.length);
  }

  push(entry: Encoded): void {
    const dropped = this.#ring.push(entry);
    if (dropped > 0) {
      this.#losses.overflow += dropped;
      this.#stats.dropped += dropped;
      const { total } = this.#losses;
      this.#warnings.warn(`the buffer is full: ${total} dropped since the last delivery, ${this.waiting} waiting`);
    }
    this.#arm();
  }

  start(): void {
    this.#running = true;
    this.#arm();
  }

  /** Sends no longer on its own; what waits is tried once more. */
  stop(): Promise<void> {
    this.#running = false;
    this.#disarm();
    return this.#pump();
  }

  /** Resolves when what waits has been sent, or couldn't be; at once while the server needs a pause. */
  async flush(): Promise<void> {
    await this.#pumping;
    if (this.#backoff === 0) await this.#pump();
  }

  /** One attempt, whatever pause the server needs, ended after so many milliseconds. */
  async flushWithin(timeout: number): Promise<void> {
    const late = this.#environment.setTimeout(() => this.#abort?.abort(new Error("the process ends")), timeout);
    late.unref?.();
    await this.#pumping;
    if (this.waiting > 0) await this.#pump();
    this.#environment.clearTimeout(late);
  }

  /** As many attempts as fit into so many milliseconds, with the pauses that the server needs. */
  async drain(timeout: number): Promise<void> {
    const deadline = this.#environment.monotonic() + timeout;
    while (this.waiting > 0 && this.#sender.key() !== undefined) {
      const left = deadline - this.#environment.monotonic();
      if (left <= 0) break;
      await this.flushWithin(left);
      if (this.#backoff === 0) continue;
      const pause = Math.min(this.#backoff, deadline - this.#environment.monotonic());
      this.#disarm();
      if (pause > 0) await new Promise<void>((resolve) => void this.#environment.setTimeout(resolve, pause));
    }
  }

  /** Sends what waits before it returns, for the end of a process; not to a server that is known to be down. */
  drainNow(timeout: number): void {
    const { baseUrl } = this.#sender;
    const key = this.#sender.key();
    if (key === undefined || this.#backoff > 0 || this.waiting === 0) return;
    const batches = [...this.#outstanding];
    while (this.#ring.length > 0) batches.push(this.#takeBatch());
    const sent = flushAtExit(batches, { baseUrl, apiKey: key, timeout });
    this.#setOutstanding(batches.slice(sent));
  }

  /** Nothing is sent any more. */
  end(): void {
    this.#running = false;
    this.#disarm();
    const left = this.waiting;
    if (left === 0) return;
    this.#warnings.warnNow(`${left} ${left === 1 ? "entry" : "entries"} could not be sent before the end`);
  }

  warnOfMissingKey(): void {
    this.#warnings.warn("no stream key: set SPECTRIX_API_KEY or the option apiKey; until then nothing is sent");
  }

  get #batchIsFull(): boolean {
    return this.#ring.length >= this.#batchEntries || this.#ring.bytes >= this.#batchBytes;
  }

  /** Sees to it that what waits goes out in time: at once when a batch is full, unless the server needs a pause. */
  #arm(): void {
    if (!this.#running || this.#pumping !== undefined || this.#timerIsFinal) return;
    const full = this.#batchIsFull;
    if ((this.#timer !== undefined && !full) || this.waiting === 0) return;
    this.#disarm();
    const pause = this.#sender.key() === undefined ? NO_KEY_PAUSE : this.#backoff;
    const wait = pause > 0 ? pause : full ? 0 : this.#sender.interval;
    this.#timerIsFinal = pause > 0 || full;
    this.#timer = this.#environment.setTimeout(() => {
      this.#disarm();
      void this.#pump();
    }, wait);
    this.#timer.unref?.();
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#environment.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerIsFinal = false;
  }

  #pump(): Promise<void> {
    return (this.#pumping ??= this.#sendWhatWaits().finally(() => {
      this.#pumping = undefined;
      this.#arm();
    }));
  }

  /** What waited when it began, and full batches; what comes meanwhile waits for its interval. */
  async #sendWhatWaits(): Promise<void> {
    this.#disarm();
    let due = this.waiting;
    while (due > 0 || (this.#running && this.#batchIsFull)) {
      const { baseUrl, timeout } = this.#sender;
      const key = this.#sender.key();
      if (key === undefined) {
        return this.warnOfMissingKey();
      }
      if (this.#outstanding.length === 0 && this.#ring.length > 0) this.#setOutstanding([this.#takeBatch()]);
      const batch = this.#outstanding[0];
      if (batch === undefined) return;
      batch.attempts++;
      this.#stats.requests++;
      this.#abort = new AbortController();
      const answer = await post(batch, { baseUrl, apiKey: key, timeout }, this.#environment, this.#abort);
      this.#abort = undefined;
      const before = this.waiting;
      this.#settle(batch, answer);
      if (this.#backoff > 0) return;
      due -= before - this.waiting;
    }
  }

  #takeBatch(): Batch {
    const told = this.#losses.take();
    const loss = told.entry();
    const first = loss === null ? undefined : this.#sender.encodeLoss(loss);
    const most = { entries: MAX_BATCH_ENTRIES, bytes: this.#batchBytes };
    return new Batch(this.#environment.id(), takeEntries(this.#ring, most, first), told);
  }

  #setOutstanding(batches: Batch[]): void {
    this.#outstanding = batches;
    const sum = (of: (batch: Batch) => number): number => batches.reduce((total, batch) => total + of(batch), 0);
    this.#ring.reserve(
      sum((batch) => batch.count),
      sum((batch) => batch.bytes),
    );
  }

  #settle(batch: Batch, { status, retryAfter, problem, rejected }: Answer): void {
    const rest = this.#outstanding.slice(1);
    const verdict = judge({
      status,
      attempt: batch.attempts,
      entries: batch.entries.length,
      retryAfter,
      now: this.#environment.now(),
      random: this.#environment.random(),
    });
    this.#backoff = verdict.action === "retry" ? verdict.delay : 0;
    switch (verdict.action) {
      case "done":
        this.#setOutstanding(rest);
        this.#stats.sent += batch.count;
        this.#stats.rejected += rejected;
        if (problem) this.#warnings.warn(problem);
        break;
      case "drop":
        this.#setOutstanding(rest);
        this.#losses.add(batch.told);
        this.#losses.refused += batch.count;
        this.#stats.dropped += batch.count;
        this.#warnings.warn(`${this.#sender.address} refused ${batch.count} for good (${problem}): dropped`);
        break;
      case "halve":
        this.#batchBytes = Math.max(MIN_BATCH_BYTES, Math.min(this.#batchBytes, Math.floor(batch.bytes / 2)));
        this.#setOutstanding([...batch.halves(this.#environment.id), ...rest]);
        break;
      case "retry":
        this.#warnings.warn(`cannot send to ${this.#sender.address} (${problem}); ${this.waiting} waiting`);
        break;
    }
  }
}
