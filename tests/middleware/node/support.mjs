/** What the tests of the middleware share: an environment with a clock of its own, golden vectors, modules of src. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { SpectrixClient } from "../../../middleware/node/spectrix.js";

const ROOT = new URL("../../..", import.meta.url);

/** @param {string} path below the repository */
export function pathOf(path) {
  return fileURLToPath(new URL(path, ROOT));
}

/** @typedef {{name: string, given: any, expect: any, only?: string[]}} Vector */
/** @param {string} name @returns {Promise<Vector[]>} */
export async function vectors(name) {
  const all = JSON.parse(await readFile(pathOf(`tests/golden/middleware/${name}.json`), "utf8"));
  return all.filter((/** @type {Vector} */ vector) => vector.only?.includes("node") ?? true);
}

/** @param {string} name @returns {Promise<any>} a module of middleware/node/src, alone with what it imports */
export async function source(name) {
  const { outputFiles } = await build({
    entryPoints: [pathOf(`middleware/node/src/${name}.ts`)],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

/**
 * an environment whose clock moves only by `advance`, and whose network is a function. Chance is the middle.
 * @typedef {{url: string, headers: Record<string, string>, logs: any[], body: string, signal: AbortSignal}} Sent
 * @typedef {(request: Sent) => any} Network
 */
export class FakeEnvironment {
  #now = Date.parse("2026-05-14T10:30:00.000Z");
  #ids = 0;
  /** @type {Map<object, {due: number, callback: () => void}>} */
  #timers = new Map();
  /** @type {string[]} what was said on stderr */
  lines = [];
  /** @type {{at: number, url: string, key: string, logs: any[], body: string}[]} */
  requests = [];
  chance = () => 0.5;

  /** @param {Network} network answers a Response, a status, or throws */
  constructor(network = () => 200) {
    this.network = network;
    this.begin = this.#now;
  }

  now = () => this.#now;
  monotonic = () => this.#now - this.begin;
  random = () => this.chance();
  id = () => String(++this.#ids).padStart(32, "0");
  /** @param {string} line */
  writeLine = (line) => void this.lines.push(line);
  /** @param {() => void} callback @param {number} ms */
  setTimeout = (callback, ms) => {
    const timer = { unref() {} };
    this.#timers.set(timer, { due: this.#now + ms, callback });
    return timer;
  };
  /** @param {object} timer */
  clearTimeout = (timer) => void this.#timers.delete(timer);

  /** @param {string} url @param {any} sending */
  send = async (url, { headers, body, signal }) => {
    const { logs } = JSON.parse(body);
    this.requests.push({ at: this.monotonic(), url, key: headers["Idempotency-Key"], logs, body });
    const answer = await this.network({ url, headers, logs, body, signal });
    if (answer instanceof Response) {
      return { status: answer.status, retryAfter: answer.headers.get("retry-after"), body: await answer.text() };
    }
    const taken = JSON.stringify({ accepted: logs.length, rejected: 0, errors: [] });
    return { status: answer, retryAfter: null, body: taken };
  };

  get timers() {
    return this.#timers.size;
  }

  /** @param {number} ms lets so much time go by, each timer in its turn, with all that follows from it */
  async advance(ms) {
    const end = this.#now + ms;
    await settled();
    for (;;) {
      const next = [...this.#timers].sort(([, one], [, other]) => one.due - other.due)[0];
      if (next === undefined || next[1].due > end) break;
      this.#timers.delete(next[0]);
      this.#now = Math.max(this.#now, next[1].due);
      next[1].callback();
      await settled();
    }
    this.#now = end;
  }

  /** @param {import("../../../middleware/node/spectrix.js").SpectrixOptions} [options] */
  client(options) {
    return new SpectrixClient({ apiKey: "spx_v1_live_test", baseUrl: "http://spectrix.test/api/v1", ...options }, this);
  }
}

/** All promises that can settle without time have. */
export async function settled() {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A network in which nothing is ever answered. @param {Sent} request @returns {Promise<never>} */
export function silent({ signal }) {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

/** A network that can't be reached. */
export function unreachable() {
  throw new Error("connect ECONNREFUSED 127.0.0.1:4000");
}
