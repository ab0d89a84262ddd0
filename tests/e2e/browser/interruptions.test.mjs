/**
 * What happens to a watch page when the server, the network or its session goes away, and that nothing is lost by it.
 */

import assert from "node:assert/strict";
import { test } from "node:test";

import { AWAY, visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { entries, Operator } from "./operator.mjs";
import { networkTo } from "./proxy.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };

/** A watch page that is live, through `base`. */
async function watching(t, server, { base = server.base, somebody } = {}) {
  somebody ??= await visitor(t);
  const page = await somebody.signedIn(server, base);
  const service = await new Operator(page, server).service();
  const log = new Log(page);
  await log.open(base, service.id);
  return { page, log, service, producer: service.producer, somebody };
}

/** @param {string | undefined} message */
const numberOf = (message) => Number(/^entry (\d+)$/.exec(message ?? "")?.[1]);
const status = (page, text) => page.getByRole("status").filter({ hasText: text });

test("the server is killed and starts again: rows stay, a restart gap, then everything new, once", LIMIT, async (t) => {
  const server = await startServer(t);
  const { page, log, producer, somebody } = await watching(t, server);
  somebody.forgive(AWAY);
  await producer.count(60);
  await log.row(/^.*entry 60$/m).waitFor();

  await server.kill();
  await status(page, "Connection lost, trying again in").waitFor();
  assert.equal(await page.getByRole("alert").filter({ visible: true }).count(), 0, "one banner for one fact");
  assert(
    (await log.inSight()).some(({ message }) => message === "entry 60"),
    "the rows stay while it is away",
  );

  await server.start();
  await producer.count(40);
  await log.live();
  await producer.count(25);
  await log.row("entry 125").waitFor();
  await log.tells([...entries(1, 60), /^gap: the server was restarted/, ...entries(61, 125)]);
  await until("the notice to go", async () => !(await status(page, "Connection lost").isVisible()));

  // Without a network nothing looks live, and with it again everything goes on.
  const pill = (/** @type {string} */ name) => page.getByRole("button", { name, exact: true });
  await somebody.context.setOffline(true);
  await pill("Offline").waitFor();
  await somebody.context.setOffline(false);
  await pill("Live").waitFor();
  await producer.count(1);
  await log.row("entry 126").waitFor();

  // An address that leads to no service says what to do.
  somebody.forgive(/status of 404/);
  await page.goto(`${server.base}/#/services/svc_nope/watch`);
  await page.getByRole("heading", { name: "There is no such service" }).waitFor();
  await page.getByText("It was deleted, or the address is from another database.").waitFor();
  assert.equal(await page.getByText("does not exist any more").count(), 0);
  assert.match(await page.title(), /Unknown service/);
  await page.getByRole("link", { name: "All services", exact: true }).click();
  await page.getByRole("article").waitFor();
});

test("killed again and again: one gap for each restart, and every entry once", LIMIT, async (t) => {
  const server = await startServer(t);
  const { page, log, producer, somebody } = await watching(t, server);
  somebody.forgive(AWAY);
  const told = [];
  for (let round = 0; round < 3; round++) {
    if (round > 0) told.push(/^gap: the server was restarted/);
    told.push(...entries(round * 30 + 1, round * 30 + 30));
    await producer.count(30);
    await log.row(`entry ${round * 30 + 30}`).waitFor();
    if (round === 2) break;
    await server.kill();
    await page.getByTitle("The socket is not connected").waitFor();
    await server.start();
    await page
      .getByRole("button", { name: "Try now" })
      .click()
      .catch(() => {}); // it may have been quicker
    await log.live();
  }
  await log.tells(told);
});

test("the network drops: the page goes on behind its cursor, without loss, repeat or gap", LIMIT, async (t) => {
  const server = await startServer(t);
  const network = await networkTo(t, server);
  const { page, log, producer, somebody } = await watching(t, server, { base: network.base });
  somebody.forgive(AWAY);
  await producer.count(40);
  await log.row("entry 40").waitFor();

  network.cut();
  await page.getByTitle("The socket is not connected").waitFor();
  await producer.count(300);
  network.mend();
  await log.live();
  await producer.count(20);
  await log.row("entry 360").waitFor();
  await log.tells(entries(1, 360));
  assert.equal(await page.getByText(/\d gaps?\b/).count(), 0);
});

test("a network that drops again and again under steady traffic costs nothing", LIMIT, async (t) => {
  const server = await startServer(t);
  const network = await networkTo(t, server);
  const { page, log, producer, somebody } = await watching(t, server, { base: network.base });
  somebody.forgive(AWAY);
  for (let drop = 0; drop < 4; drop++) {
    const sending = producer.count(80); // some before the cut, some after it
    await until("its first entries", async () => numberOf((await log.inSight()).at(-1)?.message) > drop * 80);
    network.cut();
    await page.getByTitle("The socket is not connected").waitFor();
    await sending;
    network.mend();
    await page.evaluate(() => window.dispatchEvent(new Event("online"))); // as the browser does when it notices
    await log.live();
  }
  await log.tells(entries(1, 320));
});

test("away for longer than the ring reaches back: a gap with the exact count", LIMIT, async (t) => {
  const server = await startServer(t, { flags: ["--ring-entries", "50"] });
  const network = await networkTo(t, server);
  const { page, log, producer, somebody } = await watching(t, server, { base: network.base });
  somebody.forgive(AWAY);
  await producer.count(10);
  await log.row("entry 10").waitFor();

  network.cut();
  await page.getByTitle("The socket is not connected").waitFor();
  await producer.count(120);
  network.mend();
  await log.live();
  await producer.count(5);
  await log.row("entry 135").waitFor();
  const told = await log.told();
  const [gap] = told.filter((each) => each.startsWith("gap"));
  const oldest = numberOf(told[told.indexOf(gap) + 1]);
  assert.equal(gap, `gap: ${oldest - 11} entries not received (away too long)`);
  assert(oldest >= 81, `${oldest}: the ring holds 50`);
  assert.deepEqual(told, [...entries(1, 10), gap, ...entries(oldest, 135)]);
  const foot = page
    .getByRole("contentinfo")
    .filter({ hasText: new RegExp(`1 gap\\s*·\\s*${oldest - 11} entries not received`) });
  await foot.waitFor();
});

test("an unattended page renews, then ends calmly, and one key goes on without loss or repeat", LIMIT, async (t) => {
  const server = await startServer(t);
  const somebody = await visitor(t);
  // Seconds for what --watch-idle has in minutes.
  const asked = [];
  await somebody.context.route("**/sessions", async (route) => {
    const response = await route.fetch();
    asked.push(response.status());
    await route.fulfill({ response, json: { ...(await response.json()), watchIdle: 3.5 } });
  });
  await somebody.context.addInitScript(() => localStorage.setItem("spectrix.preferences", '{"sessionSeconds": 2}'));
  const { page, log, producer } = await watching(t, server, { somebody });
  await producer.count(30);
  await log.row("entry 30").waitFor();

  const ended = status(page, /Session ended \d\d:\d\d/);
  await ended.waitFor({ timeout: 30_000 });
  assert.ok(asked.length > 1, "it was renewed as long as somebody had been there not long before");
  await log.row(/session ended \d\d:\d\d · Enter to go on/).waitFor();
  await page.getByTitle("The socket is closed").waitFor();
  assert.match(await page.title(), /^Session ended · /);
  await producer.count(45);
  assert(
    (await log.inSight()).some(({ message }) => message === "entry 30"),
    "the rows stay",
  );
  assert.equal(await log.row("entry 31").count(), 0, "nothing comes after the end");

  await page.keyboard.press("Enter");
  await log.row("entry 75").waitFor();
  await ended.waitFor({ state: "hidden" });
  const end = /^session ended \d\d:\d\d$/;
  await producer.count(10);
  await log.row("entry 85").waitFor();

  await ended.waitFor();
  await producer.count(15);
  await page.getByRole("button", { name: "Go on" }).click();
  await log.row("entry 100").waitFor();
  await log.tells([...entries(1, 30), end, ...entries(31, 85), end, ...entries(86, 100)]);
  assert.equal(await page.getByText(/\d gaps?\b/).count(), 0);
});

test("a session that is renewed in time goes on without a seam", LIMIT, async (t) => {
  const server = await startServer(t);
  const { page, log, producer, service } = await watching(t, server);
  const operator = new Operator(page, server);
  const sessions = async () => (await operator.call("GET", `/services/${service.id}/sessions`)).sessions;
  await producer.count(20);
  await log.row("entry 20").waitFor();
  const [{ id: first }] = await sessions();
  const sending = producer.count(200);
  await page.getByRole("button", { name: "Live" }).click();
  const said = page.getByRole("group", { name: "Live" });
  await said.getByRole("button", { name: "Renew the session" }).click();
  await sending;
  await until("one other session", async () => (await sessions()).map(({ id }) => id).every((id) => id !== first));
  assert.equal((await sessions()).length, 1);
  await log.tells(entries(1, 220));

  // One press ends it, one goes on.
  await page.getByRole("button", { name: "Live" }).click();
  await said.getByRole("button", { name: "End the session" }).click();
  await status(page, /Session was ended/).waitFor();
  await until("no session", async () => (await sessions()).length === 0);
  await producer.count(5);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Go on" }).click();
  await log.row("entry 225").waitFor();
});
