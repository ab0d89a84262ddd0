/**
 * One entry in full: what can be copied of it, its link, its values as terms; beside the log, and over it where that is
 * narrow.
 */

import assert from "node:assert/strict";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };

/** As JSON text: what a parser would round is the point. */
const CHARGE = `{"level":"error","message":"card declined","method":"POST","endpoint":"/api/pay?token=secret&amount=3",
  "statusCode":502,"source":"payment-service",
  "metadata":{"duration":412.50,"price":1.10,"big":9007199254740993,"requestId":"req-1","host":"pay.example.com",
  "userAgent":"it's curl/8","user":{"id":"42"}}}`;

/**
 * Somebody on a watch page with one charge among twenty entries.
 * @param {import("node:test").TestContext} t
 * @param {object} [options]
 */
async function watching(t, options) {
  const server = await startServer(t);
  const page = await (await visitor(t, { permissions: ["clipboard-read", "clipboard-write"], ...options })).signedIn(
    server,
  );
  const service = await new Operator(page, server).service();
  await service.producer.count(10);
  await service.producer.raw(`[${CHARGE}]`);
  await service.producer.count(10);
  const log = new Log(page);
  await log.open(server.base, service.id);
  const detail = page.getByRole("complementary", { name: "Entry" });
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  /** What the page fires, in order. */
  await page.evaluate(() => {
    const told = /** @type {any} */ ((window.told = []));
    document.addEventListener("sx-term", (event) => told.push(["sx-term", /** @type {CustomEvent} */ (event).detail]));
  });
  const told = () => page.evaluate(() => /** @type {any} */ (window).told);
  return { server, page, service, log, detail, clipboard, told };
}

