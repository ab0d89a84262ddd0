/** The columns of the log: chosen, moved, resized and remembered; and repeats that stand in one row. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { found } from "./axe.mjs";
import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Pages } from "./pages.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };

/**
 * A watch page with a busy log behind it.
 * @param {import("node:test").TestContext} t
 * @param {object} [options] of the visitor
 */
async function watching(t, options) {
  const server = await startServer(t);
  const somebody = await visitor(t, { permissions: ["clipboard-read", "clipboard-write"], ...options });
  const page = await somebody.signedIn(server);
  const pages = new Pages(page, server);
  await pages.prepare();
  await pages.watch();
  const log = new Log(page);
  const heads = page.getByRole("columnheader");
  return {
    server,
    page,
    pages,
    log,
    heads,
    head: (/** @type {string} */ name) => page.getByRole("columnheader", { name, exact: true }),
    labels: () => heads.allInnerTexts(),
    /** Of a row in sight, cell by cell. @param {RegExp | string} text */
    cells: (text) => log.row(text).last().locator("[role=gridcell]:not(.note)").allInnerTexts(),
    clipboard: () => page.evaluate(() => navigator.clipboard.readText()),
  };
}

const AT_FIRST = ["Time", "Level", "Method", "Message", "Status", "Duration", "Source"];

test("columns are chosen, moved and resized by mouse and by keys, and are as they were left", LIMIT, async (t) => {
  const { page, pages, log, heads, head, labels, cells, clipboard } = await watching(t);
  const { keyboard, mouse } = page;
  const said = page.locator("body > [role=status]");
  assert.deepEqual(await labels(), AT_FIRST);

  // By a drag, to before another.
  const middle = async (/** @type {string} */ name) => {
    const { x, y, width, height } = await head(name).boundingBox();
    return [x + width / 2, y + height / 2];
  };
  await mouse.move(...(await middle("Duration")));
  await mouse.down();
  await mouse.move(...(await middle("Method")), { steps: 4 });
  assert.equal(await head("Method").getAttribute("data-drop"), "before");
  await mouse.up();
  assert.deepEqual(await labels(), ["Time", "Level", "Duration", "Method", "Message", "Status", "Source"]);
  assert.match((await cells("/api/payments")).join("|"), /info\|\d+ ms\s*\|POST\|\/api\/payments\|201\|/);

  // By its edge, which stays under the pointer; two presses fit it to what is in sight.
  const width = async (/** @type {string} */ name) => Math.round((await head(name).boundingBox()).width);
  const edge = async (/** @type {string} */ name, /** @type {number} */ by) => {
    const { x, y, width: wide, height } = await head(name).locator(".head-edge").boundingBox();
    await mouse.move(x + wide / 2, y + height / 2);
    await mouse.down();
    await mouse.move(x + wide / 2 + by, y + height / 2, { steps: 3 });
    await mouse.up();
    const now = await head(name).locator(".head-edge").boundingBox();
    assert.ok(Math.abs(now.x - x - by) <= 1, `the edge of ${name} went by ${now.x - x}`);
  };
  const before = [await width("Method"), await width("Source")];
  await edge("Method", 60);
  await edge("Source", -40);
  assert.deepEqual([await width("Method"), await width("Source")], [before[0] + 60, before[1] + 40]);
  await head("Source").locator(".head-edge").dblclick();
  const fitted = await width("Source");
  assert.ok(fitted < before[1] + 40 && fitted >= 15 * 7, `${fitted} px for payment-service`);
  const source = log.row("payment-service").last().locator(".source");
  assert.ok(await source.evaluate((cell) => cell.scrollWidth <= cell.clientWidth), "nothing is cut off");

  // By keys alone: one stop for Tab, then arrows.
  await head("Source").focus();
  await keyboard.press("ArrowLeft");
  assert.ok(await head("Status").evaluate((header) => header === document.activeElement));
  await keyboard.press("Alt+ArrowLeft");
  assert.equal(await said.innerText(), "Status, column 5 of 7");
  assert.deepEqual(await labels(), ["Time", "Level", "Duration", "Method", "Status", "Message", "Source"]);
  const status = await width("Status");
  await keyboard.press("Shift+ArrowRight");
  assert.equal(await width("Status"), status + 8);
  assert.equal(await said.innerText(), `Status, ${status + 8} pixels wide`);
  await keyboard.press("Enter");
  assert.ok((await width("Status")) < status + 8, "it fits");
  await keyboard.press("Delete");
  assert.equal(await said.innerText(), "Status is hidden");
  assert.ok(await head("Message").evaluate((header) => header === document.activeElement), "the next has the focus");
  assert.equal(await log.grid.locator("[aria-selected=true]").count(), 0, "no key of these was the log's");
  assert.equal(await heads.count(), Number(await log.grid.getAttribute("aria-colcount")));

  // From the menu: a member of metadata, with several choices in one go.
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: "user.plan" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Sequence number", exact: true }).press(" ");
  await page.getByRole("menuitemcheckbox", { name: "Sequence number", exact: true, checked: true }).waitFor();
  await keyboard.press("Escape");
  assert.deepEqual(await labels(), [
    "Time",
    "Level",
    "Duration",
    "Method",
    "Message",
    "Source",
    "user.plan",
    "Sequence number",
  ]);
  await log.row("/api/users/7").last().getByText("118", { exact: true }).waitFor(); // rows are drawn after their heads
  const [time, level, , method, what, from, plan, number] = await cells("/api/users/7");
  assert.deepEqual([level, method, what, from, plan, number], ["warn", "GET", "/api/users/7", "api", "pro", "118"]);

  // And from a value, with every digit; what is copied follows.
  await pages.busy.producer.raw('{"message":"exact","level":"warn","metadata":{"user":{"big":9007199254740993}}}');
  await log.row("exact").click();
  await page.getByRole("complementary", { name: "Entry" }).getByRole("button", { name: "What to do with big" }).click();
  await page.getByRole("menuitem", { name: "Show as a column" }).click();
  await keyboard.press("Escape");
  await log.row("exact").getByText("9007199254740993").waitFor();
  const selected = [log.row("118").last().locator(".time"), log.row("exact").locator(".level")];
  const boxes = await Promise.all(selected.map((cell) => cell.boundingBox()));
  await mouse.move(boxes[0].x + 2, boxes[0].y + 12);
  await mouse.down();
  await mouse.move(boxes[1].x + 30, boxes[1].y + 12, { steps: 5 });
  await mouse.up();
  await keyboard.press("Control+c");
  const lines = (await clipboard()).split("\n").map((line) => line.split("\t"));
  assert.equal(lines.length, 4);
  assert.deepEqual(lines[0].toSpliced(2, 1), [time, "warn", "GET", "/api/users/7", "api", "pro", "118"]);
  assert.deepEqual(lines[3].slice(1), ["warn", "exact", "121", "9007199254740993"]);

  // As it was left, after a reload; in another service without what is of this one.
  const left = await labels();
  await page.reload();
  await log.live();
  assert.deepEqual(await labels(), left);
  assert.equal(await width("Source"), fitted);
  await page.goto(`${pages.server.base}/#/all`);
  await log.live();
  await until("the service column", async () => (await labels()).includes("Service"));
  assert.deepEqual(await labels(), [
    "Service",
    "Time",
    "Level",
    "Duration",
    "Method",
    "Message",
    "Source",
    "Sequence number",
  ]);
  await log.row("/api/users/7").first().waitFor(); // the columns are there before what came earlier is
  assert.equal((await cells("/api/users/7"))[0], "Payment Service");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitem", { name: "As it was" }).click();
  assert.deepEqual(await labels(), ["Service", ...AT_FIRST]);
});

