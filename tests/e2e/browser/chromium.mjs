/**
 * Chromium for the stories: one for each test file, a fresh profile for each visitor, and an ear for every complaint.
 */

import assert from "node:assert/strict";
import { after } from "node:test";

import { launch } from "./launch.mjs";
import { atEnd } from "./waiting.mjs";

const PATIENCE_MS = 8_000;
const NAMES = "--host-resolver-rules=MAP logs.example.org 127.0.0.1"; // who stands behind a proxy is called so

/** What Chromium itself prints where a server is away: a story that takes it away forgives this. */
export const AWAY = /net::ERR_|WebSocket connection to/;

let browser = null;
after(() => browser?.close());

/**
 * Somebody with a browser of their own: cookies and storage are shared by their pages and by nobody else's. The test
 * fails for whatever a page's console, a broken policy or an uncaught error says, but for what `forgive` names.
 */
export class Visitor {
  #complaints = [];
  #forgiven = [];

  constructor(context) {
    this.context = context;
  }

  async page() {
    const page = await this.context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        this.#complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
    page.on("pageerror", (error) => this.#complaints.push(`uncaught: ${error.stack ?? error}`));
    page.on("crash", () => this.#complaints.push("the page crashed"));
    return page;
  }

  /**
   * A page that has come in by a fresh link.
   * @param {import("./server.mjs").Server} server
   * @param {string} [base] by another way than the server's own address
   */
  async signedIn(server, base = server.base) {
    const page = await this.page();
    await page.goto((await server.link()).replace(server.base, base));
    await page.getByRole("button", { name: "Account" }).waitFor();
    return page;
  }

  /** @param {RegExp} complaint */
  forgive(complaint) {
    this.#forgiven.push(complaint);
  }

  check() {
    const serious = this.#complaints.filter((said) => !this.#forgiven.some((pattern) => pattern.test(said)));
    assert.deepEqual(serious, [], "the page must not complain");
  }
}

/**
 * @param {import("node:test").TestContext} t
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
export async function visitor(t, options = {}) {
  browser ??= await launch([NAMES]);
  const context = await browser.newContext({
    viewport: { width: 1400, height: 900 },
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy violated: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  const somebody = new Visitor(context);
  atEnd(t, async () => {
    await context.close();
    somebody.check();
  });
  return somebody;
}
