/** Everything by keyboard: the palette, the sheet of keys, single keys; and what the tab does behind another one. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { entries, Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };

/** @param {import("node:test").TestContext} t */
async function watching(t) {
  const server = await startServer(t);
  const somebody = await visitor(t);
  const page = await somebody.signedIn(server);
  const operator = new Operator(page, server);
  const service = await operator.service();
  const log = new Log(page);
  await log.open(server.base, service.id);
  return { server, somebody, page, operator, service, producer: service.producer, log };
}

const chosen = (/** @type {Log} */ log) => log.grid.locator("[aria-selected=true]");

test("the palette does whatever is named, the last used first", LIMIT, async (t) => {
  const { page, operator, producer, log } = await watching(t);
  await operator.service("Auth Backend");
  await producer.count(3);
  await log.row("entry 3").waitFor();
  const command = page.getByRole("combobox", { name: "Command" });
  const options = page.getByRole("option");
  const { keyboard } = page;

  await keyboard.press("Control+k");
  await command.waitFor();
  assert.equal(await command.evaluate((input) => input === document.activeElement), true);
  await keyboard.type("set mark");
  const first = options.first();
  assert.match(await first.innerText(), /Set a mark\s+M/);
  assert.equal(await command.getAttribute("aria-activedescendant"), await first.getAttribute("id"));
  assert.equal(await first.getAttribute("aria-selected"), "true");
  await keyboard.press("Enter");
  await command.waitFor({ state: "detached" });
  await log.row("mark 1").waitFor();

  await keyboard.press("Control+k");
  assert.match(await options.first().innerText(), /Set a mark/, "used last");
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowUp");
  await keyboard.press("ArrowUp"); // around
  assert.equal(await options.last().getAttribute("aria-selected"), "true");
  await keyboard.type("no such thing");
  await page.getByText("Nothing is called that.").waitFor();
  await keyboard.press("Escape");
  await command.waitFor({ state: "detached" });
  assert.equal(page.url().includes("/watch"), true);

  // On every page: to another one, and how it looks.
  await keyboard.press("Control+k");
  await keyboard.type("streams auth");
  await options.filter({ hasText: "Auth Backend" }).waitFor();
  await keyboard.press("Enter");
  await page.getByRole("button", { name: "Create stream key" }).first().waitFor();
  await keyboard.press("Control+k");
  await keyboard.type("dark");
  await keyboard.press("Enter");
  await until("the dark theme", () => page.evaluate(() => document.documentElement.dataset.theme === "dark"));
});

test("? tells all shortcuts and switches single ones off; E goes from error to error", LIMIT, async (t) => {
  const { page, producer, log } = await watching(t);
  const { keyboard } = page;
  await producer.send(
    ...Array.from({ length: 40 }, (_, index) => ({
      level: index % 15 === 10 ? "error" : "info",
      message: `line ${index}`,
    })),
  );
  await log.row("line 39").waitFor();
  for (const [key, line] of [
    ["e", "line 10"],
    ["e", "line 25"],
    ["e", "line 10"],
    ["Shift+E", "line 25"],
  ]) {
    await keyboard.press(key);
    await chosen(log).filter({ hasText: line }).waitFor();
  }

  await keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Shortcuts" });
  await sheet.getByText("Set a mark", { exact: true }).waitFor();
  await keyboard.press("m"); // not through a dialog
  const letters = sheet.getByRole("checkbox", { name: /^Keys of a single character/ });
  await letters.focus();
  await keyboard.press("Space");
  await keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });
  for (const key of ["m", "e", "?", "/"]) await keyboard.press(key);
  await keyboard.press("ArrowUp"); // one of the others
  await chosen(log).filter({ hasText: "line 24" }).waitFor();
  assert.equal(await log.row("mark").count(), 0);
  assert.equal(await sheet.count(), 0);

  await keyboard.press("Control+k");
  await keyboard.type("shortcuts");
  await keyboard.press("Enter");
  await letters.check();
  await keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });
  await page.waitForFunction(
    () => document.activeElement === document.body && !document.querySelector("dialog[open], [popover]:popover-open"),
  ); // whose keys they would be
  await keyboard.press("m");
  await until("the mark", async () => (await page.getByRole("tab", { name: "Marks" }).innerText()).includes("1"));
});

