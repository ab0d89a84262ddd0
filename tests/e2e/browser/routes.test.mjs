/** Routes and errors of what the log shows, live; what is new says so; what is slow for its route is tinted. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };

/** @param {import("node:test").TestContext} t */
async function watching(t) {
  const server = await startServer(t);
  const somebody = await visitor(t);
  const page = await somebody.signedIn(server);
  const { id, producer } = await new Operator(page, server).service();
  const log = new Log(page);
  await log.open(server.base, id);
  const tab = (/** @type {string} */ name) => page.getByRole("tab", { name: new RegExp(`^${name}`) }).click();
  const lines = () =>
    page
      .getByRole("tabpanel")
      .locator("tbody tr")
      .evaluateAll((rows) =>
        rows.map((row) =>
          [...row.querySelectorAll(".live-name, td:not(.live-bars, .live-tools, .live-rate, .live-first, .live-last)")]
            .map((cell) => /** @type {HTMLElement} */ (cell).innerText.replace(/\s+/g, " ").trim())
            .join(" | "),
        ),
      );
  const shows = (/** @type {string[]} */ expected) =>
    until("the table", async () => JSON.stringify(await lines()) === JSON.stringify(expected), { told: lines });
  const line = (/** @type {{name: RegExp}} */ which) => page.getByRole("tabpanel").getByRole("row", which);
  return { page, producer, log, tab, line, lines, shows, query: page.locator("#watch-query") };
}

/**
 * @param {number} count
 * @param {string} line "GET /users/* 200 12": a number stands for the star
 * @param {object} [more]
 */
function requests(count, line, more = {}) {
  const [method, path, status, duration] = line.split(" ");
  return Array.from({ length: count }, (_, n) => {
    const endpoint = path.replace("*", String(n));
    const level = Number(status) >= 500 ? "error" : Number(status) >= 400 ? "warn" : "info";
    return {
      level,
      method,
      endpoint,
      statusCode: Number(status),
      message: `${method} ${endpoint}`,
      metadata: { duration: Number(duration), ...more },
    };
  });
}

/**
 * Which figures of a table lie over their neighbours on a narrow page, its head among them.
 * @param {import("playwright-core").Page} page
 */
async function overlaps(page) {
  const found = [];
  for (const width of [390, 360]) {
    await page.setViewportSize({ width, height: 740 });
    const each = await page.getByRole("tabpanel").evaluate((panel) =>
      [...panel.querySelectorAll("tr")].flatMap((row) => {
        const boxes = [...row.querySelectorAll(":is(th, td):not(.live-what, .live-tools)")]
          .filter((cell) => cell.checkVisibility())
          .map((cell) => {
            const content = document.createRange();
            content.selectNodeContents(cell);
            const { left, right } = content.getBoundingClientRect();
            return { name: `${cell.className} of “${row.textContent?.trim().slice(0, 20)}”`, left, right };
          });
        boxes.sort((one, other) => one.left - other.left);
        return boxes.flatMap(({ name, left }, index) => (left < (boxes[index - 1]?.right ?? 0) ? [name] : []));
      }),
    );
    found.push(...each.map((name) => `${name} at ${width} px`));
  }
  return found;
}

