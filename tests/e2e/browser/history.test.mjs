/** Beyond the ring buffer a page goes on into history: by scrolling, by a query, by a time; and leads back. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 90_000 };
const ENTRIES = 20_000;
const RING = 1000;

/** The first is unique. @param {number} index */
function made(index) {
  if (index === 0) return { level: "error", message: "the very first" };
  return { level: index % 500 === 0 ? "error" : "info", message: `step ${index}` };
}

test("scrolling up goes on into history, to the first entry that is kept", LIMIT, async (t) => {
  const server = await startServer(t, { flags: ["--history", "7d", "--ring-entries", String(RING)] });
  const page = await (await visitor(t)).signedIn(server);
  const { id, producer } = await new Operator(page, server).service();
  for (let from = 0; from < ENTRIES; from += 2000)
    await producer.send(...Array.from({ length: 2000 }, (_, index) => made(from + index)));
  const log = new Log(page);
  const foot = page.getByRole("contentinfo");
  await log.open(server.base, id);
  await foot.filter({ hasText: "1,000 entries" }).filter({ hasText: "19,000 older entries in history" }).waitFor();

  // What is in sight stays where it is while more comes above it.
  await log.grid.evaluate((grid) => (grid.scrollTop = 24 * 40));
  const [{ text, id: row }] = await log.inSight();
  await foot.filter({ hasText: "2,000 entries" }).waitFor();
  const [same] = await log.inSight();
  assert.deepEqual([same.text, same.id], [text, row]);
  const first = async () => {
    await log.grid.evaluate((grid) => (grid.scrollTop = 0));
    return (await log.row("the very first").count()) > 0;
  };
  await until("the first entry of all", first, { patience: 40_000 });
  await foot.filter({ hasText: "20,000 entries" }).waitFor();
  assert.equal(await foot.getByText("in history").count(), 0);
});
