/** Two services side by side, and logs that mean harm: what a page shows is its own service's text, and only text. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { entries, Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };

test("two services in two tabs: nothing of one in the other's", LIMIT, async (t) => {
  const server = await startServer(t);
  const somebody = await visitor(t);
  const pages = [await somebody.signedIn(server), await somebody.page()];
  const operator = new Operator(pages[0], server);
  const [payment, auth] = [await operator.service("Payment Service"), await operator.service("Auth Backend")];
  const logs = pages.map((page) => new Log(page));
  await logs[0].open(server.base, payment.id);
  await logs[1].open(server.base, auth.id);
  const frames = ["", ""];
  for (const [index, page] of pages.entries()) {
    page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => (frames[index] += payload)));
  }
  await Promise.all(pages.map((page) => page.reload()));
  await Promise.all(logs.map((log) => log.live()));

  const claim = { service: auth.name, serviceId: auth.id, stream: auth.id, source: auth.name };
  await Promise.all([
    payment.producer.count(60),
    auth.producer.count(90),
    payment.producer.raw(JSON.stringify({ ...claim, logs: [{ message: "for the payment service alone", ...claim }] }), {
      "X-Service-Id": auth.id,
    }),
    auth.producer.send({ level: "error", message: "for the auth backend alone" }),
  ]);
  await logs[0].row("entry 60").waitFor();
  await logs[1].row("entry 90").waitFor();

  const told = [await logs[0].told(), await logs[1].told()];
  const own = ["for the payment service alone", "for the auth backend alone"];
  const counts = [60, 90];
  for (const [index, lines] of told.entries()) {
    assert.deepEqual(
      lines.filter((line) => line !== own[index]),
      entries(1, counts[index]),
    );
    assert.equal(lines.length, counts[index] + 1);
    assert(frames[index].includes(own[index]), "the frames were seen");
    assert(!frames[index].includes(own[1 - index]), "not even on the wire");
  }

  await pages[0].bringToFront();
  // The same tab goes on to the other service: nothing of the first comes along.
  await pages[0].getByRole("button", { name: "Switch service" }).click();
  await pages[0].getByRole("menu").getByText("Auth Backend").click();
  await logs[0].row("entry 90").waitFor();
  await payment.producer.count(5);
  await auth.producer.count(5);
  await logs[0].row("entry 95").waitFor();
  assert.deepEqual(
    (await logs[0].told()).filter((line) => line !== own[1]),
    entries(1, 95),
  );
});

const ESCAPE = "\u001b";
const HOSTILE = {
  script: "<script>window.harmed = 1</script>",
  image: '<img src="/harm.png" onerror="window.harmed = 1"><svg onload="window.harmed = 1">',
  quotes: `"><b onmouseover='window.harmed=1'>bold</b> \${window.harmed=1} {{harmed}}`,
  ansi: `${ESCAPE}[31mred${ESCAPE}[0m ${ESCAPE}]8;;https://example.com${ESCAPE}\\link${ESCAPE}]8;;${ESCAPE}\\ ${ESCAPE}[2J`,
  bidi: "user\u202etxt.exe\u202c and \u2066isolated\u2069",
  tags: "ok\u{e0048}\u{e0069}",
  lines: "first line\r\nsecond line\u2028third\u0000end",
};

test(
  "hostile entries stay text, in the row, in the detail, among the sources and in the marks of a search",
  LIMIT,
  async (t) => {
    const server = await startServer(t);
    const somebody = await visitor(t);
    const page = await somebody.signedIn(server);
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    const { id, producer } = await new Operator(page, server).service();
    const log = new Log(page);
    await log.open(server.base, id);

    for (const [name, text] of Object.entries(HOSTILE)) {
      await producer.send({
        level: "error",
        message: text,
        source: text,
        endpoint: `/${name}/${text}`,
        method: "GET",
        metadata: { [text]: text, name },
      });
    }
    for (const [name, seen] of [
      ["script", HOSTILE.script],
      ["image", HOSTILE.image],
      ["quotes", HOSTILE.quotes],
      ["ansi", "\\x1b[31mred\\x1b[0m"],
      ["bidi", "user\\u202etxt.exe\\u202c and \\u2066isolated\\u2069"],
      ["tags", "ok\\U000e0048\\U000e0069"],
      ["lines", "first line\\r\\nsecond line\\u2028third\\x00end"],
    ]) {
      const row = log.row(`/${name}/`);
      await row.waitFor();
      assert((await row.innerText()).includes(seen), `${name}: ${await row.innerText()}`);
      await row.click();
      const detail = page.getByRole("complementary", { name: "Entry" });
      await detail.getByRole("heading", { name: `/${name}/` }).waitFor();
      const told = await detail.innerText();
      if (name !== "lines") assert(told.includes(seen), `${name} in the detail: ${told}`);
      assert(
        !/[\u001b\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u.test(told + (await row.innerText())),
        "no control character is left",
      );
      await page.keyboard.press("Escape");
    }
    // Within text that runs the other way an escape stays in one piece, and reads from left to right.
    const hebrew = "\u05e9\u05dc\u05d5\u05dd \u202e abc \u05e2\u05d5\u05dc\u05dd";
    await producer.send({ level: "fatal", message: hebrew, source: hebrew });
    await log.row("\u05e9\u05dc\u05d5\u05dd").first().waitFor();
    const lefts = () =>
      page.evaluate(() =>
        [...document.querySelectorAll(".row .message .escape, .row .source .escape, .facet-name .escape")]
          .filter((chip) => chip.checkVisibility() && /[\u0590-\u05ff]/.test(chip.parentElement?.textContent ?? ""))
          .map(({ firstChild }) => {
            const range = document.createRange();
            return Array.from(firstChild?.textContent ?? "", (_, index) => {
              range.setStart(/** @type {Text} */ (firstChild), index);
              range.setEnd(/** @type {Text} */ (firstChild), index + 1);
              return range.getBoundingClientRect().left;
            });
          }),
      );
    await until("all to stand in the message, in the source, beside the log", async () => (await lefts()).length === 3);
    const pieces = await lefts();
    for (const lefts of pieces)
      assert.deepEqual(
        lefts,
        [...lefts].sort((one, other) => one - other),
      );
    assert.equal(await log.row("\u05e9\u05dc\u05d5\u05dd").first().locator(".level").innerText(), "fatal");
    await page.getByLabel("Filter by text").fill("<script>");
    await log.row("/script/").waitFor();
    await page.getByLabel("Filter by text").fill("");

    const harm = await page.evaluate(() => ({
      harmed: "harmed" in window,
      elements: document.querySelectorAll("sx-watch :is(script, img, iframe, object, svg[onload], b[onmouseover])")
        .length,
    }));
    assert.deepEqual(harm, { harmed: false, elements: 0 });
    assert(!asked.some((url) => url.includes("harm")), "no address out of a log is asked for");
  },
);

