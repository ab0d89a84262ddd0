/** Beyond the ring buffer a page goes on into history: by scrolling, by a query, by a time; and leads back. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };
const ENTRIES = 6000;
const RING = 1000;

/** The first is unique. @param {number} index */
function made(index) {
  if (index === 0) return { level: "error", message: "the very first" };
  return { level: index % 500 === 0 ? "error" : "info", message: `step ${index}` };
}

test("scrolling up goes on into history, to the first entry that is kept", LIMIT, async (t) => {
  const server = await startServer(t, { flags: ["--history", "7d", "--ring-entries", String(RING)] });
  const page = await (await visitor(t)).signedIn(server);
  const { id, producer } = await new Operator(page, server).service();
  for (let from = 0; from < ENTRIES; from += 2000)
    await producer.send(...Array.from({ length: 2000 }, (_, index) => made(from + index)));
  const log = new Log(page);
  const foot = page.getByRole("contentinfo");
  await log.open(server.base, id);
  await foot.filter({ hasText: "1,000 entries" }).filter({ hasText: "5,000 older entries in history" }).waitFor();

  // What is in sight stays where it is while more comes above it.
  await log.grid.evaluate((grid) => (grid.scrollTop = 24 * 40));
  const [{ text, id: row }] = await log.inSight();
  await foot.filter({ hasText: "2,000 entries" }).waitFor();
  const [same] = await log.inSight();
  assert.deepEqual([same.text, same.id], [text, row]);
  const first = async () => {
    await log.grid.evaluate((grid) => (grid.scrollTop = 0));
    return (await log.row("the very first").count()) > 0;
  };
  await until("the first entry of all", first, { patience: 120_000 });
  await foot.filter({ hasText: "6,000 entries" }).waitFor();
  assert.equal(await foot.getByText("in history").count(), 0);

  // A reload goes there again.
  await page.reload();
  await log.row("the very first").waitFor();
  await foot.filter({ hasText: "6,000 entries" }).waitFor();
  await page.getByRole("button", { name: "Back to live" }).click();
  await foot.filter({ hasText: "3,000 entries" }).waitFor();

  // A query is looked for by the server.
  await page.locator("#watch-query").fill("very first");
  await log.row("the very first").waitFor();
  await page.getByText(/^Of the last .*, and all that matches in history/).waitFor();
  await log.row("the very first").click();
  await page.keyboard.press("v");
  await log.row(/step 1$/).waitFor();
  assert.equal(await log.grid.locator("[aria-selected=true]", { hasText: "the very first" }).count(), 1);
  await page.getByRole("button", { name: /back to filter/ }).click();
  await log.row("the very first").waitFor();
  assert.equal(await log.row(/step/).count(), 0);
  await page.locator("#watch-query").fill("");
  await foot.filter({ hasText: "3,000 entries" }).waitFor();

  // A time is fetched by itself, and the chart covers it; the address has it.
  await page.getByRole("button", { name: "Time", exact: true }).click();
  await page.getByRole("menuitemradio", { name: "Last hour" }).click();
  await foot.filter({ hasText: "6,000 entries" }).waitFor();
  await page.locator(".chart-words", { hasText: "6,000 entries, at most" }).waitFor();
  await page.getByText("Only the last hour").waitFor();
  assert.match(page.url(), /range=-3600s/);

  // A stretch brushed on the chart stands in the address, which leads there again.
  const box = await page.locator(".chart-plot").boundingBox();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width + 60, box.y + 20, { steps: 4 }); // to the end: a pixel is some seconds
  await page.mouse.up();
  await page.waitForURL(/range=\d+-\d+/);
  await page.getByText(/^Only \d/).waitFor();
  await page.reload();
  await foot.filter({ hasText: "6,000 entries" }).waitFor();
  await page.keyboard.press("Home");
  await log.row("the very first").waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export what is shown" }).click();
  await page.getByRole("menuitem", { name: "NDJSON" }).click();
  const lines = (await readFile(await (await download).path(), "utf8")).trim().split("\n");
  assert.deepEqual([lines.length, JSON.parse(lines[0]).message], [ENTRIES, "the very first"]);
  await page.getByRole("button", { name: "Back to live" }).click();
  await foot.filter({ hasText: "1,000 entries" }).waitFor();
  await page.waitForURL(({ hash }) => !hash.includes("range="));
});
