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

/**
 * Focus rings that their surroundings cut off, of all that can have the focus.
 * @param {import("playwright-core").Page} page
 */
function cutRings(page) {
  return page.evaluate(() => {
    const stage = document.querySelector("dialog[open]:modal") ?? document;
    const wrong = [];
    for (const element of stage.querySelectorAll("button, a[href], summary, select, textarea, [tabindex]")) {
      const before = element.getBoundingClientRect();
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || before.width < 2) continue;
      element.focus({ focusVisible: true, preventScroll: true });
      if (document.activeElement !== element) continue;
      const style = getComputedStyle(element);
      const more = style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset);
      const { left, top, right, bottom } = element.getBoundingClientRect();
      for (let around = element.parentElement; around; around = around.parentElement) {
        if (getComputedStyle(around).overflow === "visible") continue;
        const frame = around.getBoundingClientRect();
        // What is scrolled out of sight is no matter of its ring.
        if (left < frame.left || top < frame.top || right > frame.right + 0.5 || bottom > frame.bottom + 0.5) break;
        const cut =
          left - more < frame.left - 0.5 ||
          top - more < frame.top - 0.5 ||
          right + more > frame.right + 0.5 ||
          bottom + more > frame.bottom + 0.5;
        const name = `${element.tagName.toLowerCase()}.${element.className} “${element.textContent.trim().slice(0, 20)}”`;
        if (cut) wrong.push(`${name} by ${around.tagName.toLowerCase()}.${around.className}`);
      }
      element.blur();
    }
    return [...new Set(wrong)];
  });
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
      if (theme === "light") found[`rings of ${name}`] = await cutRings(page);
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
      found[name] = await violations(page);
    }
    await page.keyboard.press("Escape");
    await page.getByRole("tab", { name: /^Marks/ }).click();
    found.marks = await violations(page);
    await page.goto(`${server.base}/#/services/${pages.busy.id}/streams`);
    await press("Create alert");
    await page.getByRole("dialog").getByLabel("Tell it to").waitFor();
    found.alert = await violations(page);
    await page.keyboard.press("Escape");
    await page.setViewportSize({ width: 390, height: 844 });
    await pages.watch();
    found.narrow = await violations(page);
    await page.keyboard.press("Escape"); // out of the entry, which fills so narrow a window
    await pages.table("Routes");
    found.narrowRoutes = await violations(page);
    assert.deepEqual(found, Object.fromEntries(Object.keys(found).map((name) => [name, []])));
  });
}