const user = (/** @type {number} */ id) => ({
  level: "info",
  method: "GET",
  endpoint: `/api/users/${id}`,
  statusCode: 200,
  message: `GET /api/users/${id}`,
  metadata: { duration: id },
});
const several = (/** @type {number} */ count, /** @type {(index: number) => object} */ of) =>
  Array.from({ length: count }, (_, index) => of(index));

test("repeats stand in one row with a count; opened and closed, nothing that is read moves", LIMIT, async (t) => {
  const { page, pages, log, clipboard } = await watching(t);
  const { producer } = pages.busy;
  const { keyboard } = page;
  const line = (/** @type {string | RegExp} */ text) => log.row(text).filter({ has: page.locator(".run:visible") });
  const top = async (/** @type {import("playwright-core").Locator} */ row) => Math.round((await row.boundingBox()).y);
  await producer.send(...several(37, user));
  await producer.send({ level: "warn", message: "between" });
  await producer.send(...several(400, (index) => ({ level: "error", message: `card ${index} declined` })));
  await producer.send(...several(12, (index) => ({ level: index % 2 ? "info" : "debug", message: `step ${index}` })));
  await log.row("step 11").waitFor();

  // By a key: what follows goes on following, what is read stays.
  await keyboard.press("r");
  const users = line("/api/users/0");
  const cards = line("card 0 declined");
  await cards.waitFor();
  assert.match(await users.innerText(), /× 37\s*– \d\d:\d\d:\d\d\.\d{3}/);
  await page.getByRole("button", { name: "Following" }).waitFor();
  await log.row("between").click();
  await keyboard.press("Escape"); // the entry is closed, its row stays the chosen one
  const place = await top(log.row("between"));
  for (const expected of [0, 1, 0]) {
    await keyboard.press("r");
    await until("another way to stand", async () => (await cards.count()) === expected);
    assert.equal(await top(log.row("between")), place, "the row that is read stays where it is");
  }
  await keyboard.press("r");
  await cards.waitFor();

  // The last run grows: nothing moves, and its count says so; paused, it does not.
  await keyboard.press("End");
  await producer.send(...several(3, () => ({ level: "warn", message: "retry" })));
  const retries = line("retry");
  await retries.waitFor();
  await keyboard.press("Space");
  await page.getByRole("status").filter({ hasText: "0 waiting" }).waitFor();
  const stays = await top(log.row("step 11"));
  await producer.send(...several(30, () => ({ level: "warn", message: "retry" })));
  await page.getByRole("status").filter({ hasText: "30 waiting" }).waitFor();
  assert.match(await retries.innerText(), /× 3\b/);
  assert.equal(await top(log.row("step 11")), stays);
  await keyboard.press("Space");
  await retries.filter({ hasText: "× 33" }).waitFor();

  // Opened by a press on the count, which stays under the pointer; closed by a key from any of its rows.
  const before = await top(cards);
  await cards.getByRole("button").click();
  await log.row("card 9 declined").waitFor();
  assert.equal(await top(cards), before);
  assert.equal(await cards.getByRole("button").getAttribute("aria-expanded"), "true");
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowDown");
  await log.grid.locator("[aria-selected=true]").filter({ hasText: "card 2 declined" }).waitFor();
  await keyboard.press("ArrowLeft");
  await until("one row", async () => (await log.row("card 9 declined").count()) === 0);
  await log.grid.locator("[aria-selected=true]").filter({ hasText: "card 0 declined" }).waitFor();
  await keyboard.press("Enter");
  await log.row("card 9 declined").waitFor();
  await keyboard.press("ArrowLeft");
  await keyboard.press("ArrowRight");
  await log.row("card 9 declined").waitFor();
  await keyboard.press("ArrowLeft");
  await until("one row again", async () => (await log.row("card 9 declined").count()) === 0);
  assert.equal(await page.getByRole("complementary", { name: "Entry" }).count(), 0, "no entry was opened by that");

  // An error is the next row with errors, not the next of four hundred.
  await keyboard.press("e");
  await until(
    "another error",
    async () => !(await log.grid.locator("[aria-selected=true]").innerText()).includes("declined"),
  );

  // What is copied says how often.
  await keyboard.press("E");
  await log.grid.locator("[aria-selected=true]").filter({ hasText: "card 0 declined" }).waitFor();
  await page.evaluate(() => {
    const rows = [...document.querySelectorAll(".row:not([hidden])")];
    const at = rows.findIndex((row) => row.textContent?.includes("card 0 declined"));
    getSelection()?.setBaseAndExtent(rows[at - 1], 0, rows[at], rows[at].childNodes.length);
  });
  await keyboard.press("Control+c");
  assert.match(await clipboard(), /^[\d:.]+\twarn\tbetween\n[\d:.]+\terror\tcard 0 declined\t× 400 – [\d:.]+$/);

  // Remembered, and told where such things are told.
  await page.reload();
  await log.live();
  await line("retry").waitFor();
  await page.getByRole("button", { name: /^Display/ }).click();
  await page.getByRole("menuitemradio", { name: "Show each" }).click();
  await until("each", async () => (await page.locator(".run:visible").count()) === 0);
  await keyboard.press("?");
  await page.getByRole("dialog").getByText("Group repeats, or show each").waitFor();
});

