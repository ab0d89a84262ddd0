/** How a request's entry is read and written. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { test } from "node:test";
import spectrix from "../../../middleware/node/spectrix.js";
import { FaultServer } from "../faults.mjs";
import { source } from "./support.mjs";

const { instant } = await source("instant");
const { Pieces } = await source("pieces");
const { RequestText } = await source("request-text");
const { Redaction } = await source("redaction");

test("a time is written as toISOString writes it", () => {
  const recent = [1_778_754_600_007, 1_778_754_600_070, 1_778_754_599_999, 1_778_754_600_000];
  for (const at of [0, 1, 999, 1000, ...recent, -1, 8.64e15]) {
    assert.equal(instant(at), new Date(at).toISOString());
  }
  assert.equal(instant(1_778_754_600_007.9), new Date(1_778_754_600_007).toISOString());
});

test("pieces are made once, as long as there are not too many or too long ones", () => {
  let made = 0;
  const pieces = new Pieces((/** @type {string} */ text) => `${text}${++made}`);
  assert.deepEqual([pieces.of("a"), pieces.of("a"), pieces.of("b")], ["a1", "a1", "b2"]);
  const long = "x".repeat(257);
  assert.notEqual(pieces.of(long), pieces.of(long));
  for (let i = 0; i < 500; i++) pieces.of(String(i));
  assert.notEqual(pieces.of("a"), "a1");
});

test("an entry is what JSON.stringify would make of it, whatever is in its texts", () => {
  const text = new RequestText(new Redaction(), false);
  const hostile = 'é"\\\n\u2028\ud800</script>';
  const ended = {
    ...{ requestId: "r", traceId: undefined, at: 0, duration: 1.2345, level: "warn" },
    ...{ method: 'GE"T', url: `/${hostile}?token=hunter2` },
    ...{ route: hostile, status: 404, aborted: true, agent: `${hostile} Bearer abcdefgh1234`, ip: "::1" },
  };
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(JSON.parse(text.of(ended, hostile)), {
      ...{ timestamp: "1970-01-01T00:00:00.000Z", source: hostile, level: "warn" },
      ...{ message: `GE"T /${hostile}`, endpoint: `/${hostile}` },
      ...{ method: 'GE"T', statusCode: 404 },
      metadata: {
        ...{ requestId: "r", duration: 1.23, route: hostile, aborted: true },
        ...{ userAgent: `${hostile} Bearer [redacted]`, ip: "::1" },
      },
    });
  }
  const absent = { route: undefined, agent: undefined, ip: undefined };
  const bare = { ...ended, ...absent, traceId: "t", status: null, aborted: false };
  const { statusCode, metadata } = JSON.parse(text.of(bare, "app"));
  assert.deepEqual([statusCode, metadata], [undefined, { requestId: "r", traceId: "t", duration: 1.23 }]);
});

test("a request tells what was asked, also where a handler has changed it since; announced or not", async () => {
  const server = await FaultServer.start();
  const { client, wrap } = spectrix({ apiKey: "k", baseUrl: server.baseUrl });
  const listener = wrap((req, res) => {
    req.method = "PUT";
    res.writeHead(201).end();
  });
  const app = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => app.once("listening", resolve));
  const { port } = /** @type {import("node:net").AddressInfo} */ (app.address());
  for (let i = 0; i < 3; i++) {
    await fetch(`http://127.0.0.1:${port}/${i}`, { method: "POST", headers: { "user-agent": `agent ${i}` } });
  }
  await client.close();
  app.close();
  await server.close();
  const told = server.entries.map(({ message, statusCode, metadata }) => [message, statusCode, metadata.userAgent]);
  assert.deepEqual(
    told,
    [0, 1, 2].map((i) => [`POST /${i}`, 201, `agent ${i}`]),
  );
});

test("each of a connection's requests is told once: answered, broken off, or waiting behind that", async () => {
  const server = await FaultServer.start();
  const watch = spectrix({ apiKey: "k", baseUrl: server.baseUrl });
  const require = createRequire(import.meta.url);
  const again = require("../../../middleware/node/spectrix.cjs")({ apiKey: "k", baseUrl: server.baseUrl });
  /** @type {Map<string | undefined, import("node:http").ServerResponse>} */
  const open = new Map();
  /** @type {import("node:http").RequestListener} */
  const handler = (req, res) => {
    open.set(req.url, res);
    if (req.url === "/first") res.end(); // heard of from now on
    if (req.url === "/5") app.emit("all");
  };
  const app = createServer(watch.wrap(again.wrap(handler))).listen(0, "127.0.0.1");
  await once(app, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (app.address());
  await (await fetch(`http://127.0.0.1:${port}/first`)).text();

  const socket = connect(port, "127.0.0.1");
  const came = once(app, "all");
  for (const i of [1, 2, 3, 4, 5]) socket.write(`GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await came;
  open.get("/2")?.writeHead(202).end(); // waits for the first
  open.get("/1")?.end("one");
  open.get("/5")?.writeHead(204).end(); // never gets there
  while (!String(await once(socket, "data")).includes("202"));
  socket.destroy();
  await once(/** @type {import("node:http").ServerResponse} */ (open.get("/3")), "close");
  await watch.client.close();
  await again.client.close();
  app.close();
  await server.close();
  const told = server.entries.map(({ endpoint, statusCode, metadata }) => [endpoint, statusCode, metadata.aborted]);
  assert.deepEqual(told, [
    ["/first", 200, undefined],
    ["/1", 200, undefined],
    ["/2", 202, undefined],
    ["/3", undefined, true],
    ["/4", undefined, true],
    ["/5", 204, true],
  ]);
});