test(
  "routes: what each is like, in the order one likes, still under the pointer, and a press away from its log",
  LIMIT,
  async (t) => {
    const { page, producer, log, tab, shows, line, lines, query } = await watching(t);
    await tab("Routes");
    await page.getByRole("heading", { name: "No entry yet" }).waitFor();
    await producer.send(
      ...requests(18, "GET /users/* 200 10"),
      ...requests(2, "GET /users/* 404 100"),
      ...requests(5, "POST /orders 201 50"),
      ...requests(5, "POST /orders 503 50"),
    );
    await producer.send({ level: "info", message: "job 1 done" }, ...requests(1, "GET /health 204 1"));
    const [users, orders, health, none] = [
      "GET /users/:id | 20 | 10% | 0% | 11 ms | 102 ms",
      "POST /orders | 10 | 0% | 50% | 51 ms | 51 ms",
      "GET /health | 1 | 0% | 0% | 1 ms | 1 ms",
      "no route | 1 | – | – | – | –",
    ];
    await shows([users, orders, none, health]);
    assert.match(await line({ name: /users/ }).locator(".live-rate").innerText(), /^[0-2]\.[0-9]\/s$|^0\/s$/);
    await page.getByText("3 routes in the 32 entries that the log shows.").waitFor();
    await line({ name: /orders/ })
      .getByRole("img", { name: /^Last 5 minutes: 10 entries, 5 errors/ })
      .waitFor();

    // Another order, the other way round, and the same after a reload.
    await page.getByRole("button", { name: "5xx" }).click();
    await until("the failing first", async () => (await lines())[0] === orders);
    await page.getByRole("button", { name: "p95" }).click();
    await shows([users, orders, health, none]);
    await page.getByRole("button", { name: "p95" }).click();
    await shows([none, health, orders, users]);
    assert.equal(await page.getByRole("columnheader", { name: "p95" }).getAttribute("aria-sort"), "ascending");
    await page.reload();
    await log.live();
    await shows([none, health, orders, users]);

    // Under the pointer nothing moves, though the numbers do; with the pointer away it is sorted again.
    await page.getByRole("button", { name: "Entries", exact: true }).click();
    await shows([users, orders, none, health]);
    await line({ name: /health/ }).hover();
    await producer.send(...requests(30, "GET /health 204 1"));
    await until("the count", async () => (await lines())[3] === "GET /health | 31 | 0% | 0% | 1 ms | 1 ms", {
      told: lines,
    });
    await line({ name: /users/ })
      .getByRole("button", { name: /^Exclude/ })
      .focus();
    await page.mouse.move(5, 300);
    assert.equal((await lines())[0], users, "the focus holds it as well");
    await page.getByRole("tab", { name: "Routes" }).focus();
    await until("the most frequent first", async () => (await lines())[0].startsWith("GET /health | 31"), {
      told: lines,
    });

    // Left out by a press; by a press or Enter the log shows one alone, and the table follows.
    await page.getByRole("button", { name: "Exclude GET /health" }).click();
    assert.equal(await query.inputValue(), '-(route:"/health" method:GET)');
    await shows([users, orders, none]);
    await line({ name: /users/ }).getByRole("button", { name: /users/ }).first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await until(
      "the log of one route",
      async () =>
        (await log.inSight()).length === 10 && (await log.inSight()).every(({ text }) => text.includes("/orders")),
      { told: () => log.inSight() },
    );
    assert.equal(await query.inputValue(), '-(route:"/health" method:GET) route:"/orders" method:POST');
    assert.match(await page.getByRole("tab", { selected: true }).innerText(), /^Log/);
    await page.keyboard.press("ArrowDown");
    await tab("Routes");
    await shows([orders]);
    const before = await query.inputValue();
    for (const key of ["x", "i"]) await page.keyboard.press(key);
    assert.equal(await query.inputValue(), before, "no key is about a row that nobody sees");
    await query.fill("nothing is like this");
    await page.getByRole("heading", { name: "No entry is shown" }).waitFor();

    // Of many the first hundred are there, each as it is now.
    await query.fill("");
    await producer.send(...Array.from({ length: 130 }, (_, n) => requests(2, `GET /p-${n} 200 5`)).flat());
    const rows = page.getByRole("tabpanel").locator("tbody tr");
    await page.getByText("133 routes in the").waitFor();
    const scrolled = (/** @type {number} */ top) =>
      page.getByRole("tabpanel").evaluate((panel, to) => (panel.scrollTop = to), top);
    await until("the most", async () => (await rows.count()) === 100, { told: () => rows.count() });
    await scrolled(100_000);
    await page.getByText("34 more routes, below these in this order.").waitFor();
    const last = (await lines())[99].split(" | ")[0];
    await producer.send(...requests(60, `${last} 200 5`));
    await until(
      "it comes first",
      async () => {
        await scrolled(0);
        return (await lines())[0].startsWith(`${last} | 62 |`);
      },
      {
        told: lines,
      },
    );
    assert.deepEqual(await overlaps(page), []);
  },
);

