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
const NARROW = { width: 390, height: 844 };
const BASE = "http://localhost:4000"; // what the pictures show, wherever the server really is
const TRAFFIC = { "Payment Service": 9, "Production API": 14, "Auth Backend": 2 }; // entries a second
const MOST_BYTES = 250_000;

async function main() {
  await mkdir(FOLDER, { recursive: true });
  const server = new Server(await mkdtemp(join(tmpdir(), "spectrix-pictures-")), await freePort(), []);
  const browser = await launch(["--disable-lcd-text", `--host-resolver-rules=MAP localhost:4000 127.0.0.1:${server.port}`]);
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
  const context = await browser.newContext({ viewport: WIDE, colorScheme: theme, reducedMotion: "reduce", timezoneId: "UTC" });
  const page = await context.newPage();
  const suffix = theme === "dark" ? "-dark" : "";
  const picture = async (/** @type {string} */ name) => {
    const path = join(FOLDER, `screenshot-${name}${suffix}.png`);
    await page.evaluate(() => document.fonts.ready);
    const png = recompress(await page.screenshot({ animations: "disabled", caret: "hide" }));
    if (png.length > MOST_BYTES) throw new Error(`${path} would have ${png.length} bytes, more than ${MOST_BYTES}`);
    await writeFile(path, png);
    console.log(`${path}  ${Math.round(png.length / 1000)} kB`);
  };

  await page.goto((await server.link()).replace(server.base, BASE));
  const services = page.getByRole("article");
  await page.getByRole("button", { name: "Account" }).waitFor();
  await page.goto(`${BASE}/#/services`);
  await until("the demo's services", async () => (await services.count()) === Object.keys(TRAFFIC).length);
  await keysFor(page, await serviceId(page, "Payment Service"));
  const minute = page.getByRole("article", { name: "Production API" }).getByText(/[\d,]{3,} entries kept/);
  await minute.waitFor();
  const whole = () => until("a minute of traffic", async () => parseInt((await minute.textContent()).replace(",", ""), 10) > 60 * TRAFFIC["Production API"], { patience: 90_000 });
  if (theme === "light") await whole();
  await picture("services");
  await page.setViewportSize(NARROW);
  await picture("services-narrow");

  const id = await serviceId(page, "Payment Service");
  await page.setViewportSize(WIDE);
  await page.goto(`${BASE}/#/services/${id}/streams`);
  await page.getByRole("row", { name: "production" }).first().waitFor();
  await picture("streams");
  await page.setViewportSize(NARROW);
  await picture("streams-narrow");

  await page.setViewportSize(WIDE);
  const log = new Log(page);
  await log.open(BASE, id);
  await until("a full page of rows", async () => (await log.inSight()).length > 25);
  const failed = log.row(/\b5\d\d\b/).and(log.grid.locator("[data-level=error]"));
  await until("a failed request in sight", async () => (await failed.count()) > 0, { patience: 60_000 });
  await failed.last().click();
  await page.getByRole("complementary", { name: "Entry" }).waitFor();
  await picture("watch");
  await page.keyboard.press("Escape");
  await page.setViewportSize(NARROW);
  await page.keyboard.press("End");
  await page.mouse.move(0, 0);
  await until("rows", async () => (await log.inSight()).length > 8);
  await picture("watch-narrow");
  await context.close();
}

/** @param {import("playwright-core").Page} page on the services page @param {string} name */
async function serviceId(page, name) {
  const address = await page.getByRole("article", { name }).getByRole("link", { name: "Watch" }).getAttribute("href");
  return address.split("/")[2];
}

/** A service has more keys than the demo's. @param {import("playwright-core").Page} page @param {string} id */
async function keysFor(page, id) {
  const path = `${BASE}/api/v1/services/${id}/stream-keys`;
  const kept = await page.evaluate(async (path) => (await (await fetch(path)).json()).streamKeys.length, path);
  if (kept > 1) return;
  for (const name of ["production", "staging", "laptop"]) {
    await page.evaluate(
      ([path, name]) => fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name }) }),
      [path, name],
    );
  }
}

await main();
process.exit(); // and the demos with it
