/** The columns of the log: chosen, moved, resized and remembered; and repeats that stand in one row. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Pages } from "./pages.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 60_000 };

/** A watch page with a busy log behind it. @param {import("node:test").TestContext} t @param {object} [options] of the visitor */
async function watching(t, options) {
  const server = await startServer(t);
  const page = await (await visitor(t, { permissions: ["clipboard-read", "clipboard-write"], ...options })).signedIn(server);
  const pages = new Pages(page, server);
  await pages.prepare();
  await pages.watch();
  const log = new Log(page);
  const heads = page.getByRole("columnheader");
  return {
    server, page, pages, log, heads,
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
  await page.getByRole("menuitemcheckbox", { name: "Number", exact: true }).press(" ");
  await page.getByRole("menuitemcheckbox", { name: "Number", exact: true, checked: true }).waitFor();
  await keyboard.press("Escape");
  assert.deepEqual(await labels(), ["Time", "Level", "Duration", "Method", "Message", "Source", "user.plan", "Number"]);
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
  assert.deepEqual(await labels(), ["Service", "Time", "Level", "Duration", "Method", "Message", "Source", "Number"]);
  assert.equal((await cells("/api/users/7"))[0], "Payment Service");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitem", { name: "As it was" }).click();
  assert.deepEqual(await labels(), ["Service", ...AT_FIRST]);
});
