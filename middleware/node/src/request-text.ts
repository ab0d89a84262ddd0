import { instant } from "./instant.js";
import { Pieces } from "./pieces.js";
import { cut, type Secrets } from "./secrets.js";

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
}

/** Of an entry: what stands between time and id, and between duration and address. Under load, many have these in common. */
interface Frame {
  readonly of: Ended;
  readonly source: string;
  readonly front: string;
  readonly back: string;
}

/** Writes the entries of requests, as JSON.stringify would, of pieces that most have in common. */
export class RequestText {
  readonly #secrets: Secrets;
  readonly #queries: boolean;
  /** Without the quotes around them. */
  readonly #endpoints: Pieces;
  readonly #methods = new Pieces((method) => JSON.stringify(method).slice(1, -1));
  readonly #routes = new Pieces((route) => JSON.stringify(route));
  readonly #sources: Pieces;
  readonly #agents: Pieces;
  #frame: Frame | null = null;

  constructor(secrets: Secrets, queries: boolean) {
    this.#secrets = secrets;
    this.#queries = queries;
    this.#endpoints = new Pieces((url) => JSON.stringify(this.#secrets.url(url, this.#queries)).slice(1, -1));
    this.#sources = new Pieces((source) => JSON.stringify(this.#secrets.text(source)));
    this.#agents = new Pieces((agent) => JSON.stringify(this.#secrets.text(cut(agent, MAX_USER_AGENT))));
  }

  of(ended: Ended, source: string): string {
    const { requestId, traceId, ip } = ended;
    let frame = this.#frame;
    if (frame === null || !fits(frame, ended, source)) frame = this.#frame = this.#made(ended, source);
    const trace = traceId === undefined ? "" : `","traceId":"${traceId}`;
    const duration = Math.round(ended.duration * 100) / 100;
    const address = ip === undefined ? "" : `,"ip":${JSON.stringify(ip)}`;
    return `{"timestamp":"${instant(ended.at)}${frame.front}${requestId}${trace}","duration":${duration}${frame.back}${address}}}`;
  }

  #made(ended: Ended, source: string): Frame {
    const { route, status, agent } = ended;
    const method = this.#methods.of(ended.method);
    const endpoint = this.#endpoints.of(ended.url);
    const front = [
      `","source":${this.#sources.of(source)},"level":"${ended.level}","message":"${method} ${endpoint}"`,
      `"endpoint":"${endpoint}","method":"${method}"`,
      ...(status === null ? [] : [`"statusCode":${status | 0}`]),
      '"metadata":{"requestId":"',
    ];
    const back = [
      ...(route === undefined ? [""] : [`,"route":${this.#routes.of(route)}`]),
      ...(ended.aborted ? [',"aborted":true'] : []),
      ...(agent === undefined ? [] : [`,"userAgent":${this.#agents.of(agent)}`]),
    ];
    return { of: ended, source, front: front.join(","), back: back.join("") }; // joined, not added: V8 copies those at once
  }
}

function fits({ of, source }: Frame, ended: Ended, from: string): boolean {
  return (
    of.url === ended.url &&
    of.status === ended.status &&
    of.method === ended.method &&
    of.route === ended.route &&
    of.agent === ended.agent &&
    of.level === ended.level &&
    of.aborted === ended.aborted &&
    source === from
  );
}
