/** Every page in a state worth looking at: the ones that are measured, checked and pictured. */

import { Log } from "./log.mjs";
import { Operator } from "./operator.mjs";

const ROUTES = [
  ["info", "GET", "/api/users/42", 200, 12],
  ["info", "POST", "/api/payments", 201, 84],
  ["warn", "GET", "/api/users/7", 404, 8],
  ["error", "POST", "/api/pay/charge", 500, 412],
  ["debug", "", "", 0, 0],
];

/**
 * The Watch page of a new service with 120 entries, and its filter line.
 * @param {import("playwright-core").Page} page of somebody who is signed in
 * @param {import("./server.mjs").Server} server
 */
export async function watchShop(page, server) {
  const service = await new Operator(page, server).service();
  await service.producer.send(...traffic(120));
  const log = new Log(page);
  await log.open(server.base, service.id);
  await log.row("job 119").waitFor();
  const line = page.getByRole("combobox", { name: "Filter by text or by terms" });
  /** Waits until the line says so. @param {string} text */
  const hides = (text) => page.locator(".hides", { hasText: text }).waitFor();
  return { page, log, line, hides, producer: service.producer };
}

/** A busy minute of one service. @param {number} count */
export function traffic(count) {
  return Array.from({ length: count }, (_, index) => {
    const [level, method, endpoint, statusCode, duration] = ROUTES[index % ROUTES.length];
    if (!method)
      return {
        level,
        source: "worker",
        message: `job ${index}: cache warmed for 1,204 keys`,
        metadata: { queue: "default", attempt: 1 },
      };
    return {
      level,
      method,
      endpoint,
      statusCode,
      source: index % 3 ? "payment-service" : "api",
      message: `${method} ${endpoint}`,
      metadata: {
        duration: duration + (index % 7),
        ip: "127.0.0.1",
        userAgent: "Mozilla/5.0 (X11; Linux x86_64)",
        user: { id: index, plan: "pro" },
      },
    };
  });
}

export class Pages {
  /** @param {import("playwright-core").Page} page signed in @param {import("./server.mjs").Server} server */
  constructor(page, server) {
    this.page = page;
    this.server = server;
    this.log = new Log(page);
  }

  /** Three services, one of them busy, with a key in use, one unused and one revoked. */
  async prepare() {
    const operator = new Operator(this.page, this.server);
    this.busy = await operator.service("Payment Service");
    await operator.service("Auth Backend");
    await operator.call("POST", "/services", { name: "Production API of a customer whose name is rather long" });
    const { id } = await operator.call("POST", `/services/${this.busy.id}/stream-keys`, {
      name: "leaked in a screenshot",
    });
    await operator.call("DELETE", `/services/${this.busy.id}/stream-keys/${id}`);
    await operator.call("POST", `/services/${this.busy.id}/stream-keys`, { name: "staging" });
    await this.busy.producer.send(...traffic(120));
  }

  async services() {
    await this.page.goto(`${this.server.base}/#/services`);
    await this.page.getByRole("article", { name: "Payment Service" }).getByText("120 entries kept").waitFor();
  }

  async streams() {
    await this.page.goto(`${this.server.base}/#/services/${this.busy.id}/streams`);
    await this.page.getByRole("row", { name: "staging" }).waitFor();
  }

  /** Over the streams page, with the key just made. */
  async keyDialog() {
    await this.streams();
    await this.page.getByRole("button", { name: "Create stream key" }).click();
    const dialog = this.page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Create stream key" }).click();
    await dialog.getByLabel("Stream key", { exact: true }).waitFor();
  }

  async leaveKeyDialog() {
    const dialog = this.page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Done" }).click();
    await dialog.getByRole("button", { name: "Close anyway" }).click();
    await dialog.waitFor({ state: "detached" });
  }

  async watch() {
    await this.log.open(this.server.base, this.busy.id);
    await this.page.getByRole("contentinfo").filter({ hasText: "120 entries" }).waitFor();
  }

  /** A tab above the log, with its table. @param {"Routes" | "Errors"} name */
  async table(name) {
    await this.page.getByRole("tab", { name: new RegExp(`^${name}`) }).click();
    await this.page.getByRole("table", { name }).getByText("/api/pay/charge").first().waitFor();
  }

  async routes() {
    await this.watch();
    await this.table("Routes");
  }

  async errors() {
    await this.watch();
    await this.table("Errors");
  }

  /** The last failed request, opened. */
  async detail() {
    await this.watch();
    await this.page.getByRole("tab", { name: /^Log/ }).click();
    await this.log.row("/api/pay/charge").last().click();
    await this.page.getByRole("complementary", { name: "Entry" }).waitFor();
  }
}
