/** A page opens with the newest entries, then holds all that the server keeps: each figure and file is over these. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";

const LIMIT = { timeout: 300_000 };
const ENTRIES = 5000;

/** The first is unique, and seventy are one error. @param {number} index */
function made(index) {
  if (index === 0) return { level: "info", message: "the very first" };
  return index % 71 === 70 && index < 71 * 70
    ? { level: "error", message: `pool ${index} is empty` }
    : { level: "info", message: "a step" };
}

test("what is older comes behind what is seen, is told until then, and then is all one set", LIMIT, async (t) => {
  const server = await startServer(t);
  const page = await (await visitor(t)).signedIn(server);
  const { id, producer } = await new Operator(page, server).service();
  for (let from = 0; from < ENTRIES; from += 1000)
    await producer.send(...Array.from({ length: 1000 }, (_, index) => made(from + index)));
  const log = new Log(page);
  const foot = page.getByRole("contentinfo");
  let goOn = () => {};
  const held = new Promise((resolve) => (goOn = () => resolve(undefined)));
  let pages = 0;
  await page.route(/\/entries\?before=/, async (route) => {
    if (++pages > 2) await held;
    await route.continue();
  });
  await log.open(server.base, id);
  await foot.filter({ hasText: "2,000 entries" }).filter({ hasText: "3,000 older entries, loading" }).waitFor();
  await foot.getByText(/^last \d/).waitFor();
  await page.getByText(/^Of the last .* so far$/).waitFor();
  goOn();
  await foot.filter({ hasText: "5,000 entries" }).waitFor();
  assert.equal(await page.getByText("loading").count(), 0);

  // One set: the filter, the facets, the errors and the file.
  await page.locator("#watch-query").fill("very first");
  await page.locator(".hides", { hasText: "hides 4,999 of 5,000" }).waitFor();
  await log.row("the very first").waitFor();
  await page.locator("#watch-query").fill("");
  await page.locator(".facet[data-level=error]", { hasText: "70" }).waitFor();
  await page.keyboard.press("Enter"); // what is offered lies over the tabs
  await page.getByRole("tab", { name: "Errors 1" }).click();
  const errors = page.getByRole("table", { name: "Errors" });
  await errors
    .getByRole("row", { name: /pool .* is empty/ })
    .getByText("70", { exact: true })
    .waitFor();
  await page.getByText(/that the log shows\. Over the last \d/).waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export what is shown" }).click();
  await page.getByText(/What is shown, as a file: 5,000 entries, last \d/).waitFor();
  await page.getByRole("menuitem", { name: "NDJSON" }).click();
  const lines = (await readFile(await (await download).path(), "utf8")).trim().split("\n");
  assert.equal(lines.length, ENTRIES);
  assert.equal(JSON.parse(lines[0]).message, "the very first");

  // A link reaches as far, and says what it does not.
  await page.getByRole("button", { name: "Share" }).click();
  const dialog = page.getByRole("dialog", { name: "Share Payment Service" });
  await dialog.getByText("All 5,000 entries shown here are in it.").waitFor();
  await dialog.getByRole("button", { name: "Create link" }).click();
  const link = (await dialog.getByLabel("Link", { exact: true }).textContent()) ?? "";
  const guest = await (await visitor(t)).page();
  await guest.goto(link);
  await guest.getByRole("contentinfo").filter({ hasText: "5,000 entries" }).waitFor();
  for (let sent = 0; sent < 6000; sent += 1000)
    await producer.send(...Array.from({ length: 1000 }, () => ({ level: "info", message: "later" })));
  await dialog.getByRole("button", { name: "Done" }).click();
  await foot.filter({ hasText: "11,000 entries" }).waitFor();
  await page.getByRole("button", { name: "Share" }).click();
  await dialog.getByText("1,000 entries of the 11,000 shown here").waitFor();
});
