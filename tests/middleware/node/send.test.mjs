/** What goes over the wire, against real servers. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  cleanups.push(() => (server.closeAllConnections(), server.close()));
  return { server, url: `http://127.0.0.1:${/** @type {any} */ (server.address()).port}/ingest` };
}

/** @param {(socket: import("node:net").Socket, body: string) => void} answer writes to each request what it likes */
async function speaking(answer) {
  /** @type {import("node:net").Socket[]} */
  const sockets = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    let got = "";
    socket.on("error", () => undefined).on("data", (part) => {
      got += part;
      const end = got.indexOf("\r\n\r\n");
      if (end < 0 || !got.endsWith("{}")) return;
      const body = got.slice(end + 4);
      got = "";
      answer(socket, body);
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  cleanups.push(() => (sockets.forEach((socket) => socket.destroy()), server.close()));
  return { url: `http://127.0.0.1:${/** @type {any} */ (server.address()).port}/ingest`, connections: () => sockets.length };
}

const sending = (body = "{}", signal = new AbortController().signal) => ({ headers: { "X-Name": "value" }, body, signal });

test("a POST with its headers and the length of its bytes; the answer whole", async () => {
  /** @type {any} */
  let seen;
  const { url } = await serving(async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    seen = { method: request.method, url: request.url, name: request.headers["x-name"], length: request.headers["content-length"], body };
    response.writeHead(429, { "retry-after": "7" }).end("später");
  });
  assert.deepEqual(await send(url, sending('{"é":1}')), { status: 429, retryAfter: "7", body: "später" });
  assert.deepEqual(seen, { method: "POST", url: "/ingest", name: "value", length: "8", body: '{"é":1}' });
});

test("one connection for many", async () => {
  const { server, url } = await serving((request, response) => void request.resume().on("end", () => response.end("{}")));
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

const OK = "HTTP/1.1 200 OK\r\n";

for (const [name, answer, status, body] of /** @type {[string, string, number, string][]} */ ([
  ["a length", `${OK}Content-Length: 5\r\n\r\nhello`, 200, "hello"],
  ["chunks", `${OK}transfer-encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n, 12345678\r\n0\r\n\r\n`, 200, "hello, 12345678"],
  ["a trailer", `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n`, 200, "hi"],
  ["no body", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""],
  ["an announcement before it", `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 429\r\nContent-Length: 2\r\n\r\n{}`, 429, "{}"],
])) {
  test(`an answer with ${name} is read however it is cut, and its connection serves on`, async () => {
    let cut = 1;
    const { url, connections } = await speaking(async (socket) => {
      for (let at = 0; at < answer.length; at += cut) {
        socket.write(answer.slice(at, at + cut));
        await new Promise((resolve) => setImmediate(resolve));
      }
      cut *= 7;
    });
    for (let i = 0; i < 4; i++) assert.deepEqual(await send(url, sending()), { status, retryAfter: null, body });
    assert.equal(connections(), 1);
  });
}

for (const [name, answer, body] of [
  ["says that it closes", `${OK}Connection: close\r\nContent-Length: 2\r\n\r\n{}`, "{}"],
  ["is of HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", "{}"],
  ["goes on behind its end", `${OK}Content-Length: 2\r\n\r\n{}{}`, "{}"],
]) {
  test(`an answer that ${name} is the connection's last`, async () => {
    const { url, connections } = await speaking((socket) => void socket.write(answer));
    for (let i = 0; i < 3; i++) assert.equal((await send(url, sending())).body, body);
    assert.equal(connections(), 3);
  });
}

test("an answer without a length goes until the connection ends", async () => {
  const { url } = await speaking((socket) => void socket.end(`${OK}\r\nall of it`));
  assert.equal((await send(url, sending())).body, "all of it");
});

for (const garbage of ["SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 fine\r\n\r\n", `${OK}X: ${"x".repeat(70_000)}`]) {
  test(`what is no answer of HTTP is told at once: ${JSON.stringify(garbage.slice(0, 20))}`, async () => {
    const { url } = await speaking((socket) => void socket.write(garbage));
    await assert.rejects(send(url, sending()), /no answer of HTTP/);
  });
}

test("requests at once have a connection each; one of them is kept", async () => {
  const { url, connections } = await speaking((socket, body) => void socket.write(`${OK}Content-Length: ${body.length}\r\n\r\n${body}`));
  const bodies = ["1{}", "22{}", "333{}"];
  const answers = await Promise.all(bodies.map((body) => send(url, sending(body))));
  assert.deepEqual(answers.map(({ body }) => body), bodies);
  await send(url, sending());
  assert.equal(connections(), 3);
});

test("over TLS a server is asked by its name, and trusted only with a certificate", async () => {
  const { url } = await serving(() => undefined);
  await assert.rejects(send(url.replace("http:", "https:"), sending()), /SSL|wrong version|packet length/i);
  /** @type {unknown[]} */
  const names = [];
  const server = createSecureServer({ SNICallback: (name, done) => (names.push(name), done(new Error("no certificate"))) }).listen(0, "127.0.0.1");
  server.on("tlsClientError", () => undefined);
  await new Promise((resolve) => server.once("listening", resolve));
  cleanups.push(() => server.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await assert.rejects(send(`https://localhost:${port}/`, sending()));
  await assert.rejects(send(`https://127.0.0.1:${port}/`, sending()));
  assert.deepEqual(names, ["localhost"]);
});

const directory = await mkdtemp(join(tmpdir(), "spectrix-"));
cleanups.push(() => rm(directory, { recursive: true }));
const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(directory, name));
const made = spawnSync("openssl", [..."req -x509 -nodes -newkey rsa:2048 -days 1 -subj /CN=localhost -keyout".split(" "), key, "-out", cert]);

test("over TLS there is one connection for many, too", { skip: made.status !== 0 && "no openssl" }, async () => {
  const server = createSecureServer({ key: await readFile(key), cert: await readFile(cert) }, async (request, response) => {
    let bytes = 0;
    for await (const part of request) bytes += part.length;
    response.end(String(bytes));
  }).listen(0, "127.0.0.1");
  let connections = 0;
  server.on("secureConnection", () => connections++);
  await new Promise((resolve) => server.once("listening", resolve));
  cleanups.push(() => (server.closeAllConnections(), server.close()));
  const url = `https://localhost:${/** @type {any} */ (server.address()).port}/`;
  await assert.rejects(send(url, sending()), /self-signed certificate/);
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  for (const count of [300_000, 1, 2]) assert.equal((await send(url, sending("é".repeat(count)))).body, String(2 * count));
  delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
  assert.equal(connections, 1);
});
