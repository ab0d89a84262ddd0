import { instant } from "./instant.js";
import { Pieces } from "./pieces.js";
import { cut, type Redaction } from "./redaction.js";

const MAX_USER_AGENT = 256; // bytes

/** How a request ended. */
export interface Ended {
  readonly requestId: string;
  readonly traceId: string | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly duration: number;
  readonly level: string;
  readonly method: string;
  readonly url: string;
  readonly route: string | undefined;
  readonly status: number | null;
  readonly aborted: boolean;
  readonly agent: string | undefined;
  readonly ip: string | undefined;
  /** What the app has set: members of a JSON object, without what is around them. */
  readonly more?: string;
}

/** Writes the entries of requests, as JSON.stringify would, of pieces that most have in common. */
export class RequestText {
  readonly #redaction: Redaction;
  readonly #queries: boolean;
  /** Without the quotes around them. */
  readonly #endpoints: Pieces;
  readonly #methods = new Pieces((method) => JSON.stringify(method).slice(1, -1));
  readonly #routes = new Pieces((route) => JSON.stringify(route));
  readonly #sources: Pieces;
  readonly #agents: Pieces;

  constructor(redaction: Redaction, queries: boolean) {
    this.#redaction = redaction;
    this.#queries = queries;
    this.#endpoints = new Pieces((url) => JSON.stringify(this.#redaction.redactUrl(url, this.#queries)).slice(1, -1));
    this.#sources = new Pieces((source) => JSON.stringify(this.#redaction.redactText(source)));
    this.#agents = new Pieces((agent) => JSON.stringify(this.#redaction.redactText(cut(agent, MAX_USER_AGENT))));
  }

  of(ended: Ended, source: string): string {
    const { requestId, traceId, route, status, agent, ip } = ended;
    const method = this.#methods.of(ended.method);
    const endpoint = this.#endpoints.of(ended.url);
    let text =
      `{"timestamp":"${instant(ended.at)}","source":${this.#sources.of(source)},"level":"${ended.level}",` +
      `"message":"${method} ${endpoint}","endpoint":"${endpoint}","method":"${method}",`;
    if (status !== null) text += `"statusCode":${status | 0},`;
    text += `"metadata":{"requestId":"${requestId}"`;
    if (traceId !== undefined) text += `,"traceId":"${traceId}"`;
    text += `,"duration":${Math.round(ended.duration * 100) / 100}`;
    if (route !== undefined) text += `,"route":${this.#routes.of(route)}`;
    if (ended.aborted) text += ',"aborted":true';
    if (agent !== undefined) text += `,"userAgent":${this.#agents.of(agent)}`;
    if (ip !== undefined) text += `,"ip":${JSON.stringify(ip)}`;
    if (ended.more) text += `,${ended.more}`;
    return `${text}}}`;
  }
}
