/** The same app in each framework, from npm: what its requests, logs and errors become. */
import assert from "node:assert/strict";
import { createServer, IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { after, test } from "node:test";
import { createAdaptorServer } from "@hono/node-server";
import KoaRouter from "@koa/router";
import express4 from "express4";
import express5 from "express5";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import spectrix from "../../../middleware/node/spectrix.js";
import { FaultServer } from "../faults.mjs";

/** @typedef {import("../../../middleware/node/spectrix.js").Spectrix} Spectrix */
/** @typedef {{address: string, close: () => unknown}} Running */
/** Answers /users/:id with 200 behind two manual logs, POST /echo with its body behind one, /boom by throwing. */
/** @typedef {(watch: Spectrix) => Promise<Running>} App */

/** @type {(() => unknown)[]} */
const cleanups = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

const later = () => new Promise((resolve) => setImmediate(resolve));

/** @param {import("node:http").Server} server @returns {Promise<Running>} */
async function listening(server) {
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `http://127.0.0.1:${port}`, close };
}

/** @param {any} express @returns {App} */
const express = (express) => async (watch) => {
  const app = express().set("env", "test"); // its own error handler writes to stderr otherwise
  app.use(watch);
  app.use(express.json());
  app.get("/users/:id", async (/** @type {any} */ _req, /** @type {any} */ res) => {
    watch.client.info("looking");
    await later();
    watch.client.info("found");
    res.json({});
  });
  const router = express.Router();
  router.post("/echo", (/** @type {any} */ req, /** @type {any} */ res) => {
    watch.client.info("read");
    res.json(req.body);
  });
  app.use("/", router);
  app.get("/boom", () => {
    throw new TypeError("boom");
  });
  return listening(createServer(app));
};

/** @type {Record<string, App>} */
const apps = {
  "Express 4": express(express4),
  "Express 5": express(express5),
  Fastify: async (watch) => {
    const app = fastify();
    app.register(watch.fastify);
    app.get("/users/:id", async () => {
      watch.client.info("looking");
      await later();
      watch.client.info("found");
      return {};
    });
    app.post("/echo", async (request) => {
      watch.client.info("read");
      return request.body;
    });
    app.get("/boom", async () => {
      throw new TypeError("boom");
    });
    const address = await app.listen({ port: 0, host: "127.0.0.1" });
    return { address, close: () => app.close() };
  },
  Koa: async (watch) => {
    const app = new Koa();
    app.silent = true;
    app.use(watch.koa);
    const router = new KoaRouter();
    router.get("/users/:id", async (context) => {
      watch.client.info("looking");
      await later();
      watch.client.info("found");
      context.body = {};
    });
    router.post("/echo", async (context) => {
      let text = "";
      for await (const part of context.req) text += part;
      watch.client.info("read");
      context.body = JSON.parse(text);
    });
    router.get("/boom", () => {
      throw new TypeError("boom");
    });
    app.use(router.routes());
    return listening(createServer(app.callback()));
  },
  Hono: async (watch) => {
    const app = new Hono();
    app.use(/** @type {any} */ (watch.hono));
    app.get("/users/:id", async (context) => {
      watch.client.info("looking");
      await later();
      watch.client.info("found");
      return context.json({});
    });
    app.post("/echo", async (context) => {
      const body = await context.req.json();
      watch.client.info("read");
      return context.json(body);
    });
    app.get("/boom", () => {
      throw new TypeError("boom");
    });
    app.onError((_error, context) => context.text("sorry", 500));
    return listening(/** @type {import("node:http").Server} */ (createAdaptorServer({ fetch: app.fetch })));
  },
  http: async (watch) =>
    listening(
      createServer(
        watch.wrap(async (req, res) => {
          try {
            if (req.url === "/users/42") {
              watch.client.info("looking");
              await later();
              watch.client.info("found");
              res.end("{}");
            } else if (req.url === "/echo") {
              let text = "";
              for await (const part of req) text += part;
              watch.client.info("read");
              res.end(text);
            } else if (req.url === "/boom") {
              throw new TypeError("boom");
            } else {
              res.writeHead(404).end();
            }
          } catch (error) {
            watch.client.recordError(error);
            res.writeHead(500).end();
          }
        }),
      ),
    ),
};

