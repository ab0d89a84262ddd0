/** Views: saved on the server, chosen beside the query and in the palette, and left. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { watchShop } from "./pages.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };

/** Somebody on a watch page with 120 entries of a shop. @param {import("node:test").TestContext} t */
async function watching(t) {
  const server = await startServer(t);
  return watchShop(await (await visitor(t)).signedIn(server), server);
}

test(
  "a view is saved on the server, and is there beside the query and in the palette, on a reload too",
  LIMIT,
  async (t) => {
    const { page, log, line, hides } = await watching(t);
    const views = page.getByRole("button", { name: "Views" });
    await line.fill("level:error");
    await hides("hides 96 of 120");
    await views.click();
    await page.getByText("A view keeps query, columns and time under a name").waitFor();
    await page.getByRole("menuitem", { name: "Save this view…" }).click();
    const dialog = page.getByRole("dialog", { name: "Save this view" });
    await dialog.getByLabel("What is it called?").fill("Trouble");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    await line.fill("");
    await page.locator(".hides").waitFor({ state: "detached" });
    await page.reload();
    await log.live();
    await views.click();
    await page.getByRole("menuitem", { name: "Trouble level:error" }).click();
    await hides("hides 96 of 120");
    assert.equal(await line.inputValue(), "level:error");
    await line.fill("");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("trouble");
    await page.getByRole("option", { name: "Trouble" }).waitFor();
    await page.keyboard.press("Enter");
    await hides("hides 96 of 120");
    await views.click();
    await page.getByRole("menuitem", { name: "Delete Trouble" }).click();
    await views.click();
    await page.getByText("A view keeps query, columns and time under a name").waitFor();
  },
);

test("a view's columns are lent: they go and come with it, and the reader's own stay", LIMIT, async (t) => {
  const { page, log, line, hides } = await watching(t);
  const labels = async () => (await page.getByRole("columnheader").allInnerTexts()).join();
  const stand = (/** @type {string} */ columns) => until(columns, async () => (await labels()) === columns);
  const choose = async (/** @type {string} */ menu, /** @type {RegExp | string} */ item) => {
    await page.getByRole("button", { name: menu, exact: true }).click();
    await page.getByRole("menuitem", { name: item }).click();
  };
  const kept = () => page.evaluate(() => JSON.parse(localStorage.getItem("spectrix.preferences") ?? "{}").columns);
  const own = "Time,Level,Method,Message,Status,Duration,Source";
  await page.getByRole("button", { name: "Columns" }).click();
  for (const name of ["Method", "Duration", "Source"])
    await page.getByRole("menuitemcheckbox", { name, exact: true }).click();
  await page.keyboard.press("Escape");
  await stand("Time,Level,Message,Status");
  await line.fill("level:error");
  await hides("hides 96 of 120");
  await choose("Views", "Save this view…");
  const dialog = page.getByRole("dialog", { name: "Save this view" });
  await dialog.getByLabel("What is it called?").fill("Trouble");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await line.fill("");
  await choose("Columns", "As it was");
  await stand(own);
  const before = await kept();

  await choose("Views", /^Trouble/);
  await stand("Time,Level,Message,Status");
  await hides("hides 96 of 120");
  await page.goBack();
  await stand(own);
  await page.goForward();
  await stand("Time,Level,Message,Status");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Source", exact: true }).click();
  await page.keyboard.press("Escape");
  await page.reload();
  await log.live();
  await stand("Time,Level,Message,Status,Source");
  assert.equal(await line.inputValue(), "level:error");
  await choose("Columns", "Your own columns");
  await stand(own);
  assert.equal(await line.inputValue(), "level:error");
  await choose("Views", /^Trouble/);
  await stand("Time,Level,Message,Status");
  await choose("Views", "Your own columns");
  await stand(own);
  await page.goBack();
  await page.goForward();
  await stand(own);
  await choose("Views", /^Trouble/);
  await stand("Time,Level,Message,Status");
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await stand(own);
  assert.deepEqual(await kept(), before);
});
