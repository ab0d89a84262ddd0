/** The 24 bugs of the middleware that people have pasted until now. Ours must have none of them. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, get as httpGet } from "node:http";
import { after, test } from "node:test";
import express4 from "express4";
import ts from "typescript";
import spectrix, { SpectrixClient } from "../../../middleware/node/spectrix.js";
import { FaultServer } from "../faults.mjs";
import { FakeEnvironment, pathOf, settled, silent, source, unreachable } from "./support.mjs";

/** @type {(() => unknown)[]} */
const cleanups = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

/** @param {string[]} faults */
async function faulty(...faults) {
  const server = await FaultServer.start(faults);
  cleanups.push(() => server.close());
  return server;
}

/**
 * Quick in what it waits, silent.
 *
 * @param {FaultServer} server @param {object} [options] @param {object} [environment]
 */
function clientOf(server, options, environment) {
  /** @type {string[]} */
  const lines = [];
  const client = new SpectrixClient(
    { apiKey: "spx_v1_live_test", baseUrl: server.baseUrl, interval: 60_000, ...options },
    { random: () => 0, writeLine: (/** @type {string} */ line) => void lines.push(line), ...environment },
  );
  cleanups.push(() => client.close({ timeout: 0 }));
  return { client, lines };
}

/** @param {object} [options] a middleware whose entries are sent at once, and where they go */
async function watched(options) {
  const server = await faulty();
  const watch = spectrix({ apiKey: "k", baseUrl: server.baseUrl, interval: 0, ...options });
  cleanups.push(() => watch.client.close({ timeout: 0 }));
  return { server, watch };
}