/** @param {App} start @param {object} [options] */
async function running(start, options) {
  const server = await FaultServer.start();
  const watch = spectrix({ apiKey: "k", baseUrl: server.baseUrl, interval: 0, ...options });
  const app = await start(watch);
  cleanups.push(() => server.close());
  cleanups.push(() => watch.client.close());
  cleanups.push(app.close);
  return { server, watch, ...app };
}

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

for (const [name, start] of Object.entries(apps)) {
  const routed = name === "http" ? undefined : "/users/:id";

  test(`${name}: a request is one entry, and its logs belong to it`, async () => {
    const { server, address } = await running(start);
    const headers = { "x-request-id": "req-42", traceparent: `00-${TRACE}-${PARENT}-01`, "user-agent": "test" };
    const answer = await fetch(`${address}/users/42`, { headers });
    assert.equal(answer.status, 200);
    await answer.text();
    const entries = await server.taken(3);
    assert.deepEqual(
      entries.map(({ message }) => message),
      ["looking", "found", "GET /users/42"],
    );
    for (const { metadata } of entries) assert.deepEqual([metadata.requestId, metadata.traceId], ["req-42", TRACE]);
    const { level, endpoint, method, statusCode, source, metadata } = entries[2];
    assert.deepEqual([level, endpoint, method, statusCode, source], ["info", "/users/42", "GET", 200, "node-app"]);
    assert.deepEqual([metadata.route, metadata.userAgent, metadata.ip], [routed, "test", undefined]);
    assert.ok(metadata.duration > 0 && metadata.duration < 5000);
  });

  test(`${name}: requests at once keep their logs apart, also behind a body`, async () => {
    const { server, address } = await running(start);
    const post = (/** @type {number} */ i) =>
      fetch(`${address}/echo`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-request-id": `req-${i}` },
        body: JSON.stringify({ i, text: "x".repeat(100_000 * (i % 2)) }),
      });
    const answers = await Promise.all(Array.from({ length: 8 }, async (_, i) => (await post(i)).json()));
    assert.deepEqual(
      answers.map((/** @type {any} */ { i }) => i),
      [0, 1, 2, 3, 4, 5, 6, 7],
    );
    const entries = await server.taken(16);
    const ids = (/** @type {string} */ message) =>
      entries
        .filter((entry) => entry.message === message)
        .map((entry) => entry.metadata.requestId)
        .sort();
    const expected = Array.from({ length: 8 }, (_, i) => `req-${i}`);
    assert.deepEqual(ids("read"), expected);
    assert.deepEqual(ids("POST /echo"), expected);
  });

  test(`${name}: an error that the app does not catch is an error entry of its request`, async () => {
    const { server, address } = await running(start);
    const answer = await fetch(`${address}/boom`);
    assert.equal(answer.status, 500);
    await answer.text();
    const [error, request] = (await server.taken(2)).sort((one) => (one.statusCode ? 1 : -1));
    assert.deepEqual([error.level, error.message], ["error", "TypeError: boom"]);
    assert.deepEqual([error.metadata.error.name, error.metadata.error.message], ["TypeError", "boom"]);
    assert.match(error.metadata.error.stack, /frameworks\.test\.mjs/);
    assert.deepEqual([request.level, request.statusCode], ["error", 500]);
    assert.equal(error.metadata.requestId, request.metadata.requestId);
    assert.equal(request.metadata.error, "TypeError: boom");
    assert.match(request.metadata.requestId, /^[0-9a-f]{32}$/);
  });

  test(`${name}: a page that is not there is a warning, without a template`, async () => {
    const { server, address } = await running(start);
    await fetch(`${address}/none?x=1`, { method: "DELETE" });
    const [entry] = await server.taken(1);
    assert.deepEqual([entry.level, entry.message, entry.statusCode], ["warn", "DELETE /none", 404]);
    assert.equal(entry.metadata.route, undefined);
  });

  test(`${name}: without a server behind it, the app serves as before`, async () => {
    const away = await FaultServer.start();
    const { baseUrl } = away;
    await away.close();
    const { address, watch } = await running(start, { baseUrl });
    watch.client.close({ timeout: 0 });
    for (let i = 0; i < 3; i++) assert.equal((await fetch(`${address}/users/42`)).status, 200);
  });
}

