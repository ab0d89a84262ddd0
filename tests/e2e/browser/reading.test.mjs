/** Reading and selecting while the log goes on: nothing that is read moves, and what waits is counted. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };
const LONG = "long ".repeat(3000);
/** What a terminal would obey, what turns the direction of a text, what can't be seen, and more than fits. */
const ODD = `\u001b[31mred\u001b[0m \u202eevil\u202c nul \u0000 bell \u0007 zero\u200bwidth \u001b]0;title\u0007 two\nlines ${LONG}`;

/**
 * A log that is written to all the time, and a page that watches it.
 * @param {import("node:test").TestContext} t
 * @param {number} [kept] rows that the page keeps; so few that old ones are dropped soon
 */
async function watching(t, kept = 1000) {
  const server = await startServer(t);
  const page = await (await visitor(t, { permissions: ["clipboard-read", "clipboard-write"] })).signedIn(server);
  const { id, producer } = await new Operator(page, server).service();
  let sent = 0;
  /** @param {number} count */
  const send = (count) =>
    producer.send(
      ...Array.from({ length: count }, () => ({
        level: "info",
        message: `line ${++sent}`,
        timestamp: 1_800_000_000_000 + sent,
      })),
    );
  await send(600);
  const log = new Log(page);
  await log.open(server.base, id);
  await page.getByRole("contentinfo").filter({ hasText: "600 entries" }).waitFor();
  await page.evaluate(
    (rows) => /** @type {any} */ ((document.querySelector("sx-watch").watch.ring.maxRows = rows)),
    kept,
  );
  const ring = () =>
    page.evaluate(() =>
      (({ first, end }) => ({ first, end }))(/** @type {any} */ (document.querySelector("sx-watch")).watch.ring),
    );
  /** Sends so many, and waits until the page has them. @param {number} count */
  const more = async (count) => {
    const { end } = await ring();
    for (let left = count; left > 0; left -= 100) await send(Math.min(100, left));
    await until("the rows", async () => (await ring()).end >= end + count);
  };
  const status = page.getByRole("contentinfo").getByRole("status");
  /** Where the rows in sight stand, and what they say. */
  const seen = async () => (await log.inSight()).map(({ id: row, text }) => `${row} ${text.replace(/\s+/g, " ")}`);
  return { page, log, producer, send, more, ring, status, seen };
}

test(
  "scrolled up, nothing moves while entries come and old ones are dropped; too old, it stays until one scrolls",
  LIMIT,
  async (t) => {
    const { page, log, more, ring, status, seen } = await watching(t);
    await log.row("line 600").hover();
    await page.mouse.wheel(0, -3007); // no whole number of rows
    await until("to be scrolled", async () => (await status.innerText()).includes("below"));
    const [before, row] = [await seen(), log.row(/line 4\d\d/).first()];
    const { y } = await row.boundingBox();
    const said = await row.innerText();
    const waiting = async () => Number(/([\d,]+) below/.exec(await status.innerText())?.[1].replaceAll(",", ""));
    const below = await waiting();

    await more(300);
    await until("what waits to be counted", async () => (await waiting()) === below + 300);
    assert.deepEqual(await seen(), before, "nothing moves while rows come");
    await more(400);
    await until("rows to be dropped", async () => (await ring()).first > 0);
    assert.deepEqual(await seen(), before, "nor while rows are dropped");
    assert.equal(
      (await log.row(said.trim().split(/\s+/).slice(-2).join(" ")).first().boundingBox()).y,
      y,
      "not by a pixel",
    );

    // In another shape of window the same row is at the top.
    const top = before[0].split(" ")[0];
    await page.setViewportSize({ width: 500, height: 700 });
    await until("two lines a row", async () => (await log.inSight())[0]?.id === top);
    await page.setViewportSize({ width: 1400, height: 900 });
    await until("one line a row", async () => (await log.inSight())[0]?.id === top);
    const stays = await seen();

    await more(1000);
    await status.filter({ hasText: "too old to be kept; they stay until you scroll" }).waitFor();
    assert.deepEqual(await seen(), stays, "what is read stays, though it is not kept any more");
    const { first } = await ring();
    await page.mouse.move(700, 400);
    await page.mouse.wheel(0, 24);
    await until("the oldest that is kept", async () => (await log.inSight())[0].id === `row-${first}`);
    await until("what the server still has to come back above it", async () => (await ring()).first < first);
    assert.equal((await log.inSight())[0].id, `row-${first}`);

    // One key, and the newest are there again.
    await page.keyboard.press("End");
    await until("to follow", async () => (await log.inSight()).at(-1)?.id === `row-${(await ring()).end - 1}`);
  },
);

test("a pause says that it is one, for as long as it takes, and how many wait", LIMIT, async (t) => {
  const { page, log, more, status, seen, ring } = await watching(t);
  await page.keyboard.press("Space");
  await status.filter({ hasText: "paused 0 waiting" }).waitFor();
  const before = await seen();
  await more(350);
  await status.filter({ hasText: "paused 350 waiting" }).waitFor();
  assert.deepEqual(await seen(), before);
  await page.getByRole("button", { name: "Resume" }).waitFor();
  // Reading on within what is held: to its end and no further.
  await page.keyboard.press("Home");
  await until("the oldest", async () => (await log.inSight())[0].message === "line 1");
  await log.grid.evaluate((grid) => (grid.scrollTop = grid.scrollHeight));
  await until("the last that is held", async () => (await log.inSight()).at(-1)?.message === "line 600");
  await status.filter({ hasText: "paused 350 waiting" }).waitFor();
  await page.keyboard.press("Space");
  await until("to follow", async () => (await log.inSight()).at(-1)?.id === `row-${(await ring()).end - 1}`);
  assert.equal(await status.innerText(), "");
});

