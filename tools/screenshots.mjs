/**
 * node tools/screenshots.mjs [FOLDER]: takes the pictures of the README and the docs, of a server with demo traffic.
 * FOLDER is docs/ unless given. For maintainers; it takes about a minute.
 */

import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { launch } from "../tests/e2e/browser/launch.mjs";
import { Log } from "../tests/e2e/browser/log.mjs";
import { freePort, Server } from "../tests/e2e/browser/server.mjs";
import { until } from "../tests/e2e/browser/waiting.mjs";
import { recompress } from "./png.mjs";

const FOLDER = process.argv[2] ?? "docs";
const WIDE = { width: 1400, height: 900 };
const MEDIUM = { width: 900, height: 700 };
const NARROW = { width: 390, height: 844 };
const BASE = "http://localhost:4000"; // what the pictures show, wherever the server really is
const TRAFFIC = { "Payment Service": 9, "Production API": 14, "Auth Backend": 2 }; // entries a second
const MOST_BYTES = 250_000;

async function main() {
  await mkdir(FOLDER, { recursive: true });
  const server = new Server(await mkdtemp(join(tmpdir(), "spectrix-pictures-")), await freePort(), []);
  const browser = await launch([
    "--disable-lcd-text",
    `--host-resolver-rules=MAP localhost:4000 127.0.0.1:${server.port}`,
  ]);
  try {
    await server.start();
    for (const [service, rate] of Object.entries(TRAFFIC)) {
      server.background("demo", "--service", service, "--rate", String(rate));
    }
    for (const theme of /** @type {const} */ (["light", "dark"])) await take(browser, server, theme);
  } finally {
    await browser.close();
    await server.end();
  }
}

/** @param {import("playwright-core").Browser} browser @param {Server} server @param {"light" | "dark"} theme */
async function take(browser, server, theme) {
  const look = { colorScheme: theme, reducedMotion: "reduce", timezoneId: "UTC" };
  const desk = await browser.newContext({ ...look, viewport: WIDE });
  const page = await desk.newPage();
  await page.goto((await server.link()).replace(server.base, BASE));
  await page.getByRole("button", { name: "Account" }).waitFor();
  const storageState = await desk.storageState();
  const tablet = await browser.newContext({ ...look, viewport: MEDIUM, storageState });
  const phone = await browser.newContext({ ...look, viewport: NARROW, isMobile: true, hasTouch: true, storageState });
  for (const [each, name] of [
    [page, ""],
    [await tablet.newPage(), "-medium"],
    [await phone.newPage(), "-narrow"],
  ]) {
    const suffix = `${name}${theme === "dark" ? "-dark" : ""}.png`;
    const id = await services(each);
    if (theme === "light" && name !== "-medium") {
      await picture(each, `services${suffix}`);
      await streams(each, id);
      await picture(each, `streams${suffix}`);
    }
    await watch(each, id, { detail: name === "" });
    await picture(each, `watch${suffix}`);
    if (theme === "light" && name === "")
      for (const panel of ["Routes", "Errors"]) {
        await each.keyboard.press("Escape"); // closes the entry
        await each.getByRole("tab", { name: panel }).click();
        await each.getByRole("tabpanel").getByRole("row").nth(3).waitFor();
        await picture(each, `${panel.toLowerCase()}.png`);
      }
  }
  await desk.close();
  await tablet.close();
  await phone.close();
}

/** @param {import("playwright-core").Page} page @param {string} name */
async function picture(page, name) {
  const path = join(FOLDER, `screenshot-${name}`);
  await page.evaluate(() => document.fonts.ready);
  const png = recompress(await page.screenshot({ animations: "disabled", caret: "hide" }));
  if (png.length > MOST_BYTES) throw new Error(`${path} would have ${png.length} bytes, more than ${MOST_BYTES}`);
  await writeFile(path, png);
  console.log(`${path}  ${Math.round(png.length / 1000)} kB`);
}

/** The services with a minute of traffic behind them. @param {import("playwright-core").Page} page */
async function services(page) {
  await page.goto(`${BASE}/#/services`);
  const cards = page.getByRole("article");
  await until("the demo's services", async () => (await cards.count()) === Object.keys(TRAFFIC).length);
  const kept = page.getByRole("article", { name: "Production API" }).getByText(/entries kept/);
  const wanted = 60 * TRAFFIC["Production API"];
  await until("a minute of traffic", async () => parseInt((await kept.textContent()).replace(",", ""), 10) > wanted, {
    patience: 90_000,
  });
  const address = await page
    .getByRole("article", { name: "Payment Service" })
    .getByRole("link", { name: "Watch" })
    .getAttribute("href");
  return address.split("/")[2];
}

/** @param {import("playwright-core").Page} page @param {string} id */
async function streams(page, id) {
  await keysFor(page, id);
  await page.goto(`${BASE}/#/services/${id}/streams`);
  await page.getByRole("row", { name: "production" }).first().waitFor();
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} id
 * @param {{ detail: boolean }} options of a failed request
 */
async function watch(page, id, { detail }) {
  const log = new Log(page);
  await log.open(BASE, id);
  await until("a full page of rows", async () => (await log.inSight()).length > (detail ? 25 : 8));
  await until("the chart", async () => /\d entries/.test((await page.locator(".chart-words").textContent()) ?? ""));
  if (!detail)
    return void (await page
      .getByRole("contentinfo")
      .filter({ hasText: /[1-9]\d* entries/ })
      .waitFor());
  const failed = log.grid
    .locator("[data-level=error]:visible")
    .filter({ has: page.locator(".status[data-class='5']") });
  await until("a failed request in sight", async () => (await failed.count()) > 0, { patience: 60_000 });
  await failed.last().click();
  await page.getByRole("complementary", { name: "Entry" }).waitFor();
}

/** A service has more keys than the demo's. @param {import("playwright-core").Page} page @param {string} id */
async function keysFor(page, id) {
  const path = `${BASE}/api/v1/services/${id}/stream-keys`;
  const kept = await page.evaluate(async (path) => (await (await fetch(path)).json()).streamKeys.length, path);
  if (kept > 1) return;
  for (const name of ["production", "staging", "laptop"]) {
    await page.evaluate(
      ([path, name]) =>
        fetch(path, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ name }),
        }),
      [path, name],
    );
  }
}

await main();
process.exit(); // and the demos with it
