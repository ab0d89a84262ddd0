/** Back and Forward within a watch page, and what of it is there again after a reload. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";

const LIMIT = { timeout: 300_000 };

/**
 * Somebody on the Watch page of a service that has told of twenty requests, one of them failed.
 * @param {import("node:test").TestContext} t
 * @param {object} [options]
 */
async function watching(t, options) {
  const server = await startServer(t);
  const page = await (await visitor(t, options)).signedIn(server);
  const service = await new Operator(page, server).service();
  await service.producer.send(
    ...Array.from({ length: 20 }, (_, index) => ({
      level: index === 7 ? "error" : "info",
      message: `request ${index}`,
      source: index % 2 ? "worker" : "api",
      metadata: { requestId: `r${index}` },
    })),
  );
  const log = new Log(page);
  await log.open(server.base, service.id);
  await log.row("request 19").waitFor();
  const detail = page.getByRole("complementary", { name: "Entry" });
  const tab = (/** @type {string | RegExp} */ name) => page.getByRole("tab", { name });
  return { page, log, detail, tab, server, ...service };
}

test("Back walks the steps within the page, Forward too, and no dialog outlives one", LIMIT, async (t) => {
  const { page, log, detail, tab } = await watching(t);
  const query = page.getByRole("combobox", { name: /Filter by text/ });
  const chosen = (/** @type {string | RegExp} */ name) =>
    page.getByRole("tab", { name, selected: true }).waitFor({ state: "visible" });
  await query.fill("level:error");
  await query.press("Enter");
  await log.row("request 7").waitFor();
  await log
    .row("request 19")
    .waitFor({ state: "detached" })
    .catch(() => {});
  await tab(/^Errors/).click();
  await chosen(/^Errors/);
  await page.getByRole("tabpanel").getByText("Latest", { exact: true }).click();
  await detail.getByText("request 7").first().waitFor();
  await detail.getByRole("button", { name: "This request" }).click();
  await chosen("This request");
  await page.reload();
  await chosen("This request");
  await detail.getByText("request 7").first().waitFor();
  await page.getByRole("button", { name: /^Back to level:error/ }).waitFor();

  await page.goBack();
  await chosen(/^Errors/);
  await detail.waitFor();
  await page.goBack();
  await detail.waitFor({ state: "detached" });
  await chosen(/^Errors/);
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.goBack();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await chosen("Log");
  assert.equal(await query.inputValue(), "level:error");
  await page.goBack();
  await log.row("request 19").waitFor();
  assert.equal(await query.inputValue(), "", "all that was typed is one step");
  for (let steps = 0; steps < 4; steps++) await page.goForward();
  await chosen("This request");
  await page.getByRole("button", { name: /^Back to level:error/ }).click();
  await chosen(/^Errors/);
  assert.equal(await query.inputValue(), "level:error");
  await detail.waitFor();
});

test("a page that is reloaded stands where it was read, and a paused one is paused still", LIMIT, async (t) => {
  const { page, log, producer } = await watching(t, { viewport: { width: 1400, height: 500 } });
  await producer.send(...Array.from({ length: 1500 }, (_, index) => ({ message: `entry ${index + 1}` })));
  await page.getByRole("contentinfo").filter({ hasText: "1,520 entries" }).waitFor();
  const status = page.getByRole("contentinfo").getByRole("status");
  await log.follow();
  await page.keyboard.press("Home");
  await log.row("request 3").waitFor();
  const seen = (await log.inSight()).map(({ message }) => message);
  await page.reload();
  await log.row("request 3").waitFor();
  assert.deepEqual(
    (await log.inSight()).map(({ message }) => message),
    seen,
    "older than what a page begins with",
  );
  await status.filter({ hasText: "below" }).waitFor();

  await log.follow();
  await log.row("entry 1500").waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await producer.send(...Array.from({ length: 3 }, (_, index) => ({ message: `late ${index}` })));
  await status.filter({ hasText: "paused 3 waiting" }).waitFor();
  await page.reload();
  await status.filter({ hasText: "paused 3 waiting" }).waitFor();
  await page.getByRole("button", { name: "Resume", pressed: true }).waitFor();
  assert.equal(await log.row("late").count(), 0);
  await page.getByRole("link", { name: "All services" }).first().click();
  await page.goBack();
  await status.filter({ hasText: "paused 3 waiting" }).waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await log.row("late 2").waitFor();
});

test("what is muted is one chip with an exact count, and is taken back there one by one", LIMIT, async (t) => {
  const { page, log, detail, tab, producer } = await watching(t);
  const chip = page.getByRole("button", { name: /muted/ });
  await log.row("request 6").click();
  await detail.getByRole("button", { name: "What to do with source" }).click();
  await page.getByRole("menuitem", { name: "Mute always for this service" }).click();
  await page.getByRole("button", { name: "1 muted, 10 entries hidden", exact: true }).waitFor();
  await tab(/^Errors/).click();
  await page
    .getByRole("tabpanel")
    .getByRole("button", { name: /^Mute: / })
    .click();
  await page.getByRole("menuitem", { name: "Mute for this session" }).click();
  await page.getByRole("button", { name: "2 muted, 11 entries hidden, 1 error among them" }).waitFor();
  await page.getByRole("heading", { name: "No error" }).waitFor();
  await page.getByText("The log leaves out 11 entries").waitFor();
  await tab("Log").click();
  await log.tells(
    [...Array(10).keys()].map((each) => `request ${2 * each + 1}`).filter((each) => each !== "request 7"),
  );
  await producer.send({ message: "more", source: "api" });
  await page.getByRole("button", { name: /^2 muted, 12 entries hidden/ }).waitFor();

  await page.reload();
  await chip.filter({ hasText: "2 muted, 12 entries hidden" }).click();
  const list = page.getByRole("group", { name: "Muted" });
  await list.getByText("11 entries · always").waitFor();
  await list.getByText("1 entry · this session").waitFor();
  await list.getByRole("button", { name: "Unmute source:api" }).click();
  await chip.filter({ hasText: "1 muted, 1 entry hidden" }).waitFor();
  await list.getByRole("button", { name: /^Unmute/ }).click();
  await chip.waitFor({ state: "detached" });
  await log.row("request 7").waitFor();
});