for (const [name, version] of /** @type {[string, any][]} */ ([
  ["Express 4", express4],
  ["Express 5", express5],
])) {
  test(`${name}: an error is noted once, by whichever handler; one that answers a bad request is none`, async () => {
    const { server, address } = await running(async (watch) => {
      const app = version();
      app.use(watch, version.json());
      app.get("/boom", () => {
        throw new RangeError("boom");
      });
      app.post("/echo", (/** @type {any} */ _req, /** @type {any} */ res) => res.end());
      app.use(watch.errors);
      app.use((/** @type {any} */ error, /** @type {any} */ _req, /** @type {any} */ res, /** @type {any} */ _next) => {
        res.status(error.status ?? 500).end();
      });
      return listening(createServer(app));
    });
    await fetch(`${address}/boom`);
    await fetch(`${address}/echo`, { method: "POST", headers: { "content-type": "application/json" }, body: "{" });
    const entries = await server.taken(3);
    assert.deepEqual(
      entries.map(({ message }) => message),
      ["RangeError: boom", "GET /boom", "POST /echo"],
    );
  });

  test(`${name}: on a route alone and in a router, the template is whole`, async () => {
    const { server, address } = await running(async (watch) => {
      const router = version.Router();
      router.get("/items/:item", watch, (/** @type {any} */ _req, /** @type {any} */ res) => res.json({}));
      return listening(createServer(version().use("/shop", router)));
    });
    await fetch(`${address}/shop/items/7?full=1`);
    await fetch(`${address}/other`);
    await fetch(`${address}/shop/items/8`);
    const entries = await server.taken(2);
    assert.deepEqual(
      entries.map(({ endpoint }) => endpoint),
      ["/shop/items/7", "/shop/items/8"],
    );
    assert.deepEqual(
      entries.map(({ metadata }) => metadata.route),
      ["/shop/items/:item", "/shop/items/:item"],
    );
  });
}

test("mounted twice in any framework, a request is one entry", async () => {
  /** @type {App[]} */
  const twice = [
    async (watch) => {
      const app = fastify();
      app
        .register(watch.fastify)
        .register(watch.fastify)
        .get("/", async () => "");
      return { address: await app.listen({ port: 0, host: "127.0.0.1" }), close: () => app.close() };
    },
    async (watch) => listening(createServer(new Koa().use(watch.koa).use(watch.koa).callback())),
    async (watch) => {
      const app = new Hono()
        .use(watch.hono)
        .use(watch.hono)
        .get("/", (context) => context.text(""));
      return listening(/** @type {import("node:http").Server} */ (createAdaptorServer({ fetch: app.fetch })));
    },
    async (watch) => listening(createServer(watch.wrap(watch.wrap((_req, res) => void res.end())))),
  ];
  for (const start of twice) {
    const { server, watch, address } = await running(start);
    await (await fetch(address)).text();
    await later();
    await watch.client.close();
    assert.deepEqual(
      server.entries.map(({ message }) => message),
      ["GET /"],
    );
  }
});

test("http: what a handler throws is noted, and thrown on as before", async () => {
  const server = await FaultServer.start();
  cleanups.push(() => server.close());
  const { client, wrap } = spectrix({ apiKey: "k", baseUrl: server.baseUrl });
  const boom = new Error("boom");
  const handler = wrap(() => {
    throw boom;
  });
  const request = /** @type {any} */ ({ headers: {}, url: "/", method: "GET" });
  assert.throws(() => handler(request, /** @type {any} */ ({ on: () => undefined })), boom);
  await client.close();
  assert.equal(server.entries[0].message, "Error: boom");
});

test("Fastify: inject works, and its requests are logged", async () => {
  const server = await FaultServer.start();
  const { client, fastify: plugin } = spectrix({ apiKey: "k", baseUrl: server.baseUrl });
  cleanups.push(() => server.close());
  const app = fastify();
  app.register(plugin).get("/users/:id", async () => ({}));
  assert.equal((await app.inject("/users/1")).statusCode, 200);
  await later();
  await app.close();
  await client.close();
  assert.deepEqual(
    server.entries.map(({ message }) => message),
    ["GET /users/1"],
  );
});

