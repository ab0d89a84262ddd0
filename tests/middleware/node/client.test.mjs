/** What an app may do with the client, and what it must not feel of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeEnvironment, settled, silent, source, unreachable } from "./support.mjs";

const { within } = await source("trace");

test("what an app says beside an error is not overwritten by it", async () => {
  const environment = new FakeEnvironment();
  const client = environment.client();
  client.error(new RangeError("boom"), { error: "E43", _error: "E44", order: 7 });
  await client.flush();
  const { error, ...rest } = environment.requests[0].logs[0].metadata;
  assert.deepEqual([error.message, rest], ["boom", { __error: "E43", _error: "E44", order: 7 }]);
});

test("an entry is sent after the interval at the latest, and as the contract has it", async () => {
  const environment = new FakeEnvironment();
  const client = environment.client({ source: "shop" });
  client.warn("low stock", { item: 4 });
  await environment.advance(1999);
  assert.equal(environment.requests.length, 0);
  await environment.advance(1);
  assert.equal(environment.requests[0].url, "http://spectrix.test/api/v1/ingest/logs");
  assert.deepEqual(environment.requests[0].logs, [
    {
      ...{ timestamp: "2026-05-14T10:30:00.000Z", source: "shop", level: "warn", message: "low stock" },
      metadata: { item: 4 },
    },
  ]);
});

test("a full batch is sent at once", async () => {
  const environment = new FakeEnvironment();
  const client = environment.client();
  for (let i = 0; i < 499; i++) client.info(`entry ${i}`);
  await environment.advance(0);
  assert.equal(environment.requests.length, 0);
  client.info("the last");
  await environment.advance(0);
  assert.deepEqual(
    environment.requests.map(({ logs }) => logs.length),
    [500],
  );
});

test("what comes while a batch is on its way waits for its own interval", async () => {
  const environment = new FakeEnvironment(async () => {
    client.info("meanwhile");
    await settled();
    return 200;
  });
  const client = environment.client();
  client.info("one");
  await environment.advance(2000);
  assert.equal(environment.requests.length, 1);
  await environment.advance(2000);
  assert.equal(environment.requests.length, 2);
});

test("push keeps what is given: own fields, a timestamp, any level", async () => {
  const environment = new FakeEnvironment();
  const client = environment.client();
  const timestamp = new Date("2026-01-02T03:04:05.678Z");
  const own = { level: "fatal", message: "m", timestamp, source: "worker", queue: "mail", statusCode: 500 };
  client.push(own);
  await client.flush();
  assert.deepEqual(environment.requests[0].logs[0], {
    timestamp: "2026-01-02T03:04:05.678Z",
    source: "worker",
    level: "fatal",
    message: "m",
    queue: "mail",
    statusCode: 500,
  });
});

test("what an app does to its metadata afterwards does not show", async () => {
  const environment = new FakeEnvironment();
  const client = environment.client();
  const metadata = { state: "then" };
  client.info("m", metadata);
  metadata.state = "now";
  await client.flush();
  assert.equal(environment.requests[0].logs[0].metadata.state, "then");
});

test("further secret names are an option", async () => {
  const environment = new FakeEnvironment();
  const client = environment.client({ redact: ["e-mail"] });
  client.info("m", { email: "a@b.c", nested: { EMail: "a@b.c" } });
  await client.flush();
  assert.deepEqual(environment.requests[0].logs[0].metadata, { email: "[redacted]", nested: { EMail: "[redacted]" } });
});

test("an entry has room for so much and says what it lost; the message is never lost", async () => {
  const environment = new FakeEnvironment();
  const client = environment.client();
  const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`member ${i}`, "x".repeat(100)]));
  client.push({ metadata: many, level: "info", message: "large" });
  await client.flush();
  const { body, logs } = environment.requests[0];
  assert.equal(logs[0].message, "large");
  assert.equal(logs[0].metadata.truncated, true);
  assert.ok(body.length < 100_000, String(body.length));
});

test("inside a request, logs carry its ids, whatever their metadata is; own ids stay", async () => {
  const environment = new FakeEnvironment();
  const client = environment.client();
  within({ requestId: "r", traceId: undefined }, () => {
    client.info("none");
    client.push(/** @type {any} */ ({ message: "text", metadata: "text" }));
    client.info("own", { requestId: "own" });
  });
  await client.flush();
  const all = environment.requests[0].logs.map((log) => log.metadata);
  assert.deepEqual(all, [{ requestId: "r" }, { requestId: "r", value: "text" }, { requestId: "own" }]);
});

test("an error without a message, and what is thrown but no error, are told too", async () => {
  const environment = new FakeEnvironment();
  const client = environment.client();
  client.recordError(new TypeError());
  client.recordError("boom", { origin: "unhandledRejection" });
  client.recordError(undefined);
  await client.flush();
  const { logs } = environment.requests[0];
  assert.deepEqual(
    logs.map(({ message }) => message),
    ["TypeError", "Error: boom", "Error: undefined"],
  );
  assert.equal(logs[1].metadata.origin, "unhandledRejection");
});

test("close gives up when its time is over, says what is left, and takes no more", async () => {
  const environment = new FakeEnvironment(unreachable);
  const client = environment.client();
  client.info("one");
  const closed = client.close({ timeout: 10_000 });
  assert.equal(client.close(), closed);
  await environment.advance(10_000);
  await closed;
  assert.ok(environment.requests.length >= 3);
  assert.match(environment.lines.at(-1) ?? "", /1 entry could not be sent before the end/);
  client.info("two");
  client.start();
  const { length } = environment.requests;
  await environment.advance(120_000);
  assert.deepEqual([environment.requests.length, client.stats.waiting, environment.timers], [length, 1, 0]);
});

test("close ends a request that hangs when its time is over", async () => {
  const environment = new FakeEnvironment(silent);
  const client = environment.client();
  client.info("one");
  const closed = client.close({ timeout: 1000 });
  await environment.advance(1000);
  await closed;
  assert.equal(environment.requests.length, 1);
});

test("flush leaves a server alone that needs a pause; close and stop try it once more", async () => {
  const environment = new FakeEnvironment(() => new Response("", { status: 503, headers: { "retry-after": "60" } }));
  const client = environment.client();
  client.info("one");
  await client.flush();
  await client.flush();
  assert.equal(environment.requests.length, 1);
  await client.stop();
  assert.equal(environment.requests.length, 2);
});

test("what a server answers can't hurt: no JSON, no object, words with control characters", async () => {
  const answers = [
    new Response("<html>"),
    Response.json({ rejected: 1, errors: [{ reason: "\u001b[31mred\n" }] }),
    Response.json(null),
  ];
  const environment = new FakeEnvironment(() => answers.shift());
  const client = environment.client();
  for (let i = 0; i < 3; i++) {
    client.info(`entry ${i}`);
    await client.flush();
  }
  assert.equal(client.stats.sent, 3);
  assert.deepEqual(environment.lines, ["spectrix: 1 entry was rejected:  [31mred "]);
});

test("the key and a user in the address are never said", async () => {
  const environment = new FakeEnvironment(unreachable);
  const baseUrl = "http://ann:hunter2@spectrix.test/api/v1";
  const client = environment.client({ apiKey: "spx_v1_live_secret", baseUrl });
  client.info("one");
  await client.flush();
  assert.doesNotMatch(environment.lines.join(), /hunter2|spx_v1_live_secret/);
});