test("errors: those of one shape are one, with a sample; the query finds them", LIMIT, async (t) => {
  const { page, producer, log, tab, line, shows, query } = await watching(t);
  await producer.count(3);
  await log.row("entry 3").waitFor();
  await tab("Errors");
  await page.getByRole("heading", { name: "No error" }).waitFor();
  const error = (/** @type {number} */ row) => ({
    error: {
      name: "QueryError",
      message: `deadlock in row ${row}`,
      stack: `QueryError: deadlock in row ${row}\n    at next (/app/node_modules/pg/a.js:1:2)\n    at find (/app/models/users.js:44:16)`,
    },
  });
  for (const row of [7, 12]) await producer.send(...requests(2, "GET /users/* 500 9", error(row)));
  await producer.send(...requests(1, "POST /orders 500 9", error(13)), ...requests(3, "GET /users/* 503 2"));
  await producer.send(
    { level: "error", message: 'Charge of order 48213 failed: "declined"' },
    { level: "error", message: 'Charge of order 7 failed: "no funds"' },
  );
  await page.getByRole("button", { name: "Times" }).click();
  const [deadlock, answered, charge] = [
    "QueryError: deadlock in row # | 5",
    "GET /users/:id answered 503 | 3",
    'Charge of order # failed: "…" | 2',
  ];
  await shows([deadlock, answered, charge]);
  await page
    .getByText("3 kinds of error in 10 entries of level error or with a 5xx status that the log shows.")
    .waitFor();
  const row = line({ name: /deadlock/ });
  await row.getByText("GET /users/:id and 1 other route").waitFor();
  await row.getByText("find (/app/models/users.js:44:16)").waitFor();
  assert.match(await row.innerText(), /(?:just now|\d+ s ago)\s+(?:just now|\d+ s ago)\s+Latest$/);

  // The latest of them, beside the table; the log stands at it.
  await row.getByRole("button", { name: /^Open the latest/ }).click();
  const detail = page.getByRole("complementary", { name: "Entry" });
  await detail.getByRole("heading", { name: "POST /orders" }).waitFor();
  assert.match(await page.getByRole("tab", { selected: true }).innerText(), /^Errors/);
  await page.keyboard.press("Escape");
  await detail.waitFor({ state: "detached" });

  // Each filters the log to itself.
  for (const [name, terms, count] of /** @type {[RegExp, string, number][]} */ ([
    [
      /deadlock/,
      "level:error metadata.error.name=QueryError metadata.error.message:/deadlock\\s+in\\s+row\\s+\\S+/",
      5,
    ],
    [/answered/, 'route:"/users/:id" method:GET status:503', 3],
    [/Charge/, 'level:error message:/Charge\\s+of\\s+order\\s+\\S+\\s+failed:\\s+".*"/', 2],
  ])) {
    await tab("Errors");
    await line({ name }).getByRole("button", { name }).first().click();
    await until(`${count} rows`, async () => (await log.inSight()).length === count, { told: () => log.inSight() });
    assert.equal(await query.inputValue(), terms);
    await tab("Errors");
    await until(
      "the table of it alone",
      async () => (await page.getByRole("tabpanel").locator("tbody tr").count()) === 1,
    );
    await page.getByRole("button", { name: "Clear the filter" }).click();
    await shows([deadlock, answered, charge]);
  }
  assert.deepEqual(await overlaps(page), []);
});

