/** A log handed on: as a link that shows it to somebody without an account, and as a file. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };

/** A watch page of an operator, with one service. @param {import("node:test").TestContext} t */
async function watching(t) {
  const server = await startServer(t);
  const page = await (await visitor(t)).signedIn(server);
  const operator = new Operator(page, server);
  const service = await operator.service();
  const log = new Log(page);
  await log.open(server.base, service.id);
  return { server, page, operator, service, log };
}

/**
 * Shares what the page shows, and returns the link.
 * @param {import("playwright-core").Page} page
 * @param {string} lasting
 */
async function share(page, lasting) {
  await page.getByRole("button", { name: "Share" }).click();
  const dialog = page.getByRole("dialog", { name: "Share Payment Service" });
  await dialog.getByLabel(lasting, { exact: true }).check();
  await dialog.getByRole("button", { name: "Create link" }).click();
  const link = await dialog.getByLabel("Link", { exact: true }).textContent();
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.waitFor({ state: "detached" });
  return link ?? "";
}

test("a link shows one log, live and read-only, to somebody without an account", LIMIT, async (t) => {
  const { page, operator, service, log } = await watching(t);
  const link = await share(page, "5 minutes");
  await service.producer.count(3);
  await log.row("entry 3").waitFor();

  const guest = await visitor(t);
  const guestPage = await guest.page();
  /** @type {string[]} */
  const asked = [];
  guestPage.on("request", (request) => asked.push(`${request.url()} ${request.postData() ?? ""}`));
  await guestPage.goto(link);
  const guestLog = new Log(guestPage);
  await guestLog.live();
  await guestLog.row("entry 3").waitFor();
  await guestPage.getByRole("heading", { name: "Payment Service" }).waitFor();
  await service.producer.count(1);
  await guestLog.row("entry 4").waitFor();

  const token = new URL(link).hash.slice("#share=".length);
  assert(token.length > 20);
  assert.equal(new URL(guestPage.url()).hash, "#/shared", "the token leaves the address");
  assert(!asked.some((request) => request.includes(token)), "no request carries the token");
  assert(
    !asked.some((request) => request.includes("/api/v1/") && !request.includes("/api/v1/stream")),
    "the guest asks nothing of the operator's API",
  );
  for (const name of ["Share", "Account", "Streams"])
    assert.equal(await guestPage.getByRole("button", { name }).count(), 0, name);

  await guestPage.reload();
  await guestLog.row("entry 4").waitFor();

  const sessions = async () => (await operator.call("GET", `/services/${service.id}/sessions`)).sessions;
  const shared = (await sessions()).filter(({ kind }) => kind === "share");
  assert.equal(shared.length, 1);
  const left = (Date.parse(shared[0].expiresAt) - Date.now()) / 1000;
  assert(left > 240 && left <= 300, `${left} s left`);

  // The operator sees it, and ends it.
  await page.getByRole("button", { name: "Share" }).click();
  const dialog = page.getByRole("dialog", { name: "Share Payment Service" });
  await dialog.getByRole("row", { name: "1 watcher" }).waitFor();
  await dialog.getByRole("button", { name: "End this share session" }).click();
  await guestPage.getByText("The shared log ended").waitFor();
  await service.producer.count(1);
  await log.row("entry 5").waitFor();
  assert.equal(await guestLog.row("entry 5").count(), 0);
  await guestPage.reload();
  await guestPage.getByText(/ask whoever sent/i).waitFor();
  assert.deepEqual(
    (await sessions()).filter(({ kind }) => kind === "share"),
    [],
  );
});

test("a link carries the filter, the time and the columns, and the server keeps to them", LIMIT, async (t) => {
  const { page, service, log } = await watching(t);
  await service.producer.send(
    { level: "error", message: "card declined" },
    { level: "info", message: "card accepted" },
    { level: "error", message: "disk full" },
    { level: "error", message: "card of a test", source: "probe" },
  );
  await log.row("card of a test").click();
  await page.getByRole("button", { name: "What to do with source" }).click();
  await page.getByRole("menuitem", { name: "Mute for this session" }).click();
  await page.keyboard.press("Escape");
  await page.getByTitle("Show error alone").click();
  await page.locator("#watch-query").fill("level:error card");
  await page.getByRole("button", { name: "1 muted, 1 entry hidden" }).waitFor();
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Route" }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Time", exact: true }).click();
  await page.getByRole("menuitemradio", { name: "Last hour" }).click();
  await page.getByRole("button", { name: "Share" }).click();
  const narrowed = page.getByLabel("Only what the page shows now: (level:error card) -(source:probe), last hour");
  await page.getByText("The entry shown here is in it").waitFor();
  await narrowed.uncheck();
  await page.getByText("So is 1 entry that you have muted").waitFor();
  await page.keyboard.press("Escape");
  const link = await share(page, "2 hours");

  const guestPage = await (await visitor(t)).page();
  /** @type {string[]} */
  const frames = [];
  guestPage.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(String(payload))));
  await guestPage.goto(link);
  const guestLog = new Log(guestPage);
  await guestLog.row("card declined").waitFor();
  await service.producer.send(
    { level: "info", message: "card accepted again" },
    { level: "error", message: "card of another test", source: "probe" },
    { level: "error", message: "card lost" },
  );
  await guestLog.row("card lost").waitFor();
  assert.equal(await guestLog.row(/accepted|disk|test/).count(), 0);
  await guestPage.getByRole("columnheader", { name: "Route" }).waitFor();
  assert.match(guestPage.url(), /range=\d+-&column=time(&column=\w+)+$/);
  assert.equal(await guestPage.evaluate(() => localStorage.getItem("spectrix.preferences")), null);
  assert(!frames.some((frame) => /accepted|disk full|test/.test(frame)), "what is left out is not sent");
});

test("a link that is not whole says what to do", LIMIT, async (t) => {
  const server = await startServer(t);
  const page = await (await visitor(t)).page();
  await page.goto(`${server.base}/#share=not-a-token`);
  await page.getByText(/ask whoever sent/i).waitFor();
  await page.goto("about:blank");
  const other = await (await visitor(t)).page();
  await other.goto(`${server.base}/#/shared`);
  await other.getByText("This tab has no shared log").waitFor();
});

test("what is shown is exported, as NDJSON and as CSV", LIMIT, async (t) => {
  const { page, service, log } = await watching(t);
  await service.producer.raw(
    '{"logs":[{"level":"error","message":"=cmd()","metadata":{"id":9007199254740993}},{"level":"info","message":"hidden"}]}',
  );
  await log.row("hidden").waitFor();
  await page.getByTitle("Show error alone").click();
  await until("one row", async () => (await log.row("hidden").count()) === 0);

  /** @param {RegExp} name */
  const exported = async (name) => {
    await page.getByRole("button", { name: "Export what is shown" }).click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name }).click()]);
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
  };
  const ndjson = await exported(/NDJSON/);
  assert.match(ndjson.name, /^payment-service-\d{4}-\d\d-\d\dT\d{6}\.ndjson$/);
  assert.equal(ndjson.text.trim().split("\n").length, 1);
  assert.match(ndjson.text, /"message":"=cmd\(\)","metadata":\{"id":9007199254740993\}/);
  const csv = await exported(/CSV/);
  assert.match(csv.text, /,'=cmd\(\),/);
  assert.doesNotMatch(csv.text, /hidden/);
});
