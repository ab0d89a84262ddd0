/** Several services in one log: a colour and a name each, a session each, and none of one in the other's. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };

test("all services in one log, in the order of arrival", LIMIT, async (t) => {
  const server = await startServer(t);
  const page = await (await visitor(t)).signedIn(server);
  const operator = new Operator(page, server);
  const payments = await operator.service("Payments");
  const orders = await operator.service("Orders");
  for (let i = 1; i <= 3; i++) {
    await payments.producer.send({ level: "info", message: `payment ${i}` });
    await orders.producer.send({ level: i === 2 ? "error" : "info", message: `order ${i}` });
  }

  await page.goto(`${server.base}/#/services`);
  await page.getByRole("link", { name: "Watch all" }).click();
  const log = new Log(page);
  await log.live();
  await log.row("order 3").waitFor();
  const told = await log.grid.locator(".row:not([hidden]) .message").allTextContents();
  assert.deepEqual(told, ["payment 1", "order 1", "payment 2", "order 2", "payment 3", "order 3"]);
  await log.row("payment 2").getByText("Payments", { exact: true }).waitFor();

  const hues = await log.grid
    .locator(".row:not([hidden])")
    .evaluateAll((rows) => rows.map((row) => getComputedStyle(row, "::before").backgroundColor));
  assert.equal(new Set(hues).size, 2, "a colour each");

  await orders.producer.send({ level: "warn", message: "order 4" });
  await payments.producer.send({ level: "info", message: "payment 4" });
  await log.row("payment 4").waitFor();
  await log.row("order 4").waitFor();

  // What was written first stands first, whichever batch comes first: the clock of one is half a minute ahead.
  const now = Date.now();
  const at = (/** @type {number} */ milliseconds) => new Date(now + milliseconds).toISOString();
  await orders.producer.send({ level: "info", message: "effect", timestamp: at(-500 + 30_000) });
  await payments.producer.send({ level: "info", message: "cause", timestamp: at(-600) });
  await log.row("effect").waitFor();
  const order = await log.grid.locator(".row:not([hidden]) .message").allTextContents();
  assert.ok(order.indexOf("cause") < order.indexOf("effect"), order.join());
  await page.getByRole("button", { name: "Live" }).click();
  const held = page.getByRole("group", { name: "Order of time" });
  assert.equal(await held.getByRole("button", { name: "2 s" }).getAttribute("aria-pressed"), "true");
  await held.getByRole("button", { name: "Not held" }).click();
  await page.keyboard.press("Escape");

  // One session each, and each of its own service.
  for (const { id } of [payments, orders]) {
    const { sessions } = await operator.call("GET", `/services/${id}/sessions`);
    assert.deepEqual(
      sessions.map(({ kind, watchers }) => [kind, watchers]),
      [["operator", 1]],
    );
  }

  // In a table each has a line of its own, which is a press away from its own entries.
  for (const { producer } of [orders, payments]) await producer.send({ level: "error", message: "out of memory" });
  await page.getByRole("tab", { name: "Errors" }).click();
  const line = page.getByRole("table", { name: "Errors" }).getByRole("row", { name: /Orders.*out of memory/ });
  await line.getByRole("button", { name: "out of memory" }).first().click();
  await until("one row", async () => (await log.inSight()).length === 1, { told: () => log.inSight() });
  await log.row("out of memory").getByText("Orders", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Clear the filter" }).click();

  // A service is hidden by its facet, and the address keeps it.
  await page.getByTitle("Show Orders alone").click();
  await until("only orders", async () => (await log.row("payment").count()) === 0);
  await page.getByText("hides 6 of 12").waitFor();
  await page.reload();
  await log.row("order 4").waitFor();
  assert.equal(await log.row("payment").count(), 0);

  // One of them goes; the other goes on.
  await operator.call("DELETE", `/services/${payments.id}`);
  await orders.producer.send({ level: "info", message: "order 5" });
  await log.row("order 5").waitFor();
});

test("the server restarts under several streams, and nothing is lost or told twice", LIMIT, async (t) => {
  const server = await startServer(t);
  const somebody = await visitor(t);
  somebody.forgive(/net::ERR_|WebSocket connection to/);
  const page = await somebody.signedIn(server);
  const operator = new Operator(page, server);
  const services = [await operator.service("Payments"), await operator.service("Orders")];
  await page.goto(`${server.base}/#/all`);
  const log = new Log(page);
  await log.live();
  for (const { producer, name } of services) await producer.send({ level: "info", message: `${name} before` });
  await log.row("Orders before").waitFor();
  await server.kill();
  await server.start();
  await log.live();
  for (const { producer, name } of services) await producer.send({ level: "info", message: `${name} after` });
  await log.row("Payments after").waitFor();
  await log.row("Orders after").waitFor();
  for (const words of ["Payments before", "Orders before", "Payments after", "Orders after"])
    assert.equal(await log.row(words).count(), 1, words);
  assert.equal(await log.row(/gap: the server was restarted/).count(), 2, "each stream tells its own");
});

