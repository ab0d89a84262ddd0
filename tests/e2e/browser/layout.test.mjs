/** Every page at the sizes that people have, and without a mouse. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Pages } from "./pages.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };
const SIZES = [
  [1400, 900],
  [1024, 768],
  [390, 844],
  [360, 740],
];

/**
 * What of a page can't be seen or pressed: wider than the window, out of it, or beneath something else.
 * @param {boolean} whole whether the page is as high as the window, so that nothing may stand below it
 */
function misplaced(whole) {
  const { innerWidth: width, innerHeight: height } = window;
  const wrong = [];
  const { scrollWidth, scrollHeight } = document.documentElement;
  if (scrollWidth > width) wrong.push(`the page is ${scrollWidth} wide in a window of ${width}`);
  const dialog = document.querySelector("dialog[open]");
  if (whole && !dialog && scrollHeight > height)
    wrong.push(`the page is ${scrollHeight} high in a window of ${height}`);

  /** What is left of its box where its surroundings cut it off or scroll. */
  const seen = (element) => {
    let { left, top, right, bottom } = element.getBoundingClientRect();
    for (let around = element.parentElement; around && around !== document.body; around = around.parentElement) {
      if (getComputedStyle(around).overflow === "visible") continue;
      const frame = around.getBoundingClientRect();
      [left, top, right, bottom] = [
        Math.max(left, frame.left),
        Math.max(top, frame.top),
        Math.min(right, frame.right),
        Math.min(bottom, frame.bottom),
      ];
    }
    return { left, top, right, bottom, hidden: right - left <= 1 || bottom - top <= 1 };
  };

  const detail = document.querySelector("sx-entry-detail");
  const fills = detail && detail.getBoundingClientRect().width === width; // it is a page of its own then
  const stage = dialog ?? (fills ? detail : document);
  for (const control of stage.querySelectorAll("button, a[href], input, [role=checkbox], [tabindex='0']")) {
    if (!control.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const box = seen(control);
    if (box.hidden) continue;
    const label = control.getAttribute("aria-label") ?? control.textContent;
    const name = `${control.tagName.toLowerCase()} “${label.trim().slice(0, 40)}”`;
    if (box.left < -0.5 || box.right > width + 0.5) wrong.push(`${name} from ${box.left} to ${box.right} of ${width}`);
    if (whole && (box.top < -0.5 || box.bottom > height + 0.5))
      wrong.push(`${name} at ${box.top} to ${box.bottom} of ${height}`);
    const there = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    if (there && !control.contains(there) && !there.contains(control))
      wrong.push(`${name} is beneath ${there.tagName.toLowerCase()}.${there.className}`);
  }
  return wrong;
}

test("everything has its place, at every size", { timeout: 300_000 }, async (t) => {
  const server = await startServer(t);
  const stranger = await (await visitor(t)).page();
  const page = await (await visitor(t)).signedIn(server);
  const pages = new Pages(page, server);
  await pages.prepare();
  const detail = page.getByRole("complementary", { name: "Entry" });

  for (const [width, height] of SIZES) {
    await t.test(`${width} × ${height}`, async () => {
      await stranger.setViewportSize({ width, height });
      await stranger.goto(server.base);
      await stranger.getByText("print a one-time sign-in link").waitFor();
      assert.deepEqual(await stranger.evaluate(misplaced, false), [], "sign-in");

      await page.setViewportSize({ width, height });
      for (const [name, whole] of [
        ["services", false],
        ["streams", false],
        ["keyDialog", true],
        ["leaveKeyDialog", false],
        ["watch", true],
        ["detail", true],
      ]) {
        await pages[name]();
        assert.deepEqual(await page.evaluate(misplaced, whole), [], name);
      }
      await page.keyboard.press("Escape");
      await detail.waitFor({ state: "detached" });

      // What one needs most is there at every size.
      for (const control of [
        page.getByLabel("Filter by text"),
        page.getByRole("button", { name: /^Pause/ }),
        page.getByRole("button", { name: /^Follow/ }),
        page.getByRole("button", { name: "Live", exact: true }),
        page.getByRole("button", { name: "Account" }),
        page.getByRole("button", { name: "Switch service" }),
        page.getByRole("link", { name: "Streams" }),
      ]) {
        await control.click({ trial: true });
      }
      if (width >= 1100) return;
      await page.getByRole("button", { name: "Filter", exact: true }).click();
      const debug = page.getByRole("complementary", { name: "Filters" }).getByRole("checkbox", { name: "debug" });
      await debug.click();
      await page.keyboard.press("Escape");
      await page.getByText("hides 24 of 120").waitFor();
      assert.deepEqual(await page.evaluate(misplaced, true), [], "watch with a filter");
      await page.getByRole("button", { name: "Clear the filter" }).click();
    });
  }
});

test("the whole watch page by keyboard alone", LIMIT, async (t) => {
  const server = await startServer(t);
  const somebody = await visitor(t);
  const page = await somebody.signedIn(server);
  const pages = new Pages(page, server);
  await pages.prepare();
  await pages.watch();
  const { log } = pages;
  const { keyboard } = page;
  const detail = page.getByRole("complementary", { name: "Entry" });
  const focused = () => page.evaluate(() => document.activeElement?.closest("[role=grid], #watch-query")?.id ?? "");

  await keyboard.press("/");
  await keyboard.type("charge");
  await page.getByText("hides 96 of 120").waitFor();
  assert.equal(await page.getByLabel("Filter by text").inputValue(), "charge", "the / itself is not typed");
  await keyboard.press("Escape"); // clears
  await page.getByText("hides").waitFor({ state: "detached" });
  await log.row("job 119").waitFor(); // keys go to rows that are there
  await keyboard.press("Escape"); // leaves the field
  assert.notEqual(await focused(), "watch-query");

  await keyboard.press("ArrowUp");
  await keyboard.press("ArrowUp");
  const chosen = log.grid.locator("[aria-selected=true]");
  await chosen.waitFor();
  await keyboard.press("Enter");
  await detail.waitFor();
  const heading = await detail.getByRole("heading").first().innerText();
  await keyboard.press("ArrowUp");
  await until("another entry", async () => (await detail.getByRole("heading").first().innerText()) !== heading);
  await keyboard.press("ArrowDown");
  await until("the first one", async () => (await detail.getByRole("heading").first().innerText()) === heading);
  await keyboard.press("Escape");
  await detail.waitFor({ state: "detached" });
  await keyboard.press("Escape"); // no row is chosen any more
  await chosen.waitFor({ state: "detached" });

  await keyboard.press("End");
  await page.getByRole("button", { name: "Following" }).waitFor();
  await keyboard.press("Space");
  await page.getByRole("button", { name: "Resume" }).waitFor();
  await pages.busy.producer.count(3);
  await page.getByRole("status").filter({ hasText: "3 waiting" }).waitFor();
  await keyboard.press("Space");
  await log.row("entry 3").waitFor();
  await keyboard.press("Home");
  await until("the oldest row", async () => (await log.inSight())[0].id === "row-0");
  await keyboard.press("End");
  await log.row("entry 3").waitFor();

  // A button that has the focus keeps its own keys.
  await page.getByRole("button", { name: "Live", exact: true }).focus();
  await keyboard.press("Enter");
  assert.equal(await detail.count(), 0);

  // By Tab to the levels, by arrows to one of them, and it is pressed with Space.
  const has = (/** @type {string} */ name) =>
    page.getByRole("checkbox", { name }).evaluate((box) => box === document.activeElement);
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement)?.blur());
  for (let presses = 0; presses < 30 && !(await has("error")); presses++) await keyboard.press("Tab");
  assert(await has("error"), "Tab reaches the filters");
  for (let presses = 0; presses < 3; presses++) await keyboard.press("ArrowDown");
  assert(await has("debug"));
  await keyboard.press("Space");
  await page.getByText("hides 24 of 123").waitFor();
});
