/**
 * Entries of other days than today, of the first and of the last year there is: told from those of today wherever a
 * time stands.
 */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";

const LIMIT = { timeout: 300_000 };
const DAY = 86_400_000;

/** @param {number} at epoch milliseconds */
const iso = (at) => new Date(at).toISOString();

/** @param {import("node:test").TestContext} t @param {string} timezoneId */
async function watching(t, timezoneId) {
  const server = await startServer(t);
  const page = await (await visitor(t, { timezoneId })).signedIn(server);
  const service = await new Operator(page, server).service();
  const now = Date.now();
  const yesterday = Math.floor((now - DAY) / 1000) * 1000 + 120;
  await service.producer.send(
    { message: "of yesterday", timestamp: iso(yesterday) },
    { message: "of the same day", timestamp: iso(yesterday) },
    { message: "of last year", timestamp: iso(now - 365 * DAY) },
    { message: "the first", timestamp: "0001-01-01T00:00:00Z" },
    { message: "the last", timestamp: "9999-12-31T23:59:59.999Z" },
    { message: "of today", timestamp: iso(now) },
  );
  const log = new Log(page);
  await log.open(server.base, service.id);
  const time = async (/** @type {string} */ message) => (await log.row(message).locator(".time").textContent()) ?? "";
  return { page, service, log, yesterday, time };
}

test("case g18: a row of another day than today has its date, in the zone that is chosen", LIMIT, async (t) => {
  const { page, log, yesterday, time } = await watching(t, "UTC");
  const [date, clock] = iso(yesterday).slice(0, 23).split("T");
  assert.equal(await time("of yesterday"), `${date} ${clock}`);
  assert.match(await time("of last year"), /^\d{4}-\d\d-\d\d \d\d:/);
  assert.match(await time("of today"), /^\d\d:\d\d:\d\d\.\d{3}$/);
  assert.equal(
    await log.row("of the same day").locator(".same").textContent(),
    `${date} ${clock.slice(0, 9)}`,
    "what is as above is muted, its day too",
  );
  const [cell, level] = await Promise.all(
    ["time", "level"].map((name) => log.row("of yesterday").locator(`.${name}`).boundingBox()),
  );
  const text = await log
    .row("of yesterday")
    .locator(".time")
    .evaluate((element) => element.scrollWidth);
  assert.ok(cell && level && cell.x + text <= level.x, "it stands over nothing else");
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/dates.png` });

  // A stretch of yesterday: above the log and in the chart.
  const since = Math.floor(yesterday / 1000);
  await page.evaluate((range) => (location.hash += `?range=${range}`), `${since - 60}-${since + 60}`);
  const told = `${iso((since - 60) * 1000)
    .slice(0, 19)
    .replace("T", " ")}–`;
  await page
    .getByRole("status")
    .filter({ hasText: `Only ${told}` })
    .waitFor();
  await page.locator(".chart-words", { hasText: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d–/ }).waitFor();
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/dates-range.png` });

  await page.setViewportSize({ width: 390, height: 844 });
  await page.keyboard.press("Escape");
  await log.row("of yesterday").waitFor();
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/dates-narrow.png` });
});

for (const [zone, first, last] of [
  ["America/New_York", /0000-12-31 19:03:58\.000 UTC-04:56/, /9999-12-31 18:59:59\.999 UTC-05:00/],
  [
    "Pacific/Kiritimati",
    /000[01]-(?:12-31|01-01) \d\d:\d\d:\d\d\.000 UTC[+-]\d\d:\d\d/,
    /10000-01-01 13:59:59\.999 UTC\+14:00/,
  ],
]) {
  test(`case g16: the first and the last year break nothing in ${zone}`, LIMIT, async (t) => {
    const { page, log, time } = await watching(t, String(zone));
    assert.match(await time("the first"), /^000[01]-/);
    assert.match(await time("the last"), /^(?:9999|10000)-/);
    const detail = page.getByRole("complementary", { name: "Entry" });
    // In full, with day and zone.
    for (const [message, at] of /** @type {const} */ ([
      ["the first", first],
      ["the last", last],
    ])) {
      await log.row(message).click();
      await detail.getByText(/** @type {RegExp} */ (at)).waitFor();
    }
    await page.keyboard.press("Escape");
    await page.locator(".chart-words", { hasText: "6 entries" }).waitFor();
    for (const panel of ["Errors", "Routes", "Log"]) await page.getByRole("tab", { name: panel }).click();
    await page.getByRole("button", { name: "Export what is shown" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("menuitem", { name: /CSV/ }).click(),
    ]);
    const file = await readFile(await download.path(), "utf8");
    for (const text of ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"]) assert.ok(file.includes(text));
  });
}
