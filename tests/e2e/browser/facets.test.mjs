/** The facets beside the log that are terms of the query. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { FIRST, SECOND } from "./bursts.mjs";
import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };

/** @param {import("node:test").TestContext} t */
async function watching(t) {
  const server = await startServer(t);
  const page = await (await visitor(t)).signedIn(server);
  const { id, producer } = await new Operator(page, server).service();
  await producer.send(...FIRST, ...SECOND);
  const log = new Log(page);
  await log.open(server.base, id);
  const line = page.getByRole("combobox", { name: "Filter by text or by terms" });
  /** Waits until exactly this is told. @param {string[]} messages */
  const shows = (messages) => log.tells(messages);
  return { page, shows, line };
}

test("status and method are ticked beside the log, and are terms of the query", LIMIT, async (t) => {
  const { page, shows, line } = await watching(t);
  const group = (/** @type {string} */ name) => page.getByRole("region", { name, exact: true });
  const statuses = async () =>
    (await group("Status").getByRole("checkbox").allInnerTexts())
      .map((text) => text.split(/\s+(?=\d+$)/).join(" "))
      .join(", ");
  await until(
    "every status to be counted",
    async () => (await statuses()) === "2xx 12, 3xx 0, 4xx 1, 5xx 3, no status 1",
    { told: statuses },
  );
  assert.deepEqual(
    (await group("Method").getByRole("checkbox").allInnerTexts()).map((text) => text.split(/\s+(?=\d+$)/)),
    [
      ["GET", "9"],
      ["DELETE", "5"],
      ["POST", "2"],
      ["no method", "1"],
    ],
  );
  await group("Status").getByTitle("Show 5xx alone").click();
  assert.equal(await line.inputValue(), "status:5xx");
  await shows(["first 9", "first 10", "second 0"]);
  await group("Method").getByRole("checkbox", { name: "DELETE" }).click();
  assert.equal(await line.inputValue(), "status:5xx -method:DELETE");
  await shows(["first 9", "first 10"]);
  assert.equal(await group("Method").getByRole("checkbox", { name: "DELETE" }).getAttribute("aria-checked"), "false");
  await group("Status").getByRole("checkbox", { name: "4xx" }).click();
  assert.equal(await line.inputValue(), "-method:DELETE (status:5xx OR status:4xx)");
  await shows(["first 8", "first 9", "first 10"]);
  await page.locator(".hides", { hasText: "hides 14 of 17 · 1 error among them" }).waitFor();

  // What is typed is ticked, and the server takes it for a shared link as it stands.
  await line.fill("method:get");
  await until("GET alone to be ticked", async () =>
    (await group("Method").getByRole("checkbox", { checked: true }).allInnerTexts()).join().startsWith("GET"),
  );
  assert.equal(await group("Method").getByRole("checkbox", { checked: true }).count(), 1);
  await group("Method").getByTitle("Show all again").click();
  assert.equal(await line.inputValue(), "");
  await shows([...FIRST, ...SECOND].map(({ message }) => message));
});
