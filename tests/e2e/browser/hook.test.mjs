/** A hook key is made, used and switched off by hand; a key whose requests bring nothing says so where one looks. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";

const LIMIT = { timeout: 300_000 };

test(
  "a hook key with its address, off and on again, and what is said where nothing of it is taken",
  LIMIT,
  async (t) => {
    const server = await startServer(t);
    const somebody = await visitor(t, { timezoneId: "UTC" });
    const page = await somebody.signedIn(server);
    const { id } = await new Operator(page, server).service();
    await page.goto(`${server.base}/#/services/${id}/streams`);

    await page.getByRole("button", { name: "Create stream key" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("alerts");
    await dialog.getByRole("checkbox", { name: /hook key/ }).check();
    await dialog.getByRole("button", { name: "Create stream key" }).click();
    const address = await dialog.getByLabel("Address", { exact: true }).innerText();
    assert.match(address, /\/in\/spx_v1_hook_[0-9A-Za-z]{48}$/);
    assert.equal((await dialog.getByLabel("curl", { exact: true }).innerText()).split(" -d ")[0], `curl ${address}`);
    const send = async (/** @type {string} */ body, kind = "application/json") =>
      (await fetch(address, { method: "POST", body, headers: { "Content-Type": kind } })).status;
    assert.equal(await send('{"anything": {"at": "all"}}'), 200);
    await dialog.getByText("First entry received").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });

    const row = page.getByRole("row", { name: /alerts/ });
    await row.getByText("hook", { exact: true }).waitFor();
    await row.getByText("in use").waitFor();
    await row.getByRole("button", { name: "Switch alerts off" }).click();
    await row.getByText("off: refused").waitFor();
    assert.equal(await send("{}"), 401);
    await row.getByRole("button", { name: "Switch alerts on" }).click();
    await row.getByRole("button", { name: "Switch alerts off" }).waitFor();

    assert.equal(await send('{"logs": [1]}'), 200);
    assert.equal(await send("--x\r\n", "multipart/form-data; boundary=x"), 415);
    await page.getByRole("cell", { name: /^2 requests of a form we do not take, the last .*: / }).waitFor();
    await row.getByText("nothing taken").waitFor();
    await new Log(page).open(server.base, id);
    await page.getByRole("tab", { name: /^Rejected/ }).click();
    await page.getByRole("tabpanel").getByText("alerts: 2 requests of a form we do not take").waitFor();
    assert.equal(await send('{"message": "at last"}'), 200);
    await page.getByText("2 requests of a form").waitFor({ state: "detached" });
  },
);

test("a read token is shown once, reads, and is revoked by hand", LIMIT, async (t) => {
  const server = await startServer(t);
  const somebody = await visitor(t, { timezoneId: "UTC" });
  const page = await somebody.signedIn(server);
  const { id, producer } = await new Operator(page, server).service();
  await page.goto(`${server.base}/#/services/${id}/streams`);
  await page.getByText("No script reads this service.").waitFor();
  await page.getByRole("button", { name: "Create read token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("CI");
  await dialog.getByLabel("Ends after").selectOption("7");
  await dialog.getByRole("button", { name: "Create read token" }).click();
  const token = await dialog.getByLabel("Read token", { exact: true }).innerText();
  assert.match(token, /^spx_v1_read_[0-9A-Za-z]{48}$/);
  const read = async () =>
    (await fetch(`${server.base}/api/v1/services/${id}/summary`, { headers: { Authorization: `Bearer ${token}` } }))
      .status;
  assert.equal(await read(), 200);
  await dialog.getByRole("button", { name: "Done" }).click();

  // A page of ours may follow under the sign-in, by what every browser has.
  const followed = page.evaluate(
    (path) =>
      new Promise((resolve, reject) => {
        const source = new EventSource(path);
        source.onerror = reject;
        source.onmessage = ({ data, lastEventId }) => {
          source.close();
          resolve([JSON.parse(data).message, lastEventId.replace(/.*[.]/, "")]);
        };
      }),
    `/api/v1/services/${id}/entries?follow=true`,
  );
  await producer.count(1);
  assert.deepEqual(await followed, ["entry 1", "1"]);

  const row = page.getByRole("row", { name: /CI/ });
  await row.getByText("this one").waitFor();
  assert.doesNotMatch(await page.content(), new RegExp(token));
  await row.getByRole("button", { name: "Revoke CI" }).click();
  await dialog.getByLabel(/to confirm/).fill("CI");
  await dialog.getByRole("button", { name: "Revoke read token" }).click();
  await page.getByText("No script reads this service.").waitFor();
  assert.equal(await read(), 401);
});
