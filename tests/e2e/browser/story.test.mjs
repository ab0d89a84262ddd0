/**
 * The Spectrix document's own story, as somebody tells it who has never seen the program: from the first start to the
 * log.
 */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { promisify } from "node:util";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator, Producer } from "./operator.mjs";
import { startServer } from "./server.mjs";
import { atEnd, until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };
const KEY = /^spx_v1_live_[0-9A-Za-z]{48}$/;

/** Runs a command line as pasted into a shell. @param {string} line */
async function paste(line) {
  try {
    const { stdout } = await promisify(execFile)("bash", ["-c", line], { timeout: 300_000 });
    return stdout;
  } catch (error) {
    if (error.code === 127) throw new Error("curl is missing: install the package curl", { cause: error });
    throw error;
  }
}

/** @param {import("playwright-core").Page} page */
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

/**
 * An application with a middleware as the document has it, which sends each request's entry as soon as it is finished.
 * @param {import("node:test").TestContext} t
 * @param {Producer} producer
 */
async function application(t, producer) {
  const STATUSES = { "/api/users": 200, "/api/missing": 404, "/api/broken": 500 };
  const server = createServer((request, response) => {
    const began = performance.now();
    response.on("finish", () => {
      const { statusCode } = response;
      void producer.send({
        timestamp: new Date().toISOString(),
        source: "payment-service",
        level: statusCode >= 500 ? "error" : statusCode >= 400 ? "warn" : "info",
        message: `${request.method} ${request.url}`,
        endpoint: request.url,
        method: request.method,
        statusCode,
        metadata: {
          duration: Math.round(performance.now() - began),
          ip: request.socket.remoteAddress,
          userAgent: request.headers["user-agent"],
        },
      });
    });
    response.writeHead(STATUSES[request.url.split("?")[0]] ?? 201).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  return (path, init) => fetch(`http://127.0.0.1:${server.address().port}${path}`, init);
}

test("the first minute: the printed link, the empty log, a stream key, the curl, the first entry", LIMIT, async (t) => {
  const server = await startServer(t, { terminal: true });
  const link = /http:\/\/localhost:\d+\/#token=\S+/.exec(server.said)?.[0];
  assert(link, server.said);
  const somebody = await visitor(t, { permissions: ["clipboard-read", "clipboard-write"] });
  const page = await somebody.page();
  await page.goto(link);

  await page.getByRole("heading", { name: "Listening for the first entry" }).waitFor();
  assert.match(page.url(), /\/#\/services\/[^/]+\/watch$/, "the token is out of the address");
  assert.match(await page.title(), /My API · Watch/);
  await page.getByRole("button", { name: "Send a test entry" }).waitFor();
  await page.getByRole("button", { name: "Create a stream key and show the curl" }).click();

  const dialog = page.getByRole("dialog");
  const key = await dialog.getByLabel("Stream key", { exact: true }).innerText();
  assert.match(key, KEY);
  await dialog.getByRole("button", { name: "Copy key" }).click();
  await dialog.getByText("Copied").first().waitFor();
  assert.equal(await clipboard(page), key);
  await dialog.getByText("Waiting for the first entry…").waitFor();
  await dialog.getByRole("button", { name: "Copy the command" }).click();
  const curl = await clipboard(page);
  assert.equal(
    curl,
    (await dialog.getByRole("tabpanel").locator("pre").innerText()).trim(),
    "what is shown is what is copied",
  );
  assert.match(curl, /^curl /);

  assert.equal(JSON.parse(await paste(`${curl} --silent --show-error`)).accepted, 1);
  await dialog.getByText(/^First entry received .* ?Hello from curl$/).waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  const log = new Log(page);
  await log.row("Hello from curl").waitFor();
  assert.equal(await page.getByText(key).count(), 0, "the key is gone with its dialog");
  assert(!(await page.content()).includes(key));

  const printed = server.said.slice(server.said.indexOf("  curl "), server.said.indexOf("  The stream key in it"));
  assert.equal(JSON.parse(await paste(`${printed.trim()} --silent --show-error`)).accepted, 1);
  await log.tells(["Hello from curl", "Hello from curl"]);
  await page.getByRole("contentinfo").filter({ hasText: "2 entries" }).waitFor();
});

test("a service, a stream key with its snippets, Watch, and each request the moment it happens", LIMIT, async (t) => {
  const server = await startServer(t);
  const somebody = await visitor(t, { timezoneId: "UTC" });
  const page = await somebody.signedIn(server);

  await page.getByRole("button", { name: "Create service" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Payment Service");
  await page.getByRole("dialog").getByRole("button", { name: "Create service" }).click();
  await page.getByRole("heading", { name: "Listening for the first entry" }).waitFor();
  await page.getByRole("link", { name: "Spectrix: all services" }).click();
  const card = page.getByRole("article", { name: "Payment Service" });
  await card.getByText("No entries yet").waitFor();
  await card.getByRole("link", { name: "Streams" }).click();

  await page.getByRole("heading", { name: "Streams", exact: true }).waitFor();
  await page.getByRole("button", { name: "Create stream key" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("production");
  await dialog.getByRole("button", { name: "Create stream key" }).click();
  const key = await dialog.getByLabel("Stream key", { exact: true }).innerText();
  assert.match(key, KEY);
  for (const tab of ["Node", "Python", "curl", "OpenTelemetry", "Loki", "Elasticsearch", "Splunk", "Seq", "Datadog"]) {
    await dialog.getByRole("tab", { name: tab, exact: true }).click();
    const snippet = await dialog.getByRole("tabpanel", { name: tab }).innerText();
    assert(snippet.includes(key), `${tab}: the key is filled in: ${snippet}`);
    // Datadog's transport wants host and port apart.
    const address = tab === "Datadog" ? `port: ${new URL(server.base).port}` : server.base;
    assert(snippet.includes(address), `${tab}: the address is filled in`);
  }
  await dialog.getByRole("searchbox", { name: "Search clients" }).fill("fast");
  assert.deepEqual(await dialog.getByRole("tab").allInnerTexts(), ["Node", "Python"]);
  await dialog.getByRole("radio", { name: "Fastify", checked: true }).waitFor();
  const further = await dialog.getByRole("tabpanel").innerText();
  for (const words of [`curl -O ${server.base}/sdk/spectrix.mjs`, key, `${server.base}/api/v1`, "spectrix().fastify"])
    assert(further.includes(words), further);
  await dialog.getByRole("searchbox").fill("sentry");
  await dialog.getByRole("button", { name: "Create hook key" }).click();
  const hookKey = await dialog.getByLabel("Hook key", { exact: true }).innerText();
  assert.match(hookKey, /^spx_v1_hook_[0-9A-Za-z]{48}$/);
  assert((await dialog.getByRole("tabpanel").innerText()).includes(`dsn: "http://${hookKey}@`));
  await dialog.getByRole("searchbox").fill("rsyslog");
  await dialog.getByText("spectrix-lite serve --syslog '5140=Payment Service'").waitFor();
  await dialog.getByRole("searchbox").fill("nothing of that name");
  await dialog.getByRole("button", { name: "run", exact: true }).click();
  await dialog.getByText("spectrix-lite run -- npm run dev").waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.getByText("You have not copied the key").waitFor();
  await dialog.getByRole("button", { name: "Close anyway" }).click();
  await dialog.waitFor({ state: "detached" });

  const shown = `spx_v1_live_${key.slice(12, 16)}…${key.slice(-4)}`;
  const row = page.getByRole("row", { name: /production/ }).filter({ hasText: shown });
  await row.getByText("not used yet").waitFor();
  assert(!(await page.content()).includes(key));
  const connect = await page.getByRole("region", { name: "Connect" }).getByRole("tabpanel").innerText();
  assert(connect.includes("SPECTRIX_API_KEY=paste-your-stream-key"), connect);

  await page.getByRole("main").getByRole("link", { name: "Watch" }).click();
  const log = new Log(page);
  await log.live();
  const call = await application(t, new Producer(server.ingest, key));

  for (const [path, init, expected] of [
    ["/api/users", {}, ["info", "GET", "/api/users", "200"]],
    ["/api/payments?card=4242", { method: "POST" }, ["info", "POST", "/api/payments?card=4242", "201"]],
    ["/api/missing", {}, ["warn", "GET", "/api/missing", "404"]],
    ["/api/broken", { method: "DELETE" }, ["error", "DELETE", "/api/broken", "500"]],
  ]) {
    await call(path, init);
    const shown = log.row(path);
    await shown.waitFor();
    const text = await shown.innerText();
    for (const part of [...expected, "payment-service"]) assert(text.includes(part), `${part} is in ${text}`);
    assert.match(text, /\d\d:\d\d:\d\d\.\d\d\d/, "its time");
    assert.match(text, /\d ms/, "its duration");
  }

  await log.row("/api/broken").click();
  const detail = page.getByRole("complementary", { name: "Entry" });
  await detail.getByRole("heading", { name: "DELETE /api/broken" }).waitFor();
  const facts = await detail.innerText();
  for (const part of [
    "500",
    "error",
    "payment-service",
    "metadata",
    "duration",
    "ip",
    "127.0.0.1",
    "userAgent",
    "node",
  ]) {
    assert(facts.includes(part), `${part} is in ${facts}`);
  }
  await page.keyboard.press("ArrowUp");
  await detail.getByRole("heading", { name: "GET /api/missing" }).waitFor();
  await page.keyboard.press("Escape");
  await detail.waitFor({ state: "detached" });

  await page.getByRole("link", { name: "Streams" }).click();
  await page
    .getByRole("row", { name: /production/ })
    .getByText("in use")
    .waitFor();
  await page.getByRole("link", { name: "Spectrix: all services" }).click();
  await card.getByText("4 entries kept").waitFor();
});

test("a log that has entries never says that it waits for the first one", LIMIT, async (t) => {
  const server = await startServer(t);
  const somebody = await visitor(t);
  const page = await somebody.signedIn(server);
  const { producer } = await new Operator(page, server).service();
  await producer.count(200);
  await page.goto(`${server.base}/#/services`);
  const watch = page.getByRole("article").getByRole("link", { name: "Watch" });
  await watch.waitFor();
  await page.evaluate(() => {
    window.headings = new Set();
    const look = () => {
      for (const heading of document.querySelectorAll("main h2")) window.headings.add(heading.textContent);
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  });
  await watch.click();
  await new Log(page).row("entry 200").waitFor();
  await page.getByRole("contentinfo").filter({ hasText: "200 entries" }).waitFor();
  const headings = await page.evaluate(() => [...window.headings]);
  assert(!headings.some((heading) => heading.startsWith("Listening")), headings.join());
});

test("metadata is a tree that opens branch by branch", LIMIT, async (t) => {
  const server = await startServer(t);
  const somebody = await visitor(t);
  const page = await somebody.signedIn(server);
  const service = await new Operator(page, server).service();
  const log = new Log(page);
  await log.open(server.base, service.id);
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`field${index}`, index]));
  await service.producer.send({
    level: "info",
    message: "with a tree",
    metadata: { user: { id: 7, tags: ["new", "vip"] }, many },
  });
  await log.row("with a tree").click();
  const detail = page.getByRole("complementary", { name: "Entry" });
  await detail.getByText("vip").waitFor();
  assert.equal(await detail.getByText("field19").count(), 0, "a large branch waits to be asked");
  await detail.getByRole("button", { name: "many" }).click();
  await detail.getByText("field19").waitFor();
  await detail.getByRole("button", { name: /^user/ }).click();
  await detail.getByText("vip").waitFor({ state: "detached" });
});

test("filters by level, source and text, with a count of what they hide", LIMIT, async (t) => {
  const server = await startServer(t);
  const somebody = await visitor(t);
  const page = await somebody.signedIn(server);
  const service = await new Operator(page, server).service();
  const log = new Log(page);
  await log.open(server.base, service.id);
  const say = (level, source, message) => ({ level, source, message });
  await service.producer.send(
    say("info", "api", "checkout begins"),
    say("warn", "api", "card is slow"),
    say("error", "worker", "card refused"),
    say("debug", "worker", "retrying checkout"),
    say("info", "queue", "nothing to do"),
    say("error", "api", "checkout failed"),
  );
  await log.row("checkout failed").waitFor();
  const hides = (text) => page.getByText(text).waitFor();
  const filters = page.getByRole("complementary", { name: "Filters" });

  await filters.getByRole("checkbox", { name: "debug" }).click();
  await hides("hides 1 of 6");
  await log.tells(["checkout begins", "card is slow", "card refused", "nothing to do", "checkout failed"]);
  await filters.getByRole("checkbox", { name: "debug" }).click();

  await filters.getByTitle("Show worker alone").click();
  await hides("hides 4 of 6");
  await page.getByText("1 error among them").waitFor();
  await log.tells(["card refused", "retrying checkout"]);
  assert.equal(await page.getByLabel("Filter by text").inputValue(), "source:worker", "a tick is a term of the query");
  assert.match(page.url(), /q=source%3Aworker/, "the filter stands in the address");
  await service.producer.send(say("info", "worker", "passes the filter"), say("error", "api", "is hidden"));
  await hides("hides 5 of 8");
  await log.tells(["card refused", "retrying checkout", "passes the filter"]);

  await page.reload();
  await log.live();
  await log.tells(["card refused", "retrying checkout", "passes the filter"]);
  await page.getByRole("button", { name: "Clear the filter" }).click();

  await page.keyboard.press("/");
  await page.keyboard.type("CHECKOUT");
  await log.tells(["checkout begins", "retrying checkout", "checkout failed"]);
  await hides("hides 5 of 8");
  await page.getByLabel("Filter by text").fill("no such words");
  await page.getByRole("heading", { name: "The filter hides all 8 entries" }).waitFor();
  await page.getByRole("main").getByRole("button", { name: "Clear the filter" }).click();
  await until("all of them", async () => (await log.told()).length === 8);
});

test("a pause holds the place and counts what waits; End follows again", LIMIT, async (t) => {
  const server = await startServer(t);
  const somebody = await visitor(t);
  const page = await somebody.signedIn(server);
  const { id, producer } = await new Operator(page, server).service();
  const log = new Log(page);
  await log.open(server.base, id);
  await producer.count(200);
  await log.row("entry 200").waitFor();

  await page.keyboard.press("Space");
  await page.getByText("paused").waitFor();
  const held = (await log.inSight()).map(({ message }) => message);
  await producer.count(130);
  await page.getByRole("status").filter({ hasText: "130 waiting" }).waitFor();
  assert.deepEqual(
    (await log.inSight()).map(({ message }) => message),
    held,
    "nothing moves",
  );

  await page.keyboard.press("End");
  await log.row("entry 330").waitFor();
  await page.getByRole("button", { name: "Following" }).waitFor();
  assert.equal(await page.getByText("waiting").count(), 0);

  // Whoever scrolls up stays there too, without a pause.
  await log.grid.hover();
  await page.mouse.wheel(0, -1200);
  await page.getByRole("button", { name: "Follow", exact: false }).and(page.locator("[aria-pressed=false]")).waitFor();
  const [first] = await log.inSight();
  await producer.count(70);
  await page
    .getByRole("status")
    .filter({ hasText: /\d+ below/ })
    .waitFor();
  assert.equal((await log.inSight())[0].message, first.message);
  await page.keyboard.press("End");
  await log.row("entry 400").waitFor();

  await page.getByRole("button", { name: "Pause" }).click();
  await producer.count(10);
  await page.getByRole("status").filter({ hasText: "10 waiting" }).waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await log.row("entry 410").waitFor();
});
