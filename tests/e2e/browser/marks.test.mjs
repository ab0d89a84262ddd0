/** What came since a mark; the Live pill, what was rejected and every gap, each told in words. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { AWAY, visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };

/** @param {import("node:test").TestContext} t @param {{ flags?: string[] }} [options] */
async function watching(t, options) {
  const server = await startServer(t, options);
  const somebody = await visitor(t);
  const page = await somebody.signedIn(server);
  const service = await new Operator(page, server).service();
  const log = new Log(page);
  await log.open(server.base, service.id);
  return { server, somebody, page, service, log };
}

/** @param {string} method @param {string} endpoint @param {number} statusCode @param {number} duration */
const request = (method, endpoint, statusCode, duration) => ({
  level: statusCode >= 500 ? "error" : "info",
  method,
  endpoint,
  statusCode,
  message: `${method} ${endpoint}`,
  metadata: { duration },
});

test("M, a click in the app, and what it did stands by route against what came before", LIMIT, async (t) => {
  const { page, service, log } = await watching(t);
  const { producer } = service;
  const tab = (/** @type {string} */ name) => page.getByRole("tab", { name });
  await producer.count(5);
  await log.row("entry 5").waitFor();
  await page.keyboard.press("m");
  await log.row("mark 1").waitFor();
  const requests = (/** @type {number} */ duration, status = 200) =>
    Array.from({ length: 25 }, (_, n) => [
      request("GET", `/api/users/${n}`, 200, duration + (n % 5)),
      request("GET", "/api/orders", status, 20),
    ]).flat();
  for (const batch of [requests(102).slice(0, 30), requests(102).slice(30)]) {
    await producer.send(...batch);
    await log.row("/api/users").first().waitFor();
  }
  await log.row("/api/users/24").waitFor();
  await page.keyboard.press("m");
  await log.row("mark 2").waitFor();
  await producer.send(...requests(819, 503), request("POST", "/api/checkout", 201, 200));
  await log.row("/api/checkout").waitFor();

  await tab("Marks").click();
  const table = page.getByRole("group", { name: "What came, by route" }).getByRole("table");
  const lines = () =>
    table
      .locator("tbody tr")
      .evaluateAll((rows) =>
        rows.map((row) =>
          [...row.querySelectorAll("th, td:nth-child(2), td:nth-child(4)")]
            .map((cell) => cell.textContent?.replace(/\s+/g, " ").trim())
            .join(" | "),
        ),
      );
  const expected = [
    "GET /api/orders | now fails | 100%, before 0%",
    "GET /api/users/:id | slower | 0%, before 0%",
    "POST /api/checkout | too few yet (1 of 20) | 0%, before –",
  ];
  await until("the comparison", async () => JSON.stringify(await lines()) === JSON.stringify(expected), {
    told: lines,
  });
  await page.getByText(/The [\d.]+ m?s since mark 2:/).waitFor();
  const kinds = page.getByRole("group", { name: "What failed, by kind of error" }).getByRole("row");
  assert.match(await kinds.nth(1).innerText(), /^GET \/api\/orders answered 503\s+new\s.*49%\s+, before\s+0%/s);
  assert.equal(await kinds.count(), 2);

  // The mark before: what came after it, against what came before it.
  await page.getByRole("group", { name: "Marks" }).getByRole("button", { name: /^1/ }).click();
  await page.getByText(/since mark 1:/).waitFor();
  await page.getByRole("button", { name: "Name", exact: true }).click();
  await page.getByLabel("What did you do there?").fill("opened the shop");
  await page.getByRole("dialog").getByRole("button", { name: "Name" }).click();

  // Only what followed, whatever the filter is.
  await page.getByRole("button", { name: "Only what followed" }).click();
  await tab("Log").click();
  await page.getByRole("status").filter({ hasText: "mark 1 · opened the shop" }).waitFor();
  await page.keyboard.press("Home");
  await until("the log to begin at the mark", async () =>
    /mark 1 · opened the shop/.test((await log.inSight())[0]?.text),
  );
  await page.keyboard.press("/");
  await page.keyboard.type("checkout");
  await until(
    "the filter, and the marks",
    async () => (await log.inSight()).map(({ kind }) => kind).join() === "mark,mark,entry",
    { told: () => log.inSight() },
  );
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Show everything" }).click();
  await page.keyboard.press("Home");
  await log.row("entry 1").first().waitFor();

  // From mark to mark; and gone.
  await page.keyboard.press("End");
  for (const name of ["mark 2", "mark 1"]) {
    await page.keyboard.press("[");
    await log.grid.locator("[aria-selected=true]").filter({ hasText: name }).waitFor();
  }
  await page.keyboard.press("]");
  await log.grid.locator("[aria-selected=true]").filter({ hasText: "mark 2" }).waitFor();
  await tab("Marks").click();
  await page.getByRole("button", { name: "Clear all" }).click();
  await page.getByRole("heading", { name: /Set a mark/ }).waitFor();
  await tab("Log").click();
  await until("no mark", async () => (await log.row(/^mark/).count()) === 0);

  // Cleared, and brought back: the numbers stay.
  await page.keyboard.press("c");
  await until("an empty list", async () => (await log.inSight()).length === 0);
  await page.getByRole("contentinfo").getByText("106 entries").waitFor();
  await producer.count(1);
  await until(
    "the next entry alone",
    async () => (await log.inSight()).map(({ message }) => message).join() === "entry 6",
  );
  await page.keyboard.press("c");
  await page.keyboard.press("End");
  await log.row("/api/checkout").waitFor();

  // Above a row that was there before, and from the chart.
  await log.row("/api/checkout").click();
  await page.keyboard.press("Shift+M");
  await log.grid.locator("[aria-description^='below mark 3']").filter({ hasText: "/api/checkout" }).waitFor();
  await page.getByRole("slider", { name: "Entries over time" }).focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("m");
  await page.getByRole("tab", { name: "Marks 2" }).waitFor();
});