test(
  "without a mouse every region is a few keys away, and where the focus goes, it comes back from",
  LIMIT,
  async (t) => {
    const { page, producer, log } = await watching(t);
    const { keyboard } = page;
    await producer.send(
      ...Array.from({ length: 60 }, (_, index) => ({
        level: "info",
        message: `line ${index}`,
        method: "GET",
        endpoint: `/x/${index}`,
        statusCode: 200,
        source: `source ${index % 10}`,
      })),
    );
    await log.row("/x/59").waitFor();
    const focused = () =>
      page.evaluate(() => {
        const { activeElement: element } = document;
        const name = element?.getAttribute("aria-label") ?? element?.textContent?.trim().slice(0, 40);
        return `${element?.localName} ${name}`;
      });

    await keyboard.press("Tab");
    assert.match(await focused(), /Skip to the content/);
    await keyboard.press("Enter");
    assert.match(await focused(), /^sx-log-list/);
    await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
    const stops = [];
    while (!stops.at(-1)?.startsWith("sx-log-list") && stops.length < 40) {
      await keyboard.press("Tab");
      stops.push(await focused());
    }
    // From the last stop to the first the browser may have a stop of its own.
    const ours = stops.filter((stop) => !stop.startsWith("body"));
    assert.ok(ours.length <= 24, `${ours.length} presses of Tab to the log: ${ours.join(", ")}`);

    // The bar is one stop, with arrows from button to button, and the stop is where one was last.
    await page.getByRole("button", { name: "Live" }).focus();
    for (const [key, name] of [
      ["ArrowRight", /^button Share/],
      ["ArrowLeft", /^button Live/],
      ["ArrowLeft", /^button Export/],
      ["Tab", /^button Display/],
      ["Tab", /^input/],
      ["Shift+Tab", /^button Display/],
      ["Shift+Tab", /^button Export/],
    ]) {
      await keyboard.press(/** @type {string} */ (key));
      assert.match(await focused(), /** @type {RegExp} */ (name));
    }
    await keyboard.press("ArrowDown");
    await page.getByRole("menuitem", { name: "NDJSON" }).waitFor();
    await keyboard.press("ArrowRight");
    await until("the menu to have the focus", async () => (await focused()).startsWith("button NDJSON"));
    await keyboard.press("Escape");
    await log.grid.focus();

    // Into the entry and back to its row.
    await keyboard.press("ArrowUp");
    await keyboard.press("Enter");
    await until("the entry to have the focus", async () => (await focused()).startsWith("h2"));
    await keyboard.press("Escape");
    await until("the log to have it again", async () => (await focused()).startsWith("sx-log-list"));
    await chosen(log).waitFor();

    // F6 from region to region, and back to where one was in each.
    await keyboard.press("Shift+F6");
    assert.match(await focused(), /^div Entries over time/);
    await keyboard.press("Shift+F6");
    assert.match(await focused(), /^button Log/);
    await keyboard.press("Shift+F6");
    const level = page.getByRole("region", { name: "Level" });
    assert.equal(
      await level.getByRole("checkbox", { name: "error" }).evaluate((it) => it === document.activeElement),
      true,
    );
    await keyboard.press("ArrowDown");
    await keyboard.press("ArrowRight");
    assert.match(await focused(), /^button only/);
    await keyboard.press("Tab");
    assert.match(await focused(), /^button 2xx/, "one stop a group");
    for (let regions = 0; regions < 3; regions++) await keyboard.press("F6");
    assert.match(await focused(), /^sx-log-list/);

    // Those who do not see it are told of errors.
    await producer.send({ level: "error", message: "the pool is empty" });
    await page.getByRole("status").filter({ hasText: "1 new error: the pool is empty" }).waitFor({ state: "attached" });

    // At 400 % rows are in sight; without colours, states are words.
    await page.setViewportSize({ width: 320, height: 256 });
    await until("rows in sight", async () => (await log.inSight()).length >= 3);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ forcedColors: "active" });
    await page.getByTitle("Hide debug").click();
    const mark = (/** @type {string} */ name) =>
      level
        .getByRole("checkbox", { name })
        .locator(".facet-name")
        .evaluate((element) => getComputedStyle(element, "::after").content);
    assert.match(await mark("debug"), /hidden/);
    assert.match(await mark("info"), /✓/);
  },
);

test(
  "behind another tab errors are counted in title and icon, and nothing is lost, not even while frozen",
  LIMIT,
  async (t) => {
    const { somebody, page, producer, log } = await watching(t);
    const icon = () => page.evaluate(() => document.querySelector("link[rel=icon]")?.getAttribute("href"));
    await producer.count(5);
    await log.row("entry 5").waitFor();
    assert.equal(await icon(), "icon.svg");

    // Nothing hides a headless page, so it is told what a browser would tell it.
    const look = (/** @type {boolean} */ hidden) =>
      page.evaluate((value) => {
        Object.defineProperty(document, "hidden", { configurable: true, value });
        Object.defineProperty(document, "visibilityState", { configurable: true, value: value ? "hidden" : "visible" });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await look(true);
    await producer.send(
      { level: "error", message: "entry 6" },
      { level: "warn", message: "entry 7" },
      { level: "error", message: "entry 8" },
    );
    producer.sent = 8;
    await until("the title to count", async () => (await page.title()).startsWith("(2) Payment Service · Watch"), {
      told: () => page.title(),
    });
    assert.equal(await icon(), "icon-errors.svg");
    await look(false);
    await until(
      "the count to go",
      async () => (await page.title()).startsWith("Payment Service") && (await icon()) === "icon.svg",
    );

    const devtools = await somebody.context.newCDPSession(page);
    await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
    await producer.count(200);
    await devtools.send("Page.setWebLifecycleState", { state: "active" });
    await log.row("entry 208").waitFor();
    await log.tells(entries(1, 208));
  },
);

test("a page that is left ends its session; shown again as it was, it goes on without loss", LIMIT, async (t) => {
  const { page, operator, service, producer, log } = await watching(t);
  const sessions = async () => (await operator.call("GET", `/services/${service.id}/sessions`)).sessions.length;
  await producer.count(5);
  await log.row("entry 5").waitFor();
  assert.equal(await sessions(), 1);
  for (let n = 0; n < 2; n++) {
    await page.reload();
    await log.live();
  }
  await until("one session for one page", async () => (await sessions()) === 1, { told: sessions });

  // As the browser's cache of pages does it.
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  await until("no session", async () => (await sessions()) === 0);
  await producer.count(7);
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await log.row("entry 12").waitFor();
  await log.tells(entries(1, 12));

  await page.goto("about:blank");
  await until("no session of a page that is gone", async () => (await sessions()) === 0);
});