test("odd entries: prototypes, long numbers, halves of characters, long addresses", LIMIT, async (t) => {
  const server = await startServer(t);
  const somebody = await visitor(t);
  const page = await somebody.signedIn(server);
  const { id, producer } = await new Operator(page, server).service();
  const log = new Log(page);
  await log.open(server.base, id);
  const detail = page.getByRole("complementary", { name: "Entry" });

  await producer.raw(`{"logs": [
    {"level": "info", "message": "prototypes",
     "metadata": {"__proto__": {"x": "polluted"}, "constructor": {"prototype": {"x": "polluted"}}}},
    {"level": "info", "message": "numbers",
     "metadata": {"big": 100000000000000000000, "exact": 12345678901234567890.123, "huge": 1e400}},
    {"level": "warn", "message": "half \\ud83d of a character", "metadata": {"\\udc00": "\\ud800"}},
    {"level": "error", "message": "long address", "method": "GET", "endpoint": "/search?q=${"x".repeat(3000)}"},
    {"level": "info", "message": "${"word".repeat(3000)}", "source": "${"s".repeat(120)}"},
    {"level": "fatal", "msg": "an alias", "time": 1778754600, "extra": [1, [2, [3]]]}
  ]}`);
  await log.row("an alias").waitFor();

  await log.row("prototypes").click();
  await detail.getByText("__proto__").waitFor();
  assert.equal(await page.evaluate(() => /** @type {any} */ ({}).x), undefined);
  await page.keyboard.press("Escape");

  await log.row("numbers").click();
  for (const digits of ["100000000000000000000", "12345678901234567890.123", "1e400"])
    await detail.getByText(digits, { exact: true }).waitFor();
  await page.keyboard.press("Escape");

  await log.row("half \ufffd of a character").waitFor();
  await log.row("/search?q=xxx").click();
  await detail.getByText("too long or too deep: endpoint").waitFor();
  for (const [width, height] of [
    [1400, 900],
    [390, 844],
  ]) {
    await page.setViewportSize({ width, height });
    await detail.waitFor();
    assert.equal(
      await page.evaluate(() => document.documentElement.scrollWidth),
      width,
      "long text does not widen the page",
    );
  }
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 1400, height: 900 });
  await log.row("an alias").click();
  await detail.getByText("originalLevel").waitFor();
  await detail.getByText("fatal", { exact: true }).first().waitFor();
  assert.equal((await log.all()).length, 6);
});
