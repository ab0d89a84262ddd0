/** NestJS, which answers errors itself: what its controllers throw, under the middleware for Express. */
import "reflect-metadata";
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { BadRequestException, Controller, Get, Module, ServiceUnavailableException } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import spectrix from "../../../middleware/node/spectrix.js";
import { FaultServer } from "../faults.mjs";

class Orders {
  async failed() {
    throw new RangeError("no such order");
  }

  unavailable() {
    throw new ServiceUnavailableException("the bank is away");
  }

  refused() {
    throw new BadRequestException("not a number");
  }

  found() {
    return { id: 7 };
  }
}

/** Decorators by hand: this file is not compiled. @param {string} name @param {string} path */
function get(name, path) {
  const descriptor = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(Orders.prototype, name));
  Get(path)(Orders.prototype, name, descriptor);
}

Controller("orders")(Orders);
get("failed", ":id/failed");
get("unavailable", ":id/unavailable");
get("refused", ":id/refused");
get("found", ":id");

class App {}
Module({ controllers: [Orders] })(App);

const server = await FaultServer.start();
const watch = spectrix({ apiKey: "k", baseUrl: server.baseUrl, interval: 600_000 });
const app = await NestFactory.create(App, { logger: false });
app.use(watch);
await app.listen(0, "127.0.0.1");
after(async () => {
  await app.close();
  await watch.client.close();
  await server.close();
});

test("what a controller throws is an error entry of its request, and answered as before", async () => {
  for (const [path, status] of /** @type {const} */ ([
    ["7/failed", 500],
    ["8/unavailable", 503],
    ["9/refused", 400],
    ["10", 200],
    ["11/failed", 500],
  ])) {
    const answer = await fetch(`${await app.getUrl()}/orders/${path}`);
    assert.equal(answer.status, status);
    await answer.text();
  }
  await watch.client.flush();
  const [failed, request, away, unavailable, refused, found, ...more] = server.entries;
  assert.deepEqual([failed.level, failed.message], ["error", "RangeError: no such order"]);
  assert.match(failed.metadata.error.stack, /nest\.test\.mjs/);
  assert.equal(failed.metadata.requestId, request.metadata.requestId);
  assert.deepEqual([request.message, request.statusCode], ["GET /orders/7/failed", 500]);
  assert.deepEqual([request.metadata.route, request.metadata.error], ["/orders/:id/failed", failed.message]);
  assert.equal(away.metadata.requestId, unavailable.metadata.requestId);
  assert.deepEqual([refused.level, refused.metadata.error], ["warn", undefined]);
  assert.equal(found.level, "info");
  assert.deepEqual(
    more.map(({ message }) => message),
    ["RangeError: no such order", "GET /orders/11/failed"],
  );
});