/** @param {import("node:http").RequestListener} handler */
async function serving(handler) {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`;
}

/** @typedef {{code: number | null, signal: string | null, err: string}} Run */

/**
 * What does not end by itself is killed, and has no code then.
 * @param {string} script @param {Record<string, string>} [environ] @returns {Promise<Run>}
 */
async function run(script, environ = {}) {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd: pathOf("middleware/node"),
    env: { ...process.env, ...environ },
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 60_000,
  });
  let err = "";
  child.stderr.on("data", (part) => (err += part));
  const [code, signal] = await new Promise((resolve) => child.once("close", (...end) => resolve(end)));
  return { code, signal, err };
}

/** @param {any[]} entries */
const messages = (entries) => entries.map((entry) => entry.message);

test("bug 1: while the server answers 503, logs add no requests, no traffic and no lines", async () => {
  const environment = new FakeEnvironment(() => 503);
  const client = environment.client();
  for (let i = 0; i < 930; i++) {
    client.info(`entry ${i}`);
    await environment.advance(10_000 / 930);
  }
  assert.ok(environment.requests.length <= 6, `${environment.requests.length} requests`);
  assert.ok(environment.requests.reduce((sum, { body }) => sum + body.length, 0) < 6 * 524_288);
  assert.equal(environment.lines.length, 1);
});

test("bug 2: maxBufferSize bounds what is kept; what had to go is counted", async () => {
  const environment = new FakeEnvironment(unreachable);
  const client = environment.client({ maxBufferSize: 100 });
  for (let i = 0; i < 1000; i++) client.info(`entry ${i}`);
  assert.equal(client.stats.waiting, 100);
  assert.equal(client.stats.dropped, 900);
});

test("bug 2: bytes are bounded too, what is on its way among them", async () => {
  const environment = new FakeEnvironment(unreachable);
  const client = environment.client();
  for (let i = 0; i < 2000; i++) {
    client.info("x".repeat(10_000));
    if (i === 700) await environment.advance(10);
  }
  assert.ok(environment.requests.length > 0);
  assert.ok(client.stats.waiting * 10_100 < 5 * 2 ** 20 + 10_100, `${client.stats.waiting} entries`);
});

test("bug 3: a backlog goes out in batches of at most 500 entries and 512 KiB", async () => {
  const environment = new FakeEnvironment();
  const client = environment.client();
  for (let i = 0; i < 1200; i++) client.info(`entry ${i}`);
  for (let i = 0; i < 100; i++) client.info("é".repeat(8000));
  await client.flush();
  assert.equal(client.stats.sent, 1300);
  for (const { logs, body } of environment.requests) {
    assert.ok(logs.length <= 500);
    assert.ok(Buffer.byteLength(body) <= 524_288);
  }
  assert.ok(environment.requests.length >= 5);
});

for (const status of [400, 401, 403, 404]) {
  test(`bug 4: ${status} is not retried; the loss is told by the next entry that gets through`, async () => {
    let answer = status;
    const environment = new FakeEnvironment(() => answer);
    const client = environment.client();
    client.info("refused");
    await client.flush();
    await environment.advance(120_000);
    assert.equal(environment.requests.length, 1);
    assert.match(environment.lines.join("\n"), new RegExp(`HTTP ${status}`));
    answer = 200;
    client.info("taken");
    await client.flush();
    assert.deepEqual(messages(environment.requests[1].logs), ["1 entry was dropped: 1 refused by the server", "taken"]);
  });
}

for (const apiKey of [undefined, "", "  ", "two words", "line\nbreak", "schlüssel"]) {
  const which = JSON.stringify(apiKey);
  test(`bug 4: without a key that a header can carry (${which}) nothing is sent, and that is told`, async () => {
    const environment = new FakeEnvironment();
    const before = process.env["SPECTRIX_API_KEY"];
    delete process.env["SPECTRIX_API_KEY"];
    const client = environment.client({ apiKey });
    if (before !== undefined) process.env["SPECTRIX_API_KEY"] = before;
    client.info("early");
    await environment.advance(30_000);
    assert.equal(environment.requests.length, 0);
    assert.equal(environment.lines.length, 1);
    assert.match(environment.lines[0], /SPECTRIX_API_KEY/);
    client.apiKey = "spx_v1_live_late";
    await environment.advance(2000);
    assert.deepEqual(messages(environment.requests[0].logs), ["early"]);
  });
}

test("bug 5: circular, BigInt and throwing metadata cost neither their entry nor their neighbours", async () => {
  const environment = new FakeEnvironment();
  const client = environment.client();
  /** @type {any} */
  const circular = { n: 1n };
  circular.self = circular;
  const hostile = new Proxy({}, { ownKeys: () => assert.fail("no keys"), get: () => assert.fail("no members") });
  client.info("before");
  client.info("circular", circular);
  client.info("hostile", { hostile });
  client.info("hostile itself", hostile);
  client.push(/** @type {any} */ (null));
  client.push(/** @type {any} */ (hostile));
  client.info(/** @type {any} */ (Symbol("s")));
  client.info(/** @type {any} */ (Object.create(null)));
  client.info("after");
  await client.flush();
  const sent = messages(environment.requests[0].logs);
  assert.ok(
    ["before", "circular", "hostile", "after"].every((message) => sent.includes(message)),
    String(sent),
  );
  assert.deepEqual(environment.requests[0].logs[1].metadata, { n: "1", self: "[circular]" });
  assert.deepEqual(environment.requests[0].logs[2].metadata, { hostile: "[threw: no members]" });
});

test("bug 6: flushes at once are one request at a time, in order", async () => {
  let open = 0;
  let most = 0;
  const environment = new FakeEnvironment(async () => {
    most = Math.max(most, ++open);
    await settled();
    open--;
    return 200;
  });
  const client = environment.client();
  const flushes = [];
  for (let i = 0; i < 40; i++) {
    client.info(`entry ${i}`);
    flushes.push(client.flush());
    if (i % 7 === 0) await settled();
  }
  await Promise.all(flushes);
  assert.equal(most, 1);
  const sent = environment.requests.flatMap(({ logs }) => messages(logs));
  assert.deepEqual(
    sent,
    Array.from({ length: 40 }, (_, i) => `entry ${i}`),
  );
});

for (const fault of ["lost", "reset", "503", "429:0"]) {
  test(`bug 7: after ${fault} the batch goes again with its key, and is stored once`, async () => {
    const server = await faulty(fault);
    const { client } = clientOf(server);
    client.info("one");
    client.info("two");
    await client.flush();
    client.info("three");
    await client.close();
    assert.deepEqual(messages(server.entries), ["one", "two", "three"]);
    const [first, second, third] = server.requests.map(({ headers }) => headers["idempotency-key"]);
    assert.equal(first, second);
    assert.notEqual(second, third);
    assert.equal(server.requests[0].body, server.requests[1].body);
  });
}

test("bug 8: a server that never answers is given up after the timeout, and tried again", async () => {
  const server = await faulty("hang");
  const { client, lines } = clientOf(server, { timeout: 50 });
  client.info("one");
  await client.close();
  assert.deepEqual(messages(server.entries), ["one"]);
  assert.match(lines[0], /no answer within 50 ms/);
});

test("bug 8: the timeout is 5 s where none is given", async () => {
  const environment = new FakeEnvironment(silent);
  const client = environment.client();
  client.info("one");
  await environment.advance(2000 + 4999);
  assert.equal(environment.lines.length, 0);
  await environment.advance(1);
  assert.match(environment.lines[0], /no answer within 5000 ms/);
});

test("bug 9: nothing keeps a process alive that has nothing else to do", async () => {
  const server = await faulty();
  const { code } = await run(
    `import spectrix from "./spectrix.js";
     const { client } = spectrix({ apiKey: "k", baseUrl: ${JSON.stringify(server.baseUrl)}, interval: 600_000 });
     client.info("one");`,
  );
  assert.equal(code, 0);
  assert.deepEqual(messages(server.entries), ["one"]);
});

test("bug 10: stop can be awaited, start twice leaks no timer, and both can be repeated", async () => {
  const environment = new FakeEnvironment();
  const client = environment.client();
  client.start();
  client.start();
  client.info("one");
  assert.equal(environment.timers, 1);
  await client.stop();
  assert.deepEqual(messages(environment.requests[0].logs), ["one"]);
  assert.equal(environment.timers, 0);
  client.info("two");
  await environment.advance(60_000);
  assert.equal(environment.requests.length, 1);
  client.start();
  await environment.advance(2000);
  assert.equal(environment.requests.length, 2);
  await client.stop();
  await client.stop();
});

test("bug 11: an aborted request, a destroyed socket and an event stream are logged", async () => {
  const { server, watch } = await watched();
  const app = express4();
  app.use(watch);
  const address = await serving(app);
  const slow = new Promise((resolve) => app.get("/slow", resolve));
  app.get("/destroyed", (_req, res) => void res.socket?.destroy());
  const head = { "content-type": "text/event-stream" };
  app.get("/events", (_req, res) => void res.writeHead(200, head).write("data: 1\n\n"));

  const aborted = httpGet(`${address}/slow`).on("error", () => undefined);
  await slow;
  aborted.destroy();
  await assert.rejects(fetch(`${address}/destroyed`));
  const headers = { accept: "text/event-stream" };
  const reader = await new Promise((resolve) => httpGet(`${address}/events`, { headers }, resolve));
  reader.destroy();

  const entries = await server.taken(3);
  const of = (/** @type {string} */ path) => {
    const { level, statusCode, metadata } = entries.find((entry) => entry.endpoint === path);
    return { level, statusCode, aborted: metadata.aborted };
  };
  assert.deepEqual(of("/slow"), { level: "warn", statusCode: undefined, aborted: true });
  assert.deepEqual(of("/destroyed"), { level: "warn", statusCode: undefined, aborted: true });
  assert.deepEqual(of("/events"), { level: "info", statusCode: 200, aborted: true });
});

test("bug 12: mounted for all, on a router and on a route, a request is logged once", async () => {
  const { server, watch } = await watched();
  const again = spectrix({ apiKey: "k", baseUrl: server.baseUrl, interval: 0 });
  cleanups.push(() => again.client.close());
  const app = express4();
  app.use(watch);
  app.get("/api/users", watch, again, (_req, res) => void res.json({ users: [] }));
  const address = await serving(app);
  await fetch(`${address}/api/users`);
  await watch.client.close();
  await again.client.close();
  assert.deepEqual(messages(server.entries), ["GET /api/users"]);
});

test("bug 13: neither queries nor endless paths reach the server; queries on demand, without secrets", async () => {
  const { server, watch } = await watched();
  const kept = await watched({ queries: true });
  const address = await serving(watch.wrap((_req, res) => void res.end()));
  const keeping = await serving(kept.watch.wrap((_req, res) => void res.end()));
  await fetch(`${address}/reset?token=hunter2`);
  await fetch(`${address}/${"a".repeat(5000)}?x=1`);
  await fetch(`${keeping}/search?q=shoes&token=hunter2`);
  const [reset, long] = await server.taken(2);
  assert.deepEqual([reset.endpoint, reset.message], ["/reset", "GET /reset"]);
  assert.equal(long.endpoint.length, 2048);
  const [search] = await kept.server.taken(1);
  assert.equal(search.endpoint, "/search?q=shoes&token=[redacted]");
  const bodies = [...server.requests, ...kept.server.requests].map(({ body }) => body).join();
  assert.ok(!bodies.includes("hunter2"));
});

test("bug 14: a redirect is refused and told; nothing is lost", async () => {
  const server = await faulty("301");
  const { client, lines } = clientOf(server);
  client.info("one");
  await client.flush();
  assert.deepEqual(
    server.requests.map(({ method }) => method),
    ["POST"],
  );
  assert.match(lines[0], /redirect/);
  await client.close();
  assert.deepEqual(messages(server.entries), ["one"]);
});

test("bug 15: the .js file is JavaScript, the .ts file imports types as types, none needs a package", async () => {
  const js = await readFile(pathOf("middleware/node/spectrix.js"), "utf8");
  assert.doesNotMatch(js, /^(interface|type|import type) /m);
  const text = await readFile(pathOf("middleware/node/spectrix.ts"), "utf8");
  const parsed = ts.createSourceFile("spectrix.ts", text, ts.ScriptTarget.ES2022);
  const imports = parsed.statements.filter(ts.isImportDeclaration);
  const from = imports.map(({ moduleSpecifier }) => moduleSpecifier.getText(parsed));
  assert.ok(from.length > 0 && from.every((name) => name.startsWith('"node:')), from.join());
});

test("bug 16: the address is an option, then SPECTRIX_URL, then localhost", async () => {
  const server = await faulty();
  const script = `import spectrix from "./spectrix.js"; spectrix({ apiKey: "k" }).client.info("one");`;
  await run(script, { SPECTRIX_URL: `${server.baseUrl}/` });
  assert.equal(server.requests[0].url, "/api/v1/ingest/logs");
  const before = process.env["SPECTRIX_URL"];
  process.env["SPECTRIX_URL"] = "http://environment.test/api/v1";
  assert.equal(new FakeEnvironment().client({ baseUrl: undefined }).baseUrl, "http://environment.test/api/v1");
  assert.equal(new FakeEnvironment().client().baseUrl, "http://spectrix.test/api/v1");
  process.env["SPECTRIX_URL"] = "";
  assert.equal(new FakeEnvironment().client({ baseUrl: undefined }).baseUrl, "http://localhost:4000/api/v1");
  if (before === undefined) delete process.env["SPECTRIX_URL"];
  else process.env["SPECTRIX_URL"] = before;
});

test("bug 17: 0 is 0: an interval of 0 sends at once, a buffer of 0 keeps nothing", async () => {
  const environment = new FakeEnvironment();
  const client = environment.client({ interval: 0 });
  assert.equal(client.interval, 0);
  client.info("one");
  await environment.advance(0);
  assert.equal(environment.requests.length, 1);
  const none = new FakeEnvironment();
  const nothing = none.client({ maxBufferSize: 0 });
  nothing.info("one");
  await none.advance(60_000);
  assert.deepEqual([none.requests.length, nothing.stats.dropped], [0, 1]);
});

for (const value of [-1, NaN, Infinity, "5"]) {
  test(`bug 17: an interval of ${value} is the default, and it is said`, () => {
    const environment = new FakeEnvironment();
    assert.equal(environment.client({ interval: /** @type {any} */ (value) }).interval, 2000);
    assert.match(environment.lines[0], /interval/);
  });
}

test("bug 18: pauses double from 0.5 s to 30 s with full jitter", async () => {
  const environment = new FakeEnvironment(unreachable);
  environment.chance = () => 1;
  environment.client({ interval: 0 }).info("one");
  await environment.advance(300_000);
  const pauses = environment.requests.slice(1).map(({ at }, i) => at - (environment.requests[i]?.at ?? 0));
  assert.deepEqual(pauses.slice(0, 8), [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test("bug 18: Retry-After is kept to, whatever is logged meanwhile", async () => {
  let calls = 0;
  const patience = () => new Response("", { status: 429, headers: { "retry-after": "20" } });
  const environment = new FakeEnvironment(() => (++calls === 1 ? patience() : 200));
  const client = environment.client({ interval: 0 });
  for (let i = 0; i < 2000; i++) {
    client.info(`entry ${i}`);
    if (i % 100 === 0) await environment.advance(900);
    await client.flush();
  }
  assert.equal(environment.requests.length, 1);
  await environment.advance(20_000);
  assert.equal(client.stats.sent, 2000);
});

test("bug 19: a duration is that of a clock that never goes back", async () => {
  const server = await faulty();
  let wall = Date.now();
  let monotonic = 1000;
  const { client } = clientOf(server, {}, { now: () => (wall -= 3_600_000), monotonic: () => (monotonic += 20.004) });
  const { watch } = await source("request");
  /** @type {(value?: unknown) => void} */
  let ended = () => undefined;
  const over = new Promise((resolve) => (ended = resolve));
  const address = await serving((req, res) => {
    watch(client, req, res, null, { url: () => "/", route: () => undefined, ip: () => undefined });
    res.once("close", ended).end();
  });
  await fetch(address);
  await over;
  await client.close();
  assert.equal(server.entries[0].metadata.duration, 20);
});

test("bug 20: the line on stderr has the cause", async () => {
  const server = await faulty();
  const { baseUrl } = server;
  await server.close();
  cleanups.pop();
  /** @type {string[]} */
  const lines = [];
  const client = new SpectrixClient({ apiKey: "k", baseUrl }, { writeLine: (line) => void lines.push(line) });
  client.info("one");
  await client.flush();
  assert.match(lines[0], /^spectrix: cannot send to http:.* \(.*ECONNREFUSED.*\); 1 waiting$/);
  await client.close({ timeout: 0 });
});

test("bug 21: no address of a reader unless asked for, and a user agent of bounded length", async () => {
  const { server, watch } = await watched();
  const asked = await watched({ ip: true });
  const app = express4().set("trust proxy", true).use(watch, asked.watch);
  const address = await serving(app);
  await fetch(address, { headers: { "user-agent": `agent ${"x".repeat(2000)}`, "x-forwarded-for": "203.0.113.7" } });
  const [entry] = await server.taken(1);
  assert.equal(entry.metadata.ip, undefined);
  assert.equal(entry.metadata.userAgent.length, 256);
  assert.ok(!server.requests[0].body.includes("203.0.113.7"));
  const [withIp] = await asked.server.taken(1);
  assert.equal(withIp.metadata.ip, "203.0.113.7");
});

test("bug 22: what the server rejected is said, with its reasons", async () => {
  const server = await faulty();
  const { client, lines } = clientOf(server);
  client.info("");
  client.info("one");
  await client.flush();
  assert.deepEqual(client.stats, { waiting: 0, sent: 2, dropped: 0, rejected: 1, requests: 1 });
  assert.deepEqual(lines, ["spectrix: 1 entry was rejected: missing_message"]);
});

for (const [how, last, end] of /** @type {const} */ ([
  ["at its natural end", "", [0, null]],
  ["by process.exit", "process.exit(7)", [7, null]],
  ["by an error that nobody catches", "throw new TypeError('boom')", [1, null]],
  ["by a rejection that nobody handles", "Promise.reject(new TypeError('boom'))", [1, null]],
  ["by SIGTERM", "setInterval(() => {}, 1000); process.kill(process.pid, 'SIGTERM')", [null, "SIGTERM"]],
  ["by SIGINT", "setInterval(() => {}, 1000); process.kill(process.pid, 'SIGINT')", [null, "SIGINT"]],
  [
    "by SIGTERM that the app handles",
    "process.on('SIGTERM', () => process.exit(3)); setInterval(() => {}, 1000); process.kill(process.pid, 'SIGTERM')",
    [3, null],
  ],
])) {
  test(`bug 23: what waits is sent when the process ends ${how}, and it ends as it would have`, async () => {
    const server = await faulty();
    const { code, signal } = await run(
      `import spectrix from "./spectrix.js";
       const { client } = spectrix({ apiKey: "k", baseUrl: ${JSON.stringify(server.baseUrl)} });
       client.info("one");
       ${last}`,
    );
    assert.deepEqual([code, signal], end);
    const sent = messages(server.entries);
    assert.equal(sent[0], "one");
    assert.equal(sent[1], how.includes("nobody") ? "TypeError: boom" : undefined);
  });
}

test("bug 23: a server that is down holds no process up, and what is lost is said", async () => {
  const server = await faulty();
  const { baseUrl } = server;
  await server.close();
  cleanups.pop();
  for (const last of ["", "process.exit()"]) {
    const { code, err } = await run(
      `import spectrix from "./spectrix.js";
       spectrix({ apiKey: "k", baseUrl: ${JSON.stringify(baseUrl)} }).client.info("one");
       ${last}`,
    );
    assert.equal(code, 0);
    assert.match(err, /spectrix: 1 entry could not be sent before the end/);
  }
});

test("bug 24: an Error keeps its name, message, stack and cause", async () => {
  const environment = new FakeEnvironment();
  const client = environment.client();
  const error = new RangeError("boom", { cause: Object.assign(new Error("below"), { code: "E_BELOW" }) });
  client.error("failed", { error });
  client.error(error);
  await client.flush();
  for (const { metadata } of environment.requests[0].logs) {
    assert.equal(metadata.error.name, "RangeError");
    assert.equal(metadata.error.message, "boom");
    assert.match(metadata.error.stack, /RangeError: boom\n +at /);
    assert.deepEqual([metadata.error.cause.message, metadata.error.cause.code], ["below", "E_BELOW"]);
  }
  assert.equal(environment.requests[0].logs[1].message, "RangeError: boom");
});
