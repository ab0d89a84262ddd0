import { Worker } from "node:worker_threads";
import type { Batch } from "./batch.js";
import { ingestUrl, request, type Target } from "./post.js";

/**
 * Runs beside the thread that waits for it. `done[0]` is set at the end, `done[1]` counts the batches taken. Not fetch,
 * which takes longer to load than all the rest together.
 */
const SENDER = `
const { workerData: { url, requests, done } } = require("node:worker_threads");
const { Agent, request } = require(url.startsWith("https:") ? "node:https" : "node:http");
const agent = new Agent({ keepAlive: true });
function end() {
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
  agent.destroy();
}
function send([first, ...rest]) {
  if (first === undefined) return end();
  const body = Buffer.from(first.body);
  const headers = { ...first.headers, "Content-Length": String(body.length) };
  request(url, { method: "POST", headers, agent }, (response) => {
    if (response.statusCode < 200 || response.statusCode > 299) return end();
    Atomics.add(done, 1, 1);
    response.on("close", () => send(rest)).on("error", () => {}).resume();
  }).on("error", end).end(body);
}
send(requests);`;

/**
 * Sends batches while the process exits and its own event loop no longer turns: a thread sends, this one waits, but not
 * beyond the timeout.
 *
 * @returns how many of the batches were taken
 */
export function flushAtExit(batches: readonly Batch[], { baseUrl, apiKey, timeout }: Target): number {
  const done = new Int32Array(new SharedArrayBuffer(8));
  const requests = batches.map((batch) => request(batch, apiKey));
  try {
    const workerData = { url: ingestUrl(baseUrl), requests, done };
    const apart = { execArgv: [], stdout: true, stderr: true };
    const worker = new Worker(SENDER, { eval: true, workerData, ...apart });
    worker.on("error", () => undefined); // it is told by what is left
    worker.unref();
    Atomics.wait(done, 0, 0, timeout);
  } catch {
    return 0; // where threads are not allowed, what is left is told all the same
  }
  return Atomics.load(done, 1);
}
