/**
 * The query line: what can stand there, what is wrong and where, what is hidden; values by a key, an entry in its
 * context.
 */

import assert from "node:assert/strict";
import { test } from "node:test";

import { found } from "./axe.mjs";
import { visitor } from "./chromium.mjs";
import { watchShop } from "./pages.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };

/**
 * Somebody on a watch page with 120 entries of a shop.
 * @param {import("node:test").TestContext} t
 * @param {object} [options]
 */
async function watching(t, options) {
  const server = await startServer(t);
  const somebody = await visitor(t, options);
  const page = await somebody.signedIn(server);
  const shop = await watchShop(page, server);
  return { ...shop, options: page.getByRole("listbox", { name: "What can stand here" }).getByRole("option") };
}

const RULES = { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] };

/** @param {import("playwright-core").Page} page */
const violations = async (page) =>
  (await found(page, RULES)).flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));

test("a query is typed with what was seen; it is in the address, and says what it hides", LIMIT, async (t) => {
  const { page, log, line, options, hides } = await watching(t);
  await page.keyboard.press("/");
  await page.keyboard.type("le");
  assert.match(await options.first().innerText(), /^level/);
  assert.equal(await page.locator(".hides").count(), 0, "what may become a field's name empties no log");
  await page.keyboard.press("Tab");
  assert.equal(await line.inputValue(), "level:");
  await page.keyboard.type("er");
  await page.keyboard.press("ArrowDown");
  assert.equal(await line.getAttribute("aria-activedescendant"), await options.first().getAttribute("id"));
  await page.keyboard.press("Enter");
  assert.equal(await line.inputValue(), "level:error ");
  await hides("hides 96 of 120");
  await page.keyboard.type("-metadata.duration>415 ");
  await hides("hides 106 of 120 · 10 errors among them");
  await page.keyboard.press("Enter");
  const address = page.url();
  assert.ok(address.includes("q=level%3Aerror"), address);

  await page.reload();
  await log.live();
  await hides("hides 106 of 120");
  assert.equal(await line.inputValue(), "level:error -metadata.duration>415 ");
  await line.fill("");
  await page.locator(".hides").waitFor({ state: "detached" });
  assert.match(
    await options.first().innerText(),
    /level:error -metadata.duration>415/,
    "what was used lately is offered",
  );
  await page.keyboard.press("Escape");
  assert.equal(await options.count(), 0);
});

test("what is wrong is told at its place, and what was read last goes on to hold", LIMIT, async (t) => {
  const { page, line, hides } = await watching(t);
  await line.fill("level:error");
  await hides("hides 96 of 120");
  await line.fill("level:error sttaus:500");
  const sentence = page.locator("#query-error");
  await sentence.filter({ hasText: "There is no field “sttaus”, but “status”." }).waitFor();
  assert.equal(await line.getAttribute("aria-invalid"), "true");
  assert.equal(await line.getAttribute("aria-describedby"), "query-error");
  assert.equal(await page.locator(".query-wrong").textContent(), "sttaus");
  await hides("hides 96 of 120");
  await page.setViewportSize({ width: 390, height: 800 });
  const width = (await line.boundingBox())?.width ?? 0;
  assert.ok(width > 120, `the sentence leaves ${width} px to the query`);
  await line.fill("level:error status:500");
  await until("nothing to be wrong", async () => (await sentence.textContent()) === "");
});

test("a value of a row by a key, and an entry in its context and back", LIMIT, async (t) => {
  const { page, log, line, hides } = await watching(t);
  await log.row("/api/pay/charge").last().click();
  await page.keyboard.press("x");
  assert.equal(await line.inputValue(), '-route:"/api/pay/charge"');
  await hides("hides 24 of 120 · 24 errors among them");
  await page.keyboard.press("i");
  assert.equal(await line.inputValue(), 'route:"/api/pay/charge"', "the contrary takes its place");
  await hides("hides 96 of 120");
  const filtered = (await log.inSight()).map(({ id }) => id);

  const current = await page.locator("[role=row][aria-selected=true]:visible").getAttribute("id");
  await page.getByRole("button", { name: "Show in context" }).click();
  await page.getByRole("button", { name: /^context · back to filter/ }).waitFor();
  await log.row("job 114").waitFor();
  assert.equal(await page.locator("[role=row][aria-selected=true]:visible").getAttribute("id"), current);
  assert.ok(page.url().includes("q=route"), "the address keeps the filter");
  await page.keyboard.press("Escape");
  await hides("hides 96 of 120");
  await until("the rows as before", async () => String((await log.inSight()).map(({ id }) => id)) === String(filtered));
  assert.equal(await line.inputValue(), 'route:"/api/pay/charge"');
});

test(
  "what the server leaves out is counted, from where its filter holds on, and no more once this page filters again",
  LIMIT,
  async (t) => {
    const { page, log, line, hides, producer } = await watching(t);
    await line.fill("level:error");
    await hides("hides");
    // It is offered where the page is too slow for the stream, which nobody can wait for here.
    await page.evaluate(() => {
      const watched = /** @type {any} */ (document.querySelector("sx-watch"));
      watched.watch.serverFilter.begin();
      watched.requestUpdate();
    });
    await hides("0 left out by the server");
    await until("the filter to hold", () =>
      page.evaluate(() =>
        Boolean(/** @type {any} */ (document.querySelector("sx-watch")).watch.subscriber.ledger.filters.taken),
      ),
    );
    await producer.send(
      { message: "kept away" },
      { message: "let through", level: "error" },
      { message: "kept away too" },
    );
    await log.row("let through").waitFor();
    await hides("2 left out by the server");
    await line.fill("let");
    await hides("0 left out by the server");

    await page.getByRole("button", { name: "Filter here again" }).click();
    await line.fill("");
    await producer.send({ message: "comes again" });
    await log.row("comes again").waitFor();
    assert.equal(await log.row("kept away").count(), 0, "that does not come any more");
    assert.equal(await page.getByText(/gaps? ·|not received/).count(), 0, "and is no gap");
  },
);

test("on the narrowest screens, what can stand there is all in sight", LIMIT, async (t) => {
  for (const width of [360, 390]) {
    const { line, options } = await watching(t, { viewport: { width, height: 740 } });
    await line.click();
    await options.first().waitFor();
    const box = await options.first().boundingBox();
    assert(box && box.x >= 0 && box.x + box.width <= width, `${JSON.stringify(box)} in ${width} px`);
  }
});

test("axe finds nothing in either theme, whatever the line shows", LIMIT, async (t) => {
  const { page, line, options } = await watching(t);
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    await page.emulateMedia({ colorScheme });
    await until(`the ${colorScheme} theme`, () =>
      page.evaluate((theme) => document.documentElement.dataset.theme === theme, colorScheme),
    );
    await line.fill("");
    await line.click();
    await options.first().waitFor();
    await page.keyboard.press("ArrowDown");
    const offered = await violations(page);
    await line.fill("level:fatal");
    await page.locator(".query-wrong").waitFor();
    const wrong = await violations(page);
    await line.fill("charge");
    await page.getByRole("button", { name: "Query help" }).click();
    await page.getByRole("heading", { name: "Query help" }).waitFor();
    assert.deepEqual(
      { offered, wrong, help: await violations(page) },
      { offered: [], wrong: [], help: [] },
      colorScheme,
    );
    await page.keyboard.press("Escape");
  }
});
