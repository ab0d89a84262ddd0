/** An app that logs 200 entries a second while its server is away. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as passed } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { SpectrixClient } from "../../../middleware/node/spectrix.js";
import { FaultServer } from "../faults.mjs";
import { FakeEnvironment, unreachable } from "./support.mjs";

const OUTAGE = 30_000;

/** @param {number} seed @returns {() => number} 0 to 1, the same each time */
function chance(seed) {
  return () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
}

/**
 * @param {import("./support.mjs").FakeEnvironment} environment @param {number} [maxBufferSize]
 * @returns {Promise<SpectrixClient>} after the outage
 */
async function through(environment, maxBufferSize) {
  const client = environment.client({ maxBufferSize });
  for (let i = 0; environment.monotonic() < OUTAGE; i++) {
    client.info(`entry ${i}`, { i });
    await environment.advance(5);
  }
  return client;
}

for (const [name, network] of /** @type {[string, () => any][]} */ ([
  ["refuses", unreachable],
  ["answers 503", () => 503],
  ["answers 429 with Retry-After", () => new Response("", { status: 429, headers: { "retry-after": "2" } })],
])) {
  test(`30 s in which the server ${name}: few requests, one line, then everything once and in order`, async () => {
    const environment = new FakeEnvironment(network);
    environment.chance = chance(7);
    const client = await through(environment);
    const { length } = environment.requests;
    assert.ok(length <= 20, `${length} requests`);
    assert.equal(environment.lines.length, 1);
    assert.equal(client.stats.waiting, 6000);

    environment.network = () => 200;
    await environment.advance(60_000);
    const logs = environment.requests.slice(length).flatMap((request) => request.logs);
    const sent = logs.map((log) => log.metadata.i);
    assert.deepEqual(
      sent,
      Array.from({ length: 6000 }, (_, i) => i),
    );
    assert.deepEqual([client.stats.waiting, client.stats.dropped], [0, 0]);
  });
}

test("whatever chance does, there are at most 20 requests in 30 s", async () => {
  for (let seed = 1; seed <= 200; seed++) {
    const environment = new FakeEnvironment(unreachable);
    environment.chance = chance(seed * 7919);
    environment.client().info("one");
    await environment.advance(OUTAGE);
    assert.ok(environment.requests.length <= 20, `${environment.requests.length} requests with seed ${seed}`);
  }
});

test("a minute of outage is a line, three are three", async () => {
  const environment = new FakeEnvironment(unreachable);
  environment.client().info("one");
  await environment.advance(179_000);
  assert.ok(environment.lines.length >= 2 && environment.lines.length <= 3, environment.lines.join("\n"));
});

test("what no longer fits goes, oldest first, and its count stands where it was", async () => {
  const environment = new FakeEnvironment(unreachable);
  const client = await through(environment, 2000);
  assert.deepEqual([client.stats.waiting, client.stats.dropped], [2000, 4000]);

  const { length } = environment.requests;
  environment.network = () => 200;
  await environment.advance(60_000);
  const logs = environment.requests.slice(length).flatMap((request) => request.logs);
  const told = logs.findIndex((log) => log.metadata.dropped !== undefined);
  assert.equal(logs[told].message, "4000 entries were dropped: 4000 by a full buffer");
  const numbers = logs.filter((log) => log.metadata.i !== undefined).map((log) => log.metadata.i);
  const before = numbers.slice(0, told);
  const after = numbers.slice(told);
  // What had been on its way when the server went is tried until it is taken; the hole comes behind it.
  assert.deepEqual(
    before,
    Array.from({ length: before.length }, (_, i) => i),
  );
  assert.deepEqual(
    after,
    Array.from({ length: 2000 - before.length }, (_, i) => 4000 + before.length + i),
  );
  assert.equal(numbers.length, 2000);
});

test("413 halves a batch until it fits; one entry that never will is dropped and told", async () => {
  const environment = new FakeEnvironment(({ body }) => (body.length > 70_000 || body.includes("poison") ? 413 : 200));
  const client = environment.client();
  for (let i = 0; i < 300; i++) client.info(i === 150 ? "poison" : "x".repeat(1000), { i });
  await client.flush();
  client.info("last");
  await client.flush();
  const good = environment.requests.filter(({ body }) => body.length <= 70_000 && !body.includes("poison"));
  const taken = good.flatMap(({ logs }) => logs);
  const numbers = taken.filter((log) => log.metadata?.i !== undefined).map((log) => log.metadata.i);
  assert.deepEqual(
    numbers,
    Array.from({ length: 300 }, (_, i) => i).filter((i) => i !== 150),
  );
  assert.equal(taken.filter((log) => log.message === "1 entry was dropped: 1 refused by the server").length, 1);
  assert.equal(client.stats.dropped, 1);
  assert.equal(new Set(environment.requests.map(({ key }) => key)).size, environment.requests.length);
});

test("a real outage: the server goes and comes back on its port", { timeout: 120_000 }, async () => {
  const first = await FaultServer.start();
  const { port, baseUrl } = first;
  /** @type {string[]} */
  const lines = [];
  const writeLine = (/** @type {string} */ line) => void lines.push(line);
  const client = new SpectrixClient({ apiKey: "k", baseUrl, interval: 50 }, { writeLine });
  let count = 0;
  const log = async (/** @type {number} */ ms) => {
    for (const end = performance.now() + ms; performance.now() < end; await passed(5)) client.info(`entry ${count++}`);
  };
  await log(200);
  await first.close();
  await log(2000);
  const second = new FaultServer();
  await second.listen(port);
  await log(200);
  await client.close();
  await second.close();
  // What the first had read when it was closed may have been taken there and sent again to the second.
  const all = [...new Set([...first.entries, ...second.entries].map((entry) => entry.message))];
  assert.deepEqual(
    all,
    Array.from({ length: count }, (_, i) => `entry ${i}`),
  );
  assert.ok(lines.length <= 1, lines.join("\n"));
  assert.ok(client.stats.requests < 30, `${client.stats.requests} requests`);
});

test("6,000 entries that wait take less than 15 MB, a full buffer little more", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const environment = new FakeEnvironment(unreachable);
  const client = environment.client();
  const before = used();
  for (const [entries, megabytes] of [
    [6000, 15],
    [50_000, 20],
  ]) {
    const userAgent = "agent ".repeat(20);
    for (let i = 0; i < entries; i++) client.info(`GET /api/users/${i}`, { duration: i, userAgent });
    const grown = (used() - before) / 1e6;
    assert.ok(grown < megabytes, `${grown} MB`);
  }
  assert.equal(client.stats.waiting, 10_000);
});
