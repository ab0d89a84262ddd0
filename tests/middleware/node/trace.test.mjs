/** Which request a log belongs to, where at first nothing asks for it. A file of its own: what is asked is asked in the whole process. */
import assert from "node:assert/strict";
import { Agent, createServer, get } from "node:http";
import { after, test } from "node:test";
import spectrix from "../../../middleware/node/spectrix.js";
import { FaultServer } from "../faults.mjs";

const server = await FaultServer.start();
const watch = spectrix({ apiKey: "k", baseUrl: server.baseUrl, interval: 0 });
const home = /** @type {any} */ (globalThis)[Symbol.for("spectrix.shared.v1")];
const turns = async () => {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
};
const handler = watch.wrap(async (req, res) => {
  if (req.url === "/at-once") watch.client.info("at once");
  await turns();
  if (req.url !== "/silent") watch.client.info("later");
  res.end();
});
const app = createServer((req, res) => {
  if (req.url !== "/unwatched") return handler(req, res);
  watch.client.info("unwatched");
  res.end();
}).listen(0, "127.0.0.1");
await new Promise((resolve) => app.once("listening", resolve));
const agent = new Agent({ keepAlive: true, maxSockets: 1 }); // one connection, which is one of Node's async resources

after(async () => {
  agent.destroy();
  app.close();
  await watch.client.close();
  await server.close();
});

/** @param {string} path */
async function asked(path) {
  const { port } = /** @type {import("node:net").AddressInfo} */ (app.address());
  const options = { port, path, agent, headers: { "x-request-id": `id-of${path}` } };
  await new Promise((resolve) => get(options, (response) => response.resume().on("end", resolve)));
}

/** Requests without a log, until they have no context any more. */
async function silence() {
  Object.assign(home, { asked: false, followed: 0 });
  for (let i = 0; i <= 1000; i++) handler(/** @type {any} */ ({ headers: {}, url: "/silent" }), /** @type {any} */ ({ on() {}, end() {} }));
  await turns();
}

/** @returns {(string | undefined)[][]} what was logged, and to which request it belongs */
function logged() {
  return server.entries.filter(({ method }) => method === undefined).map(({ message, metadata }) => [message, metadata?.requestId]);
}

test("from the first request on, logs have their request, though nothing has asked before", async () => {
  assert.equal(home.asked, false);
  await asked("/later");
  await watch.client.flush();
  assert.deepEqual(logged(), [["later", "id-of/later"]]);
});

test("a thousand requests without a log are enough to spare the app the contexts", async () => {
  await silence();
  assert.deepEqual([home.following, home.traces.enabled], [false, false]);
  server.entries.length = 0;
});

test("the first log has its request then, also what follows from it; the next connection's do, and nothing else", async () => {
  for (const path of ["/at-once", "/unwatched", "/later"]) await asked(path);
  await watch.client.flush();
  assert.deepEqual(logged(), [
    ["at once", "id-of/at-once"],
    ["later", "id-of/at-once"],
    ["unwatched", undefined],
    ["later", "id-of/later"],
  ]);
});

test("only what waited already when the first log came belongs to none", async () => {
  await silence();
  await watch.client.flush();
  await silence();
  server.entries.length = 0;
  for (const path of ["/later", "/later"]) await asked(path);
  await watch.client.flush();
  assert.deepEqual(logged(), [["later", undefined], ["later", "id-of/later"]]);
});
