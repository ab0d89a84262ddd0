/** Entries over time above the log, and a range of it by mouse and by keys. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { FIRST, SECOND } from "./bursts.mjs";
import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };

/** A watch page with two bursts of known entries, seconds apart. @param {import("node:test").TestContext} t */
async function watching(t) {
  const server = await startServer(t);
  const page = await (await visitor(t)).signedIn(server);
  const operator = new Operator(page, server);
  const service = await operator.service();
  const burst = async (/** @type {object[]} */ entries) => {
    await service.producer.send(...entries);
    const { entries: kept } = await operator.call("GET", `/services/${service.id}/entries?limit=1000`);
    return Math.floor(Date.parse(kept.at(-1).receivedAt) / 1000);
  };
  const first = await burst(FIRST);
  await until("three seconds to have passed", () => Date.now() / 1000 > first + 3);
  const second = await burst(SECOND);
  const log = new Log(page);
  await log.open(server.base, service.id);
  const chart = page.getByRole("slider", { name: "Entries over time" });
  /** The middle of a second's bar. @param {number} at */
  const barAt = async (at) => {
    const [low, high] = await chart.evaluate((slider) => [
      Number(slider.getAttribute("aria-valuemin")),
      Number(slider.getAttribute("aria-valuemax")),
    ]);
    const box = await chart.boundingBox();
    assert(box);
    return {
      x: box.x + (box.width * (at + 0.5 - low)) / (high - low),
      y: box.y + box.height / 2,
      bar: box.width / (high - low),
    };
  };
  const line = page.getByRole("combobox", { name: "Filter by text or by terms" });
  /** Waits until exactly this is in sight. @param {string[]} messages */
  const shows = async (messages) => {
    let sight = [];
    await until(
      `${messages.length} rows`,
      async () =>
        String((sight = (await log.inSight()).map(({ text }) => /(?:first|second) \d+/.exec(text)?.[0]))) ===
        String(messages),
      { told: () => sight },
    );
  };
  await page.locator(".chart-words", { hasText: "last 1 min · 17 entries, at most 12 a second" }).waitFor();
  return { page, service, log, chart, shows, barAt, line, first, second };
}

/** As the page writes it. @param {number} second */
function clock(second) {
  const at = new Date(second * 1000);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

test(
  "a range brushed with the mouse is all that is shown, whatever the query; it is in the address, and Escape leaves it",
  LIMIT,
  async (t) => {
    const { page, log, chart, shows, barAt, line, first, second } = await watching(t);

    // What stands at a second: every level with its count. The axis moves on, so the pointer may have to follow it.
    await until("the first burst to be told", async () => {
      const { x, y } = await barAt(first);
      await page.mouse.move(x, y);
      return (
        (await page.locator(".chart-words").textContent()) ===
        `${clock(first)} · 12 entries · 2 error · 1 warn · 8 info · 1 debug`
      );
    });

    const range = page.getByRole("status").filter({ hasText: `Only ${clock(first)}–${clock(first + 1)}` });
    await until("the first burst alone to be chosen", async () => {
      const { x, y, bar } = await barAt(first);
      await page.mouse.move(x - bar / 4, y);
      await page.mouse.down();
      await page.mouse.move(x + bar / 4, y, { steps: 4 });
      const told = await page.locator(".chart-words").textContent();
      await page.mouse.up();
      await page.getByRole("status").filter({ hasText: "Only " }).waitFor();
      if (told?.startsWith(`${clock(first)} · 12 entries`) && (await range.count())) return true;
      await chart.dblclick({ position: { x: 200, y: 20 } }); // the axis went on under the pointer
      return false;
    });
    await range.filter({ hasText: "5 entries outside, 1 error among them · what comes now is not shown" }).waitFor();
    await shows(FIRST.map(({ message }) => message));
    assert.ok(page.url().includes(`range=${first}-${first + 1}`), page.url());
    assert.equal(await page.getByRole("button", { name: "Following" }).count(), 0, "nothing is followed in the past");

    // With a query: each says what it hides itself, and the file holds what is shown.
    await line.fill("level:error");
    await page.locator(".hides", { hasText: "hides 14 of 17" }).waitFor();
    await range.filter({ hasText: "1 entry outside, 1 error among them" }).waitFor();
    const rows = ["first 9", "first 10"];
    await shows(rows);
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export what is shown" }).click();
    await page.getByRole("menuitem", { name: /NDJSON/ }).click();
    const file = await readFile(await (await download).path(), "utf8");
    assert.deepEqual(
      file
        .trim()
        .split("\n")
        .map((each) => JSON.parse(each).message),
      rows,
    );

    await page.reload();
    await log.live();
    await range.waitFor();
    await shows(rows);
    await chart.focus();
    await page.keyboard.press("Escape");
    await range.waitFor({ state: "detached" });
    await shows([...rows, "second 0"]);
    assert.ok(!page.url().includes("range="), page.url());

    // A double press goes back to the whole, and so does following the newest.
    for (const leave of [() => chart.dblclick({ position: { x: 200, y: 20 } }), () => page.keyboard.press("End")]) {
      await page.evaluate(
        (to) => (location.hash = to),
        `${new URL(page.url()).hash.split("?")[0]}?range=${second}-${second + 1}`,
      );
      await shows(SECOND.map(({ message }) => message));
      await log.grid.focus();
      await leave();
      await shows([...FIRST, ...SECOND].map(({ message }) => message));
    }
  },
);

test("a range by keys alone, and what a screen reader is told", LIMIT, async (t) => {
  const { page, service, log, chart, shows, first, second } = await watching(t);
  await page.keyboard.press("t");
  assert.ok(await chart.evaluate((slider) => slider === document.activeElement));
  const told = () => chart.getAttribute("aria-valuetext");
  const goTo = (/** @type {number} */ at, /** @type {string} */ key) =>
    until(`${key} to reach ${clock(at)}`, async () => {
      if (Number(await chart.getAttribute("aria-valuenow")) === at) return true;
      await page.keyboard.press(key);
      return false;
    });
  assert.equal(await told(), "nowhere yet");
  await goTo(second, "ArrowLeft");
  assert.equal(await told(), `${clock(second)} · 5 entries · 1 error · 4 info`);
  await page.keyboard.press("Shift+ArrowLeft");
  await goTo(first, "Shift+ArrowLeft");
  const chosen = `${clock(first)}–${clock(second + 1)} · 17 entries · 3 error · 1 warn · 12 info · 1 debug`;
  assert.equal(await told(), chosen);
  const drawnAt = () => page.evaluate(() => /** @type {any} */ (document.querySelector("sx-time-chart")).drawnAt);
  const drawn = await drawnAt();
  await until("the next drawing", async () => (await drawnAt()) > drawn);
  assert.equal(await told(), chosen, "it is drawn again every second, and the range goes on being chosen");
  await page.keyboard.press("Escape");
  assert.equal(await told(), "nowhere yet");
  await goTo(second, "ArrowLeft");
  await page.keyboard.press("Enter");
  await shows(SECOND.map(({ message }) => message));
  await page.keyboard.press("Escape");
  await shows([...FIRST, ...SECOND].map(({ message }) => message));

  // What lies further back than a page begins with is shown all the same, as long as the server has it.
  await service.producer.send(...Array.from({ length: 1200 }, (_, index) => ({ message: `later ${index}` })));
  await log.row("later 1199").waitFor();
  await page.evaluate((to) => (location.hash = to), `${new URL(page.url()).hash}?range=${first}-${first + 1}`);
  await page.reload();
  await shows(FIRST.map(({ message }) => message));
});
