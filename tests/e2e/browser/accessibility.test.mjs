/** What axe-core finds on every page, light and dark. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Pages } from "./pages.mjs";
import { startServer } from "./server.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** @param {import("playwright-core").Page} page */
async function violations(page) {
  const found = await page.evaluate(
    async () => (await /** @type {any} */ (window).axe.run(document, { resultTypes: ["violations"] })).violations,
  );
  return found.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) =>
        `${id}: ${target.join(" ")}: ${failureSummary.split("\n").slice(1).join(" ").trim()}`,
    ),
  );
}

for (const theme of ["light", "dark"]) {
  test(`axe finds nothing in the ${theme} theme`, { timeout: 50_000 }, async (t) => {
    const server = await startServer(t);
    const visits = { colorScheme: theme };
    const stranger = await visitor(t, visits);
    const somebody = await visitor(t, visits);
    for (const { context } of [stranger, somebody]) await context.addInitScript({ path: AXE });
    const gate = await stranger.page();
    await gate.goto(server.base);
    await gate.getByText("print a one-time sign-in link").waitFor();
    const found = { signIn: await violations(gate) };

    const page = await somebody.signedIn(server);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), theme);
    const pages = new Pages(page, server);
    await pages.prepare();
    for (const name of ["services", "streams", "keyDialog", "watch", "routes", "errors", "detail"]) {
      await pages[name]();
      found[name] = await violations(page);
      if (name === "keyDialog") await pages.leaveKeyDialog();
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await pages.watch();
    found.narrow = await violations(page);
    await page.keyboard.press("Escape"); // out of the entry, which fills so narrow a window
    await pages.table("Routes");
    found.narrowRoutes = await violations(page);
    assert.deepEqual(found, Object.fromEntries(Object.keys(found).map((name) => [name, []])));
  });
}
