/** Who comes in, how, and what is left when they go. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";
import { startServer } from "./server.mjs";
import { until } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };
const PASSWORD = "a long walk by the sea";

/** What Chromium prints for an answer that a story provokes. @param {number} status */
const answered = (status) => new RegExp(`the server responded with a status of ${status}`);

test("a sign-in link works once", LIMIT, async (t) => {
  const server = await startServer(t);
  const link = await server.link();
  const first = await (await visitor(t)).page();
  await first.goto(link);
  await first.getByRole("button", { name: "Account" }).waitFor();

  const second = await visitor(t);
  second.forgive(answered(409));
  second.forgive(answered(401));
  const page = await second.page();
  const claims = [];
  page.on("response", (response) => response.url().endsWith("/auth/token") && claims.push(response.status()));
  await page.goto(link);
  await page.getByRole("alert").filter({ hasText: "This sign-in link was used before" }).waitFor();
  assert.deepEqual(claims, [409]);
  assert.equal(new URL(page.url()).hash, "");
  await page.getByText("spectrix_lite url").waitFor(); // what to do instead

  await page.goto(`${server.base}/#token=never-was`);
  await page.getByRole("alert").filter({ hasText: "This sign-in link is unknown" }).waitFor();
  await page.goto(await server.link());
  await page.getByRole("button", { name: "Account" }).waitFor();
});

test("password: set, signed out, wrong, right", LIMIT, async (t) => {
  const server = await startServer(t);
  const somebody = await visitor(t);
  somebody.forgive(answered(401));
  const page = await somebody.signedIn(server);
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Set a password" }).click();
  const fields = page.getByRole("dialog").locator("input[type=password]:visible");
  for (const field of await fields.all()) await field.fill(PASSWORD);
  await page.getByRole("dialog").getByRole("button", { name: "Set password" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });

  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("That is not the password.").waitFor();
  await page.reload();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Account" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Account" }).waitFor();
});

test("signing out closes the streams, in this tab and in the others", LIMIT, async (t) => {
  const server = await startServer(t);
  const somebody = await visitor(t);
  somebody.forgive(answered(401));
  const page = await somebody.signedIn(server);
  const service = await new Operator(page, server).service();
  const log = new Log(page);
  await log.open(server.base, service.id);
  const other = await somebody.page();
  const otherLog = new Log(other);
  await otherLog.open(server.base, service.id);
  await service.producer.count(3);
  await otherLog.row("entry 3").waitFor();

  const colleague = await (await visitor(t)).signedIn(server);
  // with one service, a link opens its log
  await colleague.getByRole("link", { name: "Spectrix: all services" }).click();
  const watchers = async () => (await new Operator(colleague, server).stats(service.id)).watchers;
  await until("two watchers", async () => (await watchers()) === 2);

  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await until("no watcher", async () => (await watchers()) === 0);
  await page.getByText("print a one-time sign-in link").waitFor();
  assert.equal(await page.getByText("entry 3").count(), 0);

  await service.producer.count(3);
  await other.getByTitle("The socket is closed").waitFor();
  assert.equal(await otherLog.row("entry 4").count(), 0);

  // The other tab says so and keeps what it has; signed in again, by whatever way, it goes on without loss.
  await other.getByRole("button", { name: "Signed out", exact: true }).waitFor();
  await other.getByRole("status").filter({ hasText: "You are signed out, here or on another page." }).waitFor();
  assert.equal(await other.getByRole("alert").filter({ visible: true }).count(), 0, "one banner for one fact");
  await otherLog.row("entry 3").waitFor();
  await other.getByRole("button", { name: "Sign in" }).click();
  const dialog = other.getByRole("dialog", { name: "Sign in" });
  await dialog.getByText("open it in this browser").waitFor();
  await page.goto(await server.link());
  await page.getByRole("button", { name: "Account" }).waitFor();
  await other.evaluate(() => window.dispatchEvent(new Event("focus")));
  await dialog.waitFor({ state: "detached" });
  await otherLog.row("entry 6").waitFor();
  await otherLog.tells(["entry 1", "entry 2", "entry 3", /session/, "entry 4", "entry 5", "entry 6"]);

  // Where nothing would be lost, there is the page to sign in at.
  await other.goto(`${server.base}/#/services`);
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await other.getByText("print a one-time sign-in link").waitFor();
});

test("theme and time zone are remembered", LIMIT, async (t) => {
  const server = await startServer(t);
  const somebody = await visitor(t, { timezoneId: "Asia/Kolkata", colorScheme: "light" });
  const page = await somebody.signedIn(server);
  const { id, producer } = await new Operator(page, server).service();
  const log = new Log(page);
  await log.open(server.base, id);
  await producer.send({ level: "info", message: "at noon", timestamp: "2026-05-14T12:00:00.250Z" });
  const time = log
    .row("at noon")
    .getByText(/\d\d:\d\d:\d\d\.\d{3}/)
    .first();
  const ground = () => page.getByRole("banner").evaluate((bar) => getComputedStyle(bar).backgroundColor);
  const choose = async (name) => {
    await page.getByRole("button", { name: "Display" }).click();
    await page.getByRole("menu").getByText(name, { exact: true }).click();
  };
  const shows = (words) =>
    until(`the time ${words}`, async () => (await time.textContent()) === words, { told: () => time.textContent() });

  await shows("2026-05-14 17:30:00.250");
  const light = await ground();
  await choose("Dark");
  await until("a dark page", async () => (await ground()) !== light);
  const dark = await ground();
  await choose("UTC");
  await shows("2026-05-14 12:00:00.250");

  await page.reload();
  await log.live();
  assert.equal(await ground(), dark);
  await shows("2026-05-14 12:00:00.250");

  await choose("Light");
  await until("a light page", async () => (await ground()) === light);
  await page.emulateMedia({ colorScheme: "dark" });
  assert.equal(await ground(), light, "a choice is stronger than the system");
  await choose("System");
  await until("the system's dark page", async () => (await ground()) === dark);
  await page.emulateMedia({ colorScheme: "light" });
  await until("the system's light page", async () => (await ground()) === light);
  await choose("Local");
  await page.reload();
  await log.live();
  await shows("2026-05-14 17:30:00.250");
});
