/** What axe-core finds on every page and in every dialog, light and dark. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { cutRings, look } from "./axe.mjs";
import { visitor } from "./chromium.mjs";
import { Pages } from "./pages.mjs";
import { startServer } from "./server.mjs";

test("axe finds nothing in either theme", { timeout: 300_000 }, async (t) => {
  const server = await startServer(t);
  const somebody = await visitor(t, { colorScheme: "light" });
  const gate = await somebody.page();
  await gate.goto(server.base);
  await gate.getByText("print a one-time sign-in link").waitFor();
  const found = { signIn: await look(gate) };
  await gate.close();

  const page = await somebody.signedIn(server);
  const pages = new Pages(page, server);
  await pages.prepare();
  for (const name of ["services", "streams", "keyDialog", "watch", "routes", "errors", "detail"]) {
    await pages[name]();
    found[name] = await look(page);
    found[`rings of ${name}`] = await cutRings(page);
    if (name === "keyDialog") await pages.leaveKeyDialog();
  }
  // What opens over the log, and the panel of a mark.
  const press = (/** @type {string | RegExp} */ name) => page.getByRole("button", { name, exact: true }).click();
  for (const [name, open, shown] of /** @type {[string, () => Promise<void>, string][]} */ ([
    ["live", () => press("Live"), "The session renews by itself"],
    ["query help", () => press("Query help"), "both words, anywhere"],
    ["palette", () => page.keyboard.press("Control+k"), "Filter to level error"],
    ["shortcuts", () => page.keyboard.press("?"), "Keys of a single character"],
    ["share", () => press("Share"), "Whoever has the link"],
    ["display", () => press(/^Display/), "Group repeats"],
  ])) {
    await page.keyboard.press("Escape");
    await open();
    await page.getByText(shown).first().waitFor();
    found[name] = await look(page);
  }
  await page.keyboard.press("Escape");
  await page.getByRole("tab", { name: /^Marks/ }).click();
  found.marks = await look(page);
  await page.goto(`${server.base}/#/services/${pages.busy.id}/streams`);
  await press("Create alert");
  await page.getByRole("dialog").getByLabel("Tell it to").waitFor();
  found.alert = await look(page);
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 390, height: 844 });
  await pages.watch();
  found.narrow = await look(page);
  await page.keyboard.press("Escape"); // out of the entry, which fills so narrow a window
  await pages.table("Routes");
  found.narrowRoutes = await look(page);
  assert.deepEqual(found, Object.fromEntries(Object.keys(found).map((name) => [name, []])));
});