for (const theme of ["light", "dark"]) {
  test(
    `in the ${theme} theme axe finds nothing, and on a narrow page what was chosen has its place`,
    LIMIT,
    async (t) => {
      const { page, pages, log, head } = await watching(t, { colorScheme: theme });
      const violations = async () =>
        (await found(page))
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
      await pages.busy.producer.send(...several(12, user));
      await page.keyboard.press("r");
      await page.locator(".run:visible").first().waitFor();
      await page.getByRole("button", { name: "Columns" }).click();
      for (const name of ["user.plan", "Request", "Method"]) await page.getByRole("menuitemcheckbox", { name }).click();
      assert.deepEqual(await violations(), [], "with its menu");
      await page.keyboard.press("Escape");
      await head("Level").focus();
      assert.deepEqual(await violations(), []);
      await page.setViewportSize({ width: 390, height: 844 });
      await until("two lines a row", async () => (await log.row("/api/users/7").first().boundingBox())?.height === 44);
      assert.equal(await page.locator(".log-head").isVisible(), false);
      const row = log.row("/api/users/7").first();
      await row.getByText("pro").waitFor();
      for (const [cell, shown] of [
        [".extra >> nth=1", false],
        [".source", false],
        [".status", true],
        [".run", false],
      ])
        assert.equal(await row.locator(cell).isVisible(), shown, cell);
      const { x } = await row.locator(".what").boundingBox();
      assert.ok(x < 20, "without a method the path begins the line");
      assert.ok(
        await log.grid.evaluate((grid) => grid.scrollWidth <= grid.clientWidth),
        "nothing is wider than the page",
      );
      assert.deepEqual(await violations(), [], "narrow");
    },
  );
}