for (const [name, version] of /** @type {const} */ ([
  ["Express 4", express4],
  ["Express 5", express5],
])) {
  test(`case 10: ${name}: a route is whole and without values, however routers are mounted`, async () => {
    const { watch, server, address } = await running(async (watch) => {
      const app = version().set("env", "test").use(watch);
      const [orders, inner, part] = [version.Router({ mergeParams: true }), version.Router(), version()];
      const done = (/** @type {any} */ _req, /** @type {any} */ res) => res.json({});
      orders.get("/orders/:id", done);
      orders.get("/boom/:id", () => {
        throw new TypeError("boom");
      });
      inner.get("/same/:id", done);
      orders.use("/:same/tenants", inner);
      part.get("/in/:id", done);
      app.use("/tenants/:tenant", orders);
      app.use(["/a", "/b"], inner);
      app.use("/part/:of", part);
      app.use((/** @type {any} */ _e, /** @type {any} */ _req, /** @type {any} */ res, /** @type {any} */ _next) =>
        res.status(500).end(),
      );
      return listening(createServer(app));
    });
    const paths = [
      ["/tenants/acme/orders/7?a=/b", "/tenants/:tenant/orders/:id"],
      ["/tenants/glo%20bex/orders/7", "/tenants/:tenant/orders/:id"],
      ["/tenants/tenants/orders/7", "/tenants/:tenant/orders/:id"],
      ["/tenants/acme/boom/7", "/tenants/:tenant/boom/:id"],
      ["/tenants/acme/acme/tenants/same/7", "/tenants/:tenant/:same/tenants/same/:id"],
      ["/a/same/7", "/a/same/:id"],
      ["/b/same/7", "/b/same/:id"],
      ["/part/one/in/7", "/part/:of/in/:id"],
    ];
    for (const [path] of paths) await (await fetch(address + path)).text();
    await watch.client.flush();
    const routes = server.entries.filter(({ endpoint }) => endpoint).map(({ metadata }) => metadata.route);
    assert.deepEqual(
      routes,
      paths.map(([, route]) => route),
    );
  });

  test(`case 11: ${name}: a response that Node did not announce is through when it says so`, async () => {
    const { watch, server } = await running(async () => ({ address: "", close: () => {} }));
    const app = /** @type {any} */ (version().use(watch));
    app.get("/u/:id", (/** @type {any} */ _req, /** @type {any} */ res) => res.json({}));
    app.get("/left", () => {});
    /** @param {string} url @param {(res: ServerResponse) => void} end @param {Record<string, string>} [headers] */
    const asked = (url, end, headers = {}) => {
      const req = Object.assign(new IncomingMessage(new Socket()), { url, method: "GET", headers });
      const res = new ServerResponse(req);
      app(req, res);
      end(res);
    };
    asked("/u/1", (res) => res.emit("finish"));
    asked("/u/2", (res) => res.emit("close"));
    asked("/left", (res) => res.emit("close"));
    asked("/left", (res) => res.emit("close"), { upgrade: "websocket" });
    await watch.client.flush();
    const told = server.entries.map(({ message, level, statusCode, metadata }) => {
      return [message, level, statusCode, metadata.aborted];
    });
    assert.deepEqual(told, [
      ["GET /u/1", "info", 200, undefined],
      ["GET /u/2", "info", 200, undefined],
      ["GET /left", "warn", undefined, true],
      ["GET /left", "info", 101, undefined],
    ]);
  });
}

test("an app adds to its request's one entry, and is followed to the next service", async () => {
  /** @type {string[]} */
  const sent = [];
  const { server, watch, address } = await running(async (watch) =>
    listening(
      createServer(
        watch.wrap(async (_req, res) => {
          watch.client.set({ user: 7, duration: "mine", token: "secret" });
          await later();
          watch.client.set({ plan: "pro", big: 1n });
          sent.push(watch.client.traceHeaders().traceparent, watch.client.traceHeaders().traceparent);
          res.end();
        }),
      ),
    ),
  );
  watch.client.set({ user: 8 }); // outside of a request: nothing
  await (await fetch(address)).text();
  const [traceparent = "", another = ""] = sent;
  await (await fetch(address, { headers: { traceparent } })).text();
  const [first, second] = (await server.taken(2)).map(({ metadata }) => metadata);
  const { user, plan, token, _duration, big } = first;
  assert.deepEqual([user, plan, token, _duration, big], [7, "pro", "[redacted]", "mine", "1"]);
  assert.equal(typeof first.duration, "number");
  assert.match(traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assert.deepEqual([first.traceId, second.traceId], [traceparent.slice(3, 35), traceparent.slice(3, 35)]);
  assert.equal(second.requestId, traceparent.slice(36, 52));
  assert.notEqual(second.requestId, another.slice(36, 52));
});