test("a field says under which name it came", LIMIT, async (t) => {
  const { service, log, detail, clipboard } = await watching(t);
  await service.producer.raw(
    `{"severity":"ERROR","time":"2026-11-29T16:45:00Z","msg":"renamed","req":{"method":"GET","url":"/renamed"},"source":"shop"}`,
  );
  await log.row("/renamed").click();
  for (const from of ["from severity", "from time", "from msg", "from req.method", "from req.url"])
    await detail.getByText(from, { exact: true }).waitFor();
  assert.equal(await detail.getByText(/^from /).count(), 5, "source has its own name");
  await detail.getByRole("button", { name: "JSON" }).click();
  assert.match(await clipboard(), /"readFrom": \{\s+"timestamp": "time",\s+"level": "severity"/);
  await log.row("card declined").click();
  await detail.getByText("412.50", { exact: true }).waitFor();
  assert.equal(await detail.getByText(/^from /).count(), 0);
});

test("every digit, copies, terms from values, and a width of one's own", LIMIT, async (t) => {
  const { page, service, log, detail, clipboard, told } = await watching(t);
  await log.row("card declined").click();
  for (const digits of ["412.50", "1.10", "9007199254740993"])
    await detail.getByText(digits, { exact: true }).waitFor();

  await detail.getByRole("button", { name: "JSON" }).click();
  assert.match(await clipboard(), /"duration": 412\.50,\s+"price": 1\.10,\s+"big": 9007199254740993/);
  await detail.getByRole("button", { name: "cURL" }).click();
  assert.equal(
    await clipboard(),
    "curl -X 'POST' --globoff 'https://pay.example.com/api/pay?token=LEFT-OUT&amount=3' \\\n  -H 'User-Agent: it'\\''s curl/8' \\\n  -H 'X-Request-Id: req-1'",
  );

  // By keyboard alone: to a value's button, and through its menu.
  const more = detail.getByRole("button", { name: "What to do with price" });
  await more.focus();
  await page.keyboard.press("Enter");
  await until("the menu to have the focus", () =>
    page
      .getByRole("menuitem")
      .first()
      .evaluate((item) => item === document.activeElement),
  );
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await until("the value on the clipboard", async () => (await clipboard()) === "1.10");
  for (const [value, item] of [
    ["id", "Filter to this value"],
    ["status", "Exclude this value"],
  ]) {
    await detail.getByRole("button", { name: `What to do with ${value}` }).click();
    await page.getByRole("menuitem", { name: item }).click();
  }
  assert.deepEqual(await told(), [
    ["sx-term", { field: "metadata.user.id", value: "42", exclude: false }],
    ["sx-term", { field: "status", value: "502", exclude: true }],
  ]);
  assert.equal(await page.locator("#watch-query").inputValue(), "metadata.user.id=42 -status:502");
  await page.getByRole("button", { name: "Clear the filter" }).first().click();

  // It stays whatever the list does, and a reload shows it again.
  await service.producer.count(300);
  await log.follow();
  await log.row("entry 320").waitFor();
  assert.equal(await detail.getByText("card declined").count(), 1);
  const edge = page.getByRole("separator", { name: "Width of the entry" });
  const before = (await detail.boundingBox())?.width ?? 0;
  await edge.focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await until(
    "the entry to be wider",
    async () => Math.round((await detail.boundingBox())?.width ?? 0) === Math.round(before) + 48,
  );
  await page.reload();
  await detail.getByText("card declined").waitFor();
  assert.equal(Math.round((await detail.boundingBox())?.width ?? 0), Math.round(before) + 48);
  await page.keyboard.press("Escape");
  await detail.waitFor({ state: "detached" });
  assert.doesNotMatch(page.url(), /entry=/);
});

test("a link to an entry shows it while it is kept, and says so when it is gone", LIMIT, async (t) => {
  const { server, page, service, log, detail, clipboard } = await watching(t);
  await log.row("card declined").click();
  await detail.getByRole("button", { name: "Link" }).click();
  const link = await clipboard();
  assert.match(link, /\/watch\?entry=/);

  // In another tab, where it is not among the newest thousand that a page begins with.
  await service.producer.send(...Array.from({ length: 1200 }, (_, index) => ({ message: `later ${index}` })));
  const other = await page.context().newPage();
  const there = other.getByRole("complementary", { name: "Entry" });
  await other.goto(link);
  await there.getByText("card declined").waitFor();
  await there.getByText("412.50", { exact: true }).waitFor();
  await other.goto("about:blank");

  // Numbering starts over.
  await page.goto("about:blank");
  await server.kill();
  await server.start();
  await other.goto(link);
  await other.getByRole("status").filter({ hasText: "not kept any more" }).waitFor();
  assert.equal(await there.count(), 0);
});

test(
  "in a narrow window it is a page of its own, left by Escape, by its button and by a step back",
  LIMIT,
  async (t) => {
    const { page, log, detail } = await watching(t, { viewport: { width: 390, height: 844 } });
    for (const leave of [
      () => page.keyboard.press("Escape"),
      () => detail.getByRole("button", { name: "Close", exact: true }).click(),
      () => page.goBack(),
    ]) {
      await log.row("card declined").click();
      await detail.waitFor();
      assert.ok(
        await page.getByRole("dialog", { name: "Entry" }).evaluate((dialog) => dialog.matches(":modal")),
        "what lies beneath can't be reached",
      );
      await page.keyboard.press("ArrowDown");
      await detail.getByText("entry 11", { exact: true }).first().waitFor();
      await page.keyboard.press("ArrowUp");
      await leave();
      await detail.waitFor({ state: "detached" });
      assert.equal(await page.getByRole("dialog").count(), 0);
      assert.match(page.url(), /\/watch$/);
      await log.row("card declined").waitFor();
    }
    await page.getByRole("tab", { name: "Errors" }).click();
    await page.locator("sx-errors").getByText("Latest").click();
    await detail.waitFor();
    await page.keyboard.press("E");
    await page.keyboard.press("Escape");
    await log.row("card declined").waitFor();
    assert.match(page.url(), /\/watch$/, "what was left for the log stands in the address no more");
  },
);
