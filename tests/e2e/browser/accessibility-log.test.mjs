/** What axe-core finds in what the log can be narrowed to: a time, a request, without what is muted, into history. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { look, turn } from "./axe.mjs";
import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

/** @param {number} index */
const made = (index) => ({
  level: index % 5 ? "info" : "error",
  message: `step ${index}`,
  source: index % 2 ? "api" : "worker",
  method: "GET",
  endpoint: `/r/${index % 3}`,
  statusCode: index % 5 ? 200 : 500,
  metadata: { requestId: `r${index >> 2}`, duration: index },
});

test("axe finds nothing in a time, a request, history and mutes, in either theme", { timeout: 300_000 }, async (t) => {
  const server = await startServer(t, { flags: ["--history", "7d", "--ring-entries", "200"] });
  const somebody = await visitor(t, { colorScheme: "light" });
  const page = await somebody.signedIn(server);
  const { id, producer } = await new Operator(page, server).service();
  await producer.send(...Array.from({ length: 1400 }, (_, index) => made(index)));
  const log = new Log(page);
  const foot = page.getByRole("contentinfo");
  await log.open(server.base, id);
  /** @type {Record<string, string[]>} */
  const found = {};

  // The page's own ends in history, which is told; the reader goes there.
  await foot.filter({ hasText: "1,200 older entries in history" }).waitFor();
  found.history = await look(page);
  await log.grid.evaluate((grid) => (grid.scrollTop = 0));
  await foot.filter({ hasText: /1,[24]00 entries/ }).waitFor();
  found["in history"] = await look(page);
  await page.keyboard.press("End");

  // A range on the chart, as it is chosen and when it is; the chart follows the theme.
  const chart = page.getByRole("slider", { name: "Entries over time" });
  const painted = () =>
    chart.locator("canvas").evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());
  const light = await painted();
  await turn(page, "dark");
  await until("the chart to be drawn in the dark", async () => (await painted()) !== light);
  await turn(page, "light");
  await chart.focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Shift+ArrowLeft");
  found["a range is chosen"] = await look(page);
  await page.keyboard.press("Enter");
  await page
    .getByRole("status")
    .filter({ hasText: /outside|newer/ })
    .waitFor();
  found.range = await look(page);
  await page.keyboard.press("Escape");
  await page.locator(".watch-since").waitFor({ state: "detached" });

  await log.row("step 1399").click();
  const detail = page.getByRole("complementary", { name: "Entry" });
  await detail.getByRole("button", { name: "What to do with source" }).click();
  await page.getByRole("menuitem", { name: "Mute for this session" }).waitFor();
  found["a value's menu"] = await look(page);
  await page.keyboard.press("Escape");
  await detail.getByRole("button", { name: "This request" }).click();
  await page.getByRole("group", { name: "The request, in the order of time" }).waitFor();
  found.request = await look(page);
  await page.goBack();

  await log.row("step 1399").click();
  await detail.getByRole("button", { name: "What to do with source" }).click();
  await page.getByRole("menuitem", { name: "Mute for this session" }).click();
  await page.getByRole("button", { name: /^1 muted/ }).click();
  await page.getByRole("group", { name: "Muted" }).waitFor();
  found.mutes = await look(page);
  await page.keyboard.press("Escape");

  await page.setViewportSize({ width: 390, height: 844 });
  await page.keyboard.press("Escape"); // out of the entry, which fills so narrow a window
  await until("a low strip", async () => ((await chart.boundingBox())?.height ?? 99) < 40);
  found.narrow = await look(page);
  await chart.focus();
  await page.keyboard.press("Home");
  await page.locator(".chart-words").filter({ hasText: "0 entries" }).waitFor();
  assert.deepEqual(found, Object.fromEntries(Object.keys(found).map((name) => [name, []])));
});
