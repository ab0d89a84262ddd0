/** What an app may do with the client, and what it must not feel of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeWorld, settled, source, unreachable } from "./support.mjs";

const { within } = await source("trace");

test("an entry is sent after the interval at the latest, and as the contract has it", async () => {
  const world = new FakeWorld();
  const client = world.client({ source: "shop" });
  client.warn("low stock", { item: 4 });
  await world.advance(1999);
  assert.equal(world.requests.length, 0);
  await world.advance(1);
  assert.equal(world.requests[0].url, "http://spectrix.test/api/v1/ingest/logs");
  assert.deepEqual(world.requests[0].logs, [
    { timestamp: "2026-05-14T10:30:00.000Z", source: "shop", level: "warn", message: "low stock", metadata: { item: 4 } },
  ]);
});

test("a full batch is sent at once", async () => {
  const world = new FakeWorld();
  const client = world.client();
  for (let i = 0; i < 499; i++) client.info(`entry ${i}`);
  await world.advance(0);
  assert.equal(world.requests.length, 0);
  client.info("the last");
  await world.advance(0);
  assert.deepEqual(world.requests.map(({ logs }) => logs.length), [500]);
});

test("what comes while a batch is on its way waits for its own interval", async () => {
  const world = new FakeWorld(async () => {
    client.info("meanwhile");
    await settled();
    return 200;
  });
  const client = world.client();
  client.info("one");
  await world.advance(2000);
  assert.equal(world.requests.length, 1);
  await world.advance(2000);
  assert.equal(world.requests.length, 2);
});

test("push keeps what is given: own fields, a timestamp, any level", async () => {
  const world = new FakeWorld();
  const client = world.client();
  const timestamp = new Date("2026-01-02T03:04:05.678Z");
  client.push(/** @type {any} */ ({ level: "fatal", message: "m", timestamp, source: "worker", queue: "mail", statusCode: 500 }));
  await client.flush();
  assert.deepEqual(world.requests[0].logs[0], {
    timestamp: "2026-01-02T03:04:05.678Z",
    source: "worker",
    level: "fatal",
    message: "m",
    queue: "mail",
    statusCode: 500,
  });
});

test("what an app does to its metadata afterwards does not show", async () => {
  const world = new FakeWorld();
  const client = world.client();
  const metadata = { state: "then" };
  client.info("m", metadata);
  metadata.state = "now";
  await client.flush();
  assert.equal(world.requests[0].logs[0].metadata.state, "then");
});

test("further secret names are an option", async () => {
  const world = new FakeWorld();
  const client = world.client({ redact: ["e-mail"] });
  client.info("m", { email: "a@b.c", nested: { EMail: "a@b.c" } });
  await client.flush();
  assert.deepEqual(world.requests[0].logs[0].metadata, { email: "[redacted]", nested: { EMail: "[redacted]" } });
});

test("an entry has room for so much and says what it lost; the message is never lost", async () => {
  const world = new FakeWorld();
  const client = world.client();
  const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`member ${i}`, "x".repeat(100)]));
  client.push({ metadata: many, level: "info", message: "large" });
  await client.flush();
  const { body, logs } = world.requests[0];
  assert.equal(logs[0].message, "large");
  assert.equal(logs[0].metadata.truncated, true);
  assert.ok(body.length < 100_000, String(body.length));
});

test("inside a request, logs carry its ids, whatever their metadata is; own ids stay", async () => {
  const world = new FakeWorld();
  const client = world.client();
  within({ requestId: "r", traceId: undefined }, () => {
    client.info("none");
    client.push(/** @type {any} */ ({ message: "text", metadata: "text" }));
    client.info("own", { requestId: "own" });
  });
  await client.flush();
  const all = world.requests[0].logs.map((log) => log.metadata);
  assert.deepEqual(all, [{ requestId: "r" }, { requestId: "r", value: "text" }, { requestId: "own" }]);
});

test("an error without a message, and what is thrown but no error, are told too", async () => {
  const world = new FakeWorld();
  const client = world.client();
  client.recordError(new TypeError());
  client.recordError("boom", { origin: "unhandledRejection" });
  client.recordError(undefined);
  await client.flush();
  const { logs } = world.requests[0];
  assert.deepEqual(logs.map(({ message }) => message), ["TypeError", "Error: boom", "Error: undefined"]);
  assert.equal(logs[1].metadata.origin, "unhandledRejection");
});

test("close gives up when its time is over, says what is left, and takes no more", async () => {
  const world = new FakeWorld(unreachable);
  const client = world.client();
  client.info("one");
  const closed = client.close({ timeout: 10_000 });
  assert.equal(client.close(), closed);
  await world.advance(10_000);
  await closed;
  assert.ok(world.requests.length >= 3);
  assert.match(world.lines.at(-1) ?? "", /1 entry could not be sent before the end/);
  client.info("two");
  client.start();
  const { length } = world.requests;
  await world.advance(120_000);
  assert.deepEqual([world.requests.length, client.stats.waiting, world.timers], [length, 1, 0]);
});

test("close ends a request that hangs when its time is over", async () => {
  const world = new FakeWorld(({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))));
  const client = world.client();
  client.info("one");
  const closed = client.close({ timeout: 1000 });
  await world.advance(1000);
  await closed;
  assert.equal(world.requests.length, 1);
});

test("flush leaves a server alone that needs a pause; close and stop try it once more", async () => {
  const world = new FakeWorld(() => new Response("", { status: 503, headers: { "retry-after": "60" } }));
  const client = world.client();
  client.info("one");
  await client.flush();
  await client.flush();
  assert.equal(world.requests.length, 1);
  await client.stop();
  assert.equal(world.requests.length, 2);
});

test("what a server answers can't hurt: no JSON, no object, words with control characters", async () => {
  const answers = [
    new Response("<html>"),
    Response.json({ rejected: 1, errors: [{ reason: "\u001b[31mred\n" }] }),
    Response.json(null),
  ];
  const world = new FakeWorld(() => answers.shift());
  const client = world.client();
  for (let i = 0; i < 3; i++) {
    client.info(`entry ${i}`);
    await client.flush();
  }
  assert.equal(client.stats.sent, 3);
  assert.deepEqual(world.lines, ["spectrix: 1 entry was rejected:  [31mred "]);
});

test("the key and a user in the address are never said", async () => {
  const world = new FakeWorld(unreachable);
  const client = world.client({ apiKey: "spx_v1_live_secret", baseUrl: "http://ann:hunter2@spectrix.test/api/v1" });
  client.info("one");
  await client.flush();
  assert.doesNotMatch(world.lines.join(), /hunter2|spx_v1_live_secret/);
});