test("one request is one thing: all services in the order of time, and a chip leads back", LIMIT, async (t) => {
  const server = await startServer(t);
  const page = await (await visitor(t)).signedIn(server);
  const operator = new Operator(page, server);
  const shop = await operator.service("Shop");
  const pay = await operator.service("Pay");
  const now = Date.now() - 1000;
  const of = (/** @type {number} */ at, /** @type {object} */ fields, more = {}) => ({
    level: "info",
    timestamp: new Date(now + at).toISOString(),
    ...fields,
    metadata: { requestId: "r-42", ...more },
  });
  const failed = { error: { name: "PayError", message: "no funds" } };
  await shop.producer.send(
    of(400, { level: "error", message: "could not pay" }, failed),
    of(
      412,
      { level: "error", method: "POST", endpoint: "/pay", statusCode: 500, message: "POST /pay" },
      { duration: 412 },
    ),
    { level: "info", message: "something else" },
  );
  await pay.producer.send(of(350, { message: "charging" }));
  const log = new Log(page);
  await log.open(server.base, shop.id);
  await page.getByLabel("Filter by text").fill("pay");
  await log.row("/pay").last().click();
  await page.getByRole("button", { name: "This request" }).click();

  const table = page.getByRole("group", { name: "The request, in the order of time" }).getByRole("table");
  await table.getByRole("row", { name: /Pay.*charging/ }).waitFor();
  const rows = () =>
    table.getByRole("row").evaluateAll((all) => all.slice(1).map((row) => row.innerText.replace(/\s+/g, " ")));
  const told = await rows();
  assert.deepEqual(
    told.map((row) => /charging|could not pay|\/pay/.exec(row)?.[0]),
    ["charging", "could not pay", "/pay"],
  );
  await page.getByText("412 ms · 3 entries of 2 services · 2 failures").waitFor();
  await table.getByRole("button", { name: "charging" }).click();
  await page.getByRole("complementary", { name: "Entry" }).getByText("charging").first().waitFor();
  await page.getByRole("button", { name: /^Back to pay/ }).click();
  assert.equal(await page.getByLabel("Filter by text").inputValue(), "pay");

  // The exception and its 500 are one error.
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await page.getByRole("tab", { name: "Errors" }).click();
  const errors = page.getByRole("table", { name: "Errors" });
  await errors
    .getByRole("row", { name: /PayError.*no funds/ })
    .getByText("2 entries")
    .waitFor();
  assert.equal(await errors.locator("tbody tr").count(), 1);
});

test("of many services the most active are watched, or a chosen set; and they are a list", LIMIT, async (t) => {
  const server = await startServer(t);
  const page = await (await visitor(t)).signedIn(server);
  const operator = new Operator(page, server);
  for (let number = 10; number < 22; number++) await operator.call("POST", "/services", { name: `Idle ${number}` });
  const busy = await operator.service("Zebra");
  await busy.producer.send({ level: "error", message: "the busy one" });

  await page.goto(`${server.base}/#/services`);
  const lines = page.getByRole("group", { name: "Services" }).getByRole("row");
  await until("what fails to stand first", async () => /Zebra/.test(await lines.nth(1).innerText()));
  await page.getByRole("button", { name: "Service", exact: true }).click();
  await until("the order of names", async () => /Idle 10/.test(await lines.nth(1).innerText()));

  await page.getByRole("link", { name: "Watch all" }).click();
  const log = new Log(page);
  await log.row("the busy one").waitFor();
  const strip = page.getByRole("status").filter({ hasText: "13 services" });
  await strip.getByText("The 12 most active of 13 services").waitFor();
  await strip.getByRole("button", { name: "Choose services" }).click();
  for (let number = 10; number < 20; number++)
    await page.getByRole("menuitemcheckbox", { name: `Idle ${number}` }).click();
  await page.getByRole("menuitem", { name: /^Watch these/ }).click();
  await strip.getByText(/that you chose of 13 services/).waitFor();
  await page.reload();
  await strip.getByText(/that you chose of 13 services/).waitFor();
  await page.getByRole("button", { name: "All services: switch service" }).click();
  await page.getByRole("menuitem", { name: /Find a service/ }).click();
  await page.keyboard.type("zebra");
  await page.getByRole("option", { name: /Zebra/ }).first().waitFor();
});
