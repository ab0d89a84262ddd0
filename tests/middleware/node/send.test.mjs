/** What goes over the wire, against real servers. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { source } from "./support.mjs";

const { send } = await source("send");

/** @type {(() => unknown)[]} */
const cleanups = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

/** @param {import("node:http").RequestListener} handler */
async function serving(handler) {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, url: `http://127.0.0.1:${/** @type {any} */ (server.address()).port}/ingest` };
}

const sending = (body = "{}", signal = new AbortController().signal) => {
  return { headers: { "X-Name": "value" }, body, signal };
};

test("a POST with its headers and the length of its bytes; the answer whole", async () => {
  /** @type {any} */
  let seen;
  const { url } = await serving(async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    const { method, url, headers } = request;
    seen = { method, url, name: headers["x-name"], length: headers["content-length"], body };
    response.writeHead(429, { "retry-after": "7" }).end("später");
  });
  assert.deepEqual(await send(url, sending('{"é":1}')), { status: 429, retryAfter: "7", body: "später" });
  assert.deepEqual(seen, { method: "POST", url: "/ingest", name: "value", length: "8", body: '{"é":1}' });
});

test("one connection for many", async () => {
  const { server, url } = await serving((request, response) => {
    request.resume().on("end", () => response.end("{}"));
  });
  let connections = 0;
  server.on("connection", () => connections++);
  for (let i = 0; i < 5; i++) await send(url, sending());
  assert.equal(connections, 1);
});

test("a connection that the server closed while idle costs no attempt", async () => {
  let count = 0;
  const { url } = await serving((request, response) => {
    count++;
    if (count === 2) request.socket.resetAndDestroy();
    else request.resume().on("end", () => response.end("{}"));
  });
  await send(url, sending());
  assert.equal((await send(url, sending())).status, 200);
  assert.equal(count, 3);
});

test("a new connection that breaks is told, as is an address that can't be used", async () => {
  const { url } = await serving((request) => void request.socket.resetAndDestroy());
  await assert.rejects(send(url, sending()), /socket hang up|ECONNRESET/);
  await assert.rejects(send("no address", sending()), /Invalid URL/);
  await assert.rejects(send("ftp://127.0.0.1/", sending()), /Protocol "ftp:" not supported/);
});

test("a body that is cut off or never ends is as much of it as came", async () => {
  const { url: cut } = await serving((_request, response) => {
    response.writeHead(200, { "content-length": "100" }).write("begin", () => response.socket?.resetAndDestroy());
  });
  assert.equal((await send(cut, sending())).status, 200);
  const { url: endless } = await serving((_request, response) => {
    const more = () => void (response.write(" ".repeat(10_000)) ? setImmediate(more) : response.once("drain", more));
    response.on("error", () => undefined);
    more();
  });
  const { status, body } = await send(endless, sending());
  assert.equal(status, 200);
  assert.ok(body.length > 65_536 && body.length < 10_000_000);
});

test("an abort ends it, with its reason, before and behind the status", async () => {
  const { url: silent } = await serving(() => undefined);
  const abort = new AbortController();
  const answer = send(silent, sending("{}", abort.signal));
  abort.abort(new Error("late"));
  await assert.rejects(answer, /^Error: late$/);

  const behind = new AbortController();
  const { url: begun } = await serving((_request, response) => {
    response.writeHead(200).write("{", () => setImmediate(() => behind.abort(new Error("late"))));
  });
  const [outcome] = await Promise.allSettled([send(begun, sending("{}", behind.signal))]);
  assert.ok(outcome.status === "rejected" ? outcome.reason.message === "late" : outcome.value.status === 200);
});