test(
  "a route, a status of it or a kind of message that is new says so, and what was there before does not",
  LIMIT,
  async (t) => {
    const { page, producer, log, tab, line } = await watching(t);
    // What comes within half a minute of the first entry is known: here that was an hour ago.
    await page.evaluate(() => {
      const { watch } = /** @type {any} */ (document.querySelector("sx-watch"));
      const at = Date.now() - 3_600_000;
      const entry = {
        kind: "entry",
        service: "",
        epoch: "",
        receivedAt: at,
        timestamp: at,
        level: "info",
        source: "",
        endpoint: "",
        method: "",
        statusCode: 0,
        duration: -1,
        metadata: "",
        truncated: [],
        readFrom: "",
      };
      watch.deliver(
        [
          { ...entry, seq: 1, message: "GET /users/1", method: "GET", endpoint: "/users/1", statusCode: 200 },
          { ...entry, seq: 2, message: "job 1 done" },
        ],
        100,
      );
    });
    await producer.send(
      ...requests(6, "GET /users/* 200 10"),
      ...requests(1, "GET /users/* 404 10"),
      ...requests(2, "POST /users 201 10"),
    );
    await producer.send(
      { level: "info", message: "job 2 done" },
      { level: "warn", message: "job 3 hangs" },
      { level: "warn", message: "job 4 hangs" },
    );
    await log.row("job 4 hangs").waitFor();
    const flagged = async () =>
      await log.grid
        .locator(".row:visible")
        .filter({ has: page.locator(".first:text-is('NEW')") })
        .evaluateAll((rows) =>
          rows.map((row) =>
            [".endpoint", ".message", ".status"]
              .map((cell) => row.querySelector(cell)?.textContent)
              .join(" ")
              .trim(),
          ),
        );
    assert.deepEqual(await flagged(), ["/users/0  404", "/users  201", "job 3 hangs"]);
    const covered = await log.grid.locator(".what[data-first]:visible").evaluateAll(
      (cells) =>
        cells.filter((cell) => {
          const { right } = cell.getBoundingClientRect();
          return (
            right - Number.parseFloat(getComputedStyle(cell).paddingRight) >
            (cell.querySelector(".first")?.getBoundingClientRect().left ?? 0)
          );
        }).length,
    );
    assert.deepEqual(
      [await log.grid.locator(".what[data-first]:visible").count(), covered],
      [3, 0],
      "no text lies beneath the badge",
    );
    await tab("Routes");
    assert.match(await line({ name: /POST/ }).innerText(), /NEW/);
    assert.doesNotMatch(await line({ name: /GET/ }).innerText(), /NEW/);

    // What is slow for its route is tinted, in its row and beside it.
    await producer.send(...requests(30, "GET /users/* 200 10"), ...requests(1, "GET /users/777 200 400"));
    await tab("Log");
    const slow = log.row("/users/777");
    await slow.waitFor();
    assert.deepEqual(await log.grid.locator(".duration[data-slow=true]:visible").allInnerTexts(), ["400 ms"]);
    await slow.click();
    await page
      .getByRole("complementary", { name: "Entry" })
      .getByText(/slow: p95 of this route 1\d ms/)
      .waitFor();

    // Of a time that is past, the table tells as of then.
    await page.evaluate(() => {
      const { receivedAt } = /** @type {any} */ (document.querySelector("sx-watch")).watch.ring.row(0);
      const second = Math.floor(receivedAt / 1000);
      location.hash = `${location.hash.split("?")[0]}?range=${second - 2}-${second + 3}`;
    });
    await tab("Routes");
    await page.getByText("1 route in the 2 entries that the log shows, filtered as it is.").waitFor();
    assert.equal(await line({ name: /GET/ }).locator(".live-rate").innerText(), "0.2/s");
    await line({ name: /GET/ })
      .getByRole("img", { name: /^Last 5 minutes: 1 entry/ })
      .waitFor();
  },
);