test("Live says how it is: lag, clocks and session; what was rejected says why and what to do", LIMIT, async (t) => {
  const { page, service } = await watching(t);
  await page.getByRole("tab", { name: "Rejected" }).click();
  await page.getByRole("heading", { name: "Nothing was rejected" }).waitFor();
  const ahead = new Date(Date.now() + 3_600_000).toISOString();
  const answer = await service.producer.raw(`{"logs":[{},"a text\\u202e",{"message":"fine","timestamp":"${ahead}"}]}`);
  assert.deepEqual([answer.accepted, answer.rejected], [1, 2]);

  const live = page.getByRole("button", { name: "Live" });
  await live.focus();
  await page.keyboard.press("Enter");
  const said = page.getByRole("group", { name: "Live" });
  for (const words of [
    "The socket is connected.",
    "This browser's clock agrees with the server's",
    "The app's clock is ahead of the server's, by 59 min or more",
    /The session renews by itself, next \d\d:\d\d, unless nobody was at this page for 1 h\./,
  ])
    await said.getByText(words).waitFor();
  await page.keyboard.press("Escape");

  await page.getByRole("tab", { name: "Log" }).click();
  await page.getByRole("tab", { name: "Rejected" }).click();
  const panel = page.getByRole("tabpanel", { name: /Rejected/ });
  await panel.getByText("It is JSON, but no object.").waitFor();
  await panel.getByText("Send a text as message, msg or body, or a method and an endpoint.").waitFor();
  await panel.getByText("\\u202e").waitFor();
  assert.equal(await panel.getByText(/stream key\s+backend/).count(), 2);
  assert.match(await page.getByRole("tab", { name: "Rejected" }).innerText(), /2/);
});

test("the ledger of gaps tells each, goes there, and its sum is the foot's", LIMIT, async (t) => {
  const { server, somebody, page, service, log } = await watching(t, { flags: ["--ring-entries", "50"] });
  somebody.forgive(AWAY);
  await service.producer.count(10);
  await log.row("entry 10").waitFor();
  await page.context().setOffline(true);
  // a socket outlives being offline
  await page.evaluate(() => /** @type {any} */ (document.querySelector("sx-watch")).watch.rest());
  await page.getByTitle("The socket is closed").waitFor();
  await service.producer.count(200);
  await page.context().setOffline(false);
  await page.evaluate(() => /** @type {any} */ (document.querySelector("sx-watch")).watch.start());
  await log.row("entry 210").waitFor();
  await server.kill();
  await server.start();
  await log.row("numbers start over").waitFor();

  const foot = page.getByRole("contentinfo").getByRole("button", { name: /gaps/ });
  assert.match(await foot.innerText(), /2 gaps\s*· 150 entries not received/);
  await foot.click();
  const ledger = page.getByRole("group", { name: "Gaps" });
  const lines = await ledger.getByRole("listitem").allInnerTexts();
  assert.equal(lines.length, 2);
  assert.match(lines[0], /some entries\s+the server was restarted/);
  assert.match(lines[1], /150 entries, 11 to 160\s+away too long/);
  await ledger.getByRole("button", { name: /150 entries/ }).click();
  await log.grid.locator("[aria-selected=true]").filter({ hasText: "150 entries not received" }).waitFor();
});
