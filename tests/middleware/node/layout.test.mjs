/** Express's requests have one hidden class where they are laid out, and are otherwise what they were. */
import assert from "node:assert/strict";
import { createServer, IncomingMessage } from "node:http";
import { after, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import express4 from "express4";
import express5 from "express5";
import spectrix from "../../../middleware/node/spectrix.js";
import { FaultServer } from "../faults.mjs";

/** @typedef {{req: any, res: any, next: () => void}} Held */

/** @type {(() => unknown)[]} */
const cleanups = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

setFlagsFromString("--allow-natives-syntax");
/** @type {(one: object, other: object) => boolean} */
const sameClass = /** @type {any} */ (new Function("one", "other", "return %HaveSameMap(one, other)"));
setFlagsFromString("--no-allow-natives-syntax");

async function watching() {
  const server = await FaultServer.start();
  const watch = spectrix({ apiKey: "k", baseUrl: server.baseUrl });
  cleanups.push(() => server.close(), () => watch.client.close());
  return { server, watch };
}

/** @param {import("node:http").Server} server */
async function address(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  cleanups.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`;
}

/** @param {string} url @param {Held[]} held @returns {Promise<Held[]>} two requests at the same point of their way, let go then */
async function two(url, held) {
  const answers = Promise.all([fetch(url), fetch(url)]);
  while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));
  const [one, other] = /** @type {[Held, Held]} */ (held.splice(0));
  const same = [sameClass(one.req, other.req), sameClass(one.res, other.res)];
  one.next();
  other.next();
  await answers;
  return /** @type {any} */ (same);
}

for (const [name, version] of /** @type {[string, any][]} */ ([["Express 4", express4], ["Express 5", express5]])) {
  test(`${name}: where it is watched, all requests have one hidden class; where it isn't, each has its own`, async () => {
    const { watch } = await watching();
    for (const watched of [false, true]) {
      /** @type {Held[]} */
      const held = [];
      const app = version();
      if (watched) app.use(watch);
      app.get("/items/:id", (/** @type {any} */ req, /** @type {any} */ res) => {
        if (req.params.id === "first") res.end();
        else held.push({ req, res, next: () => res.end() });
      });
      const url = await address(createServer(app));
      await fetch(`${url}/items/first`);
      assert.deepEqual(await two(`${url}/items/7`, held), [watched, watched]);
    }
  });

  test(`${name}: an app sees the same in its requests, watched or not`, async () => {
    const { watch } = await watching();
    const seen = [];
    for (const watched of [false, true]) {
      const app = version();
      const look = (/** @type {any} */ req, /** @type {any} */ res) => {
        const { baseUrl, originalUrl, url, params, route } = req;
        const values = { baseUrl, originalUrl, url, params: { ...params }, route: route?.path, next: typeof req.next };
        return { ...values, locals: { ...res.locals }, parsed: req._parsedUrl?.pathname };
      };
      if (watched) app.use(watch);
      app.use((/** @type {any} */ req, /** @type {any} */ res, /** @type {any} */ next) => ((res.locals.early = look(req, res)), next()));
      const router = version.Router().get("/items/:id", (/** @type {any} */ req, /** @type {any} */ res) => res.json(look(req, res)));
      app.use("/shop", router);
      app.use((/** @type {any} */ req, /** @type {any} */ res) => res.status(404).json(look(req, res)));
      const url = await address(createServer(app));
      const texts = [];
      for (const path of ["/shop/items/1", "/shop/items/2?x=1", "/none", "/shop/none"]) texts.push(await (await fetch(url + path)).text());
      seen.push(texts);
    }
    assert.deepEqual(seen[0], seen[1]);
  });

  test(`${name}: what an app defines itself is as it would be unwatched`, async () => {
    const { watch } = await watching();
    const seen = [];
    for (const watched of [false, true]) {
      const app = version();
      Object.defineProperty(app.request, "params", { configurable: true, get: () => ({ own: true }), set: () => undefined });
      if (watched) app.use(watch);
      app.use((/** @type {any} */ req, /** @type {any} */ res) => res.json([req.params, Object.hasOwn(req, "params"), Object.hasOwn(req, "route")]));
      const url = await address(createServer(app));
      seen.push([await (await fetch(url)).json(), await (await fetch(url)).json()]);
    }
    assert.deepEqual(seen[0], seen[1]);
  });
}

test("what is there before the app is kept; a server of something else is left as it is", async () => {
  const { watch } = await watching();
  class Own extends IncomingMessage {
    originalUrl = "/own";
    locals = "own";
  }
  const app = express5();
  app.use(watch).use((/** @type {any} */ req, /** @type {any} */ res) => res.json([req.originalUrl, req.locals]));
  const own = await address(createServer({ IncomingMessage: /** @type {any} */ (Own) }, app));
  for (let i = 0; i < 2; i++) assert.deepEqual(await (await fetch(own)).json(), ["/own", "own"]);

  const plain = await address(createServer(watch.wrap((req, res) => void res.end(JSON.stringify(["next" in req, "locals" in res])))));
  for (let i = 0; i < 2; i++) assert.deepEqual(await (await fetch(plain)).json(), [false, false]);
});
