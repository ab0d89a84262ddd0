/** An alert is made by hand or by keys with a dry run, tells a sink, is tried, silenced, changed and deleted. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

/**
 * An operator on the streams page of a service with entries, and a sink that notes what it is told.
 * @param {import("node:test").TestContext} t
 */
async function prepared(t) {
  /** @type {string[]} */
  const told = [];
  const sink = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    told.push(JSON.parse(Buffer.concat(parts).toString()).text);
    response.end();
  }).listen(0, "127.0.0.1");
  await once(sink, "listening");
  t.after(() => sink.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (sink.address());

  const server = await startServer(t, { flags: ["--webhook-private", "yes"] });
  const somebody = await visitor(t, { timezoneId: "UTC" });
  somebody.forgive(/status of 400/);
  const page = await somebody.signedIn(server);
  const { id, producer } = await new Operator(page, server).service("Shop");
  const errors = (/** @type {number} */ count) =>
    producer.send(...Array.from({ length: count }, () => ({ level: "error", message: "no disk" })));
  await errors(12);
  await page.goto(`${server.base}/#/services/${id}/streams`);
  return { told, port, server, page, id, errors };
}

test("an alert, from its dry run to its end", { timeout: 300_000 }, async (t) => {
  const { told, port, server, page, id, errors } = await prepared(t);

  await page.getByRole("button", { name: "Create alert" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Disk");
  await dialog.getByRole("button", { name: "Dry run" }).click();
  await dialog
    .getByText(/^Would have fired 1 time over the last \d+ s \(12 entries\), at last with 12 matches\.$/)
    .waitFor();
  const answer = dialog.getByRole("status");
  assert(
    await answer.evaluate((element) => {
      const { left, top, height } = element.getBoundingClientRect();
      return element.contains(document.elementFromPoint(left + 5, top + height / 2));
    }),
    "what the dry run says is in sight, however long the form is",
  );
  await dialog.getByLabel("Tell it to").selectOption("slack");
  await dialog.getByLabel("Webhook address").fill("http://169.254.169.254/latest");
  await dialog.getByRole("button", { name: "Create alert" }).click();
  await dialog.getByRole("alert").getByText("No notice is sent there").waitFor();
  await dialog.getByLabel("Webhook address").fill(`http://127.0.0.1:${port}/T0/s3cret`);
  await dialog.getByRole("button", { name: "Create alert" }).click();
  await dialog.waitFor({ state: "detached" });

  const everywhere = ["a", "b", "c"].map((name) => ({ kind: "slack", url: `http://${name.repeat(60)}.example.org/` }));
  const body = { name: "Wide", query: "", when: { none: 86_400 }, service: id, destinations: everywhere };
  const wide = await page.request.post(`${server.base}/api/v1/alerts`, { data: body });
  assert.equal(wide.status(), 201);
  await page.reload();
  const more = await page.getByRole("button", { name: "More for Wide" }).boundingBox();
  assert(more && more.x + more.width <= (page.viewportSize()?.width ?? 0), "whom it tells leaves room for the rest");
  await page.request.delete(`${server.base}/api/v1/alerts/${(await wide.json()).id}`);
  const row = page.getByRole("row", { name: /Disk/ });
  await row.getByText("watching").waitFor();
  assert.match(await row.innerText(), /10 or more in 60 s[^]*Slack, 127\.0\.0\.1:\d+[^]*never/);
  await errors(15);
  await row.getByText("firing").waitFor();
  await row.getByText("15 matches").waitFor();
  assert.match(told[0], /^\*Disk: 15 matches in Shop/);
  assert(!(await page.content()).includes("s3cret"));

  const choose = async (/** @type {string} */ name) => {
    await row.getByRole("button", { name: "More for Disk" }).click();
    await page.getByRole("menuitem", { name }).click();
  };
  await choose("Send a test");
  await page.getByText("The test of “Disk” has arrived.").first().waitFor();
  assert.match(told[1], /^\*\[test\] Disk/);
  await choose("Notices");
  await dialog.getByRole("link", { name: "15 matches" }).waitFor();
  await dialog.getByText("delivered", { exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await choose("Silence for an hour");
  await row.getByText("silenced").waitFor();
  await choose("Tell again");
  await row.getByText("firing").waitFor();

  await choose("Change");
  await dialog.getByLabel("Name").fill("Disks");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("row", { name: /Disks/ }).waitFor();
  await page.getByRole("button", { name: "More for Disks" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await dialog.getByRole("textbox").fill("Disks");
  await dialog.getByRole("button", { name: "Delete alert" }).click();
  await page.getByText("Nobody is told of anything.").waitFor();
});

test("an alert is made, tried and tested by keys alone", { timeout: 300_000 }, async (t) => {
  const { told, port, page, errors } = await prepared(t);
  const { keyboard } = page;
  const isFocused = (/** @type {import("playwright-core").Locator} */ place) =>
    place.evaluate((element) => element === document.activeElement);
  /** By Tab, as often as it takes. @param {import("playwright-core").Locator} place */
  const tabTo = async (place, key = "Tab") => {
    await place.waitFor();
    for (let presses = 0; presses < 60; presses++) {
      if (await isFocused(place)) return;
      await keyboard.press(key);
    }
    assert.fail(`Tab does not lead to ${place}`);
  };
  const dialog = page.getByRole("dialog");
  const create = page.getByRole("button", { name: "Create alert" });
  await tabTo(create);
  await keyboard.press("Enter");
  const name = dialog.getByLabel("Name");
  await until("the name has the focus", () => isFocused(name));
  await keyboard.type("Disk");
  await tabTo(dialog.getByLabel("Tell when there"));
  await keyboard.press("ArrowDown");
  await dialog.getByLabel("For", { exact: true }).waitFor();
  await keyboard.press("ArrowUp");
  await tabTo(dialog.getByLabel("Matches"));
  await keyboard.press("Control+a");
  await keyboard.type("5");
  await tabTo(dialog.getByLabel("Tell also when it is over"));
  await keyboard.press("Space");
  await tabTo(dialog.getByLabel("Tell it to"));
  await keyboard.type("Slack");
  await tabTo(dialog.getByLabel("Webhook address"));
  await keyboard.type(`http://127.0.0.1:${port}/T0/s3cret`);
  await tabTo(dialog.getByRole("button", { name: "Dry run" }));
  await keyboard.press("Enter");
  await dialog.getByText(/^Would have fired 1 time/).waitFor();
  assert(await isFocused(dialog.getByRole("button", { name: "Dry run" })), "one may go on from there");
  await tabTo(dialog.getByRole("button", { name: "Create alert" }));
  await keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await until("the focus is back where it was", () => isFocused(create));

  const row = page.getByRole("row", { name: /Disk/ });
  assert.match(await row.innerText(), /5 or more in 60 s/);
  const more = row.getByRole("button", { name: "More for Disk" });
  await tabTo(more);
  await keyboard.press("Enter");
  const item = page.getByRole("menuitem", { name: "Send a test" });
  await item.waitFor();
  for (let presses = 0; presses < 12 && !(await isFocused(item)); presses++) await keyboard.press("ArrowDown");
  assert(await isFocused(item));
  await keyboard.press("Enter");
  await page.getByText("The test of “Disk” has arrived.").first().waitFor();
  assert.match(told[0], /^\*\[test\] Disk/);
  await until("the focus is on the row's menu", () => isFocused(more));
  await errors(6);
  await row.getByText("firing").waitFor();
  assert(await isFocused(more), "what is told anew takes no focus");

  await keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Change" }).waitFor();
  const change = page.getByRole("menuitem", { name: "Change" });
  for (let presses = 0; presses < 12 && !(await isFocused(change)); presses++) await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  await until("the name has the focus", () => isFocused(name));
  await keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await until("the focus is on the row's menu again", () => isFocused(more));
});