test(
  "what rushes past can be pressed: that row stays where it is seen, and is the one that is chosen",
  LIMIT,
  async (t) => {
    const { page, log, send } = await watching(t, 200_000);
    let rushing = true;
    const rush = (async () => {
      while (rushing) await send(100);
    })();
    try {
      const { x, y, height } = await log.grid.boundingBox();
      for (const share of [0.2, 0.5, 0.9]) {
        await page.keyboard.press("End");
        await page.getByRole("button", { name: "Following" }).waitFor();
        const press = await page.evaluateHandle(() => {
          const pressed = new Promise((done) => {
            const told = (/** @type {PointerEvent} */ { target }) => {
              const { id } = /** @type {Element} */ (target).closest(".row");
              const seen = () =>
                ((row) => row && `${row.textContent} ${row.getBoundingClientRect().top}`)(document.getElementById(id));
              const before = seen();
              requestAnimationFrame(() => requestAnimationFrame(() => done({ id, before, after: seen() })));
            };
            addEventListener("pointerdown", told, { capture: true, once: true });
          });
          return { pressed };
        });
        await page.mouse.move(x + 500, y + height * share);
        await page.mouse.down();
        const { id, before, after } = await press.evaluate(({ pressed }) => pressed);
        await page.mouse.up();
        assert.equal(after, before);
        await until("it to be chosen", async () => (await log.grid.getAttribute("aria-activedescendant")) === id);
      }
    } finally {
      rushing = false;
      await rush;
    }
  },
);

test(
  "a text is selected across rows while entries come, and copied as lines; what a page must not obey as what it is",
  LIMIT,
  async (t) => {
    const { page, log, send, more, ring, producer } = await watching(t);
    await send(1);
    await page.evaluate(() => getSelection()?.removeAllRanges());
    await log.row("line 601").waitFor();
    const [from, to] = [log.row("line 588").locator(".message"), log.row("line 591").locator(".message")];
    const [start, end] = [await from.boundingBox(), await to.boundingBox()];
    await page.mouse.move(start.x + 1, start.y + 12);
    await page.mouse.down();
    await more(60); // while the button is held
    await page.mouse.move(end.x + 80, end.y + 12, { steps: 6 });
    await more(60);
    await page.mouse.up();
    const selected = () => page.evaluate(() => String(getSelection()));
    const text = await selected();
    for (const line of ["line 588", "line 589", "line 590", "line 591"]) assert.ok(text.includes(line), text);
    await more(500);
    await until("rows to be dropped", async () => (await ring()).first > 0);
    assert.equal(await selected(), text, "what is selected stays so");
    await page.keyboard.press("Control+c");
    const lines = (await page.evaluate(() => navigator.clipboard.readText())).split("\n");
    assert.deepEqual(
      lines.map((line) => line.split("\t").slice(1).join(" ")),
      [588, 589, 590, 591].map((number) => `info line ${number}`),
    );

    // What a terminal would obey, and what is too long, is one quiet line; so it is where a value is a column, and when
    // pasted.
    await page.keyboard.press("End");
    await page.getByRole("button", { name: "Following" }).waitFor();
    await producer.send(
      { level: "warn", message: ODD, source: ODD, metadata: { odd: ODD } },
      { level: "info", message: "behind it" },
    );
    await log.row("behind it").waitFor();
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("menuitemcheckbox", { name: "odd" }).click();
    await page.keyboard.press("Escape");
    const row = log.row("evil");
    for (const cell of [".message", ".source", ".extra"]) {
      const told = await row.locator(cell).innerText();
      assert.ok(
        told.startsWith(
          "\\x1b[31mred\\x1b[0m \\u202eevil\\u202c nul \\x00 bell \\x07 zero\\u200bwidth \\x1b]0;title\\x07 two\\nlines long",
        ),
        `${cell}: ${told.slice(0, 200)}`,
      );
      assert.ok(told.length < 1100, "no more of it than can be seen");
    }
    assert.equal((await row.boundingBox()).height, 24);
    assert.ok(
      await log.grid.evaluate((grid) => grid.scrollWidth <= grid.clientWidth),
      "the list is no wider than the page",
    );
    await page.evaluate(() => {
      const rows = [...document.querySelectorAll(".row:not([hidden])")];
      const at = rows.findIndex((each) => each.textContent?.includes("evil"));
      getSelection()?.setBaseAndExtent(rows[at], 0, rows[at + 1], rows[at + 1].childNodes.length);
    });
    await page.keyboard.press("Control+c");
    const pasted = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(pasted.split("\n").length, 2);
    assert.doesNotMatch(pasted.replace(/[\t\n]/g, ""), /[\u0000-\u001f\u200b\u202a-\u202e]/);
  },
);
