/** The log of a watch page as a reader meets it: rows in sight, and all of them by scrolling through. */

import { until } from "./waiting.mjs";

/** @typedef {{ id: string, kind: string, text: string, message: string }} Row */

export class Log {
  /** @param {import("playwright-core").Page} page */
  constructor(page) {
    this.page = page;
    this.grid = page.getByRole("grid", { name: "Log" });
  }

  /** The row in sight that shows this text. @param {string | RegExp} text */
  row(text) {
    return this.grid.locator(".row:not([hidden])").filter({ hasText: text });
  }

  /**
   * Opens a service's Watch page and waits until it is live.
   * @param {string} address of the server
   * @param {string} id
   */
  async open(address, id) {
    await this.page.goto(`${address}/#/services/${id}/watch`);
    await this.live();
  }

  live() {
    return this.page.getByTitle("The socket is connected").waitFor();
  }

  /** Rows in sight, from top to bottom. @returns {Promise<Row[]>} */
  inSight() {
    return this.grid.evaluate(read, "stay");
  }

  /**
   * Every row there is, by scrolling from the first to the last; then follows the newest again.
   * @returns {Promise<Row[]>}
   */
  async all() {
    await this.page.bringToFront(); // one behind another draws a frame a second
    const rows = new Map();
    for (let before = -1, step = "first"; rows.size > before; step = "next") {
      before = rows.size;
      for (const row of await this.grid.evaluate(read, step)) rows.set(row.id, row);
    }
    await this.follow();
    return [...rows.values()];
  }

  /** Messages of all entries, and the notes of all other rows, in order. */
  async told() {
    return (await this.all()).map((row) => row.message);
  }

  /** Waits until everything there is to read is exactly this. @param {(string | RegExp)[]} expected */
  async tells(expected) {
    const fits = (/** @type {string[]} */ told) =>
      told.length === expected.length &&
      expected.every((wanted, index) =>
        typeof wanted === "string" ? wanted === told[index] : wanted.test(told[index]),
      );
    let told = [];
    await until(`the log to tell ${summary(expected)}`, async () => fits((told = await this.told())), {
      told: () => summary(told),
    });
  }

  async follow() {
    await this.page.getByRole("button", { name: /^Follow/ }).click();
  }
}

/** Runs of numbered entries said shortly. @param {(string | RegExp)[]} told */
function summary(told) {
  const parts = [];
  for (const each of told) {
    const number = Number(/^entry (\d+)$/.exec(String(each))?.[1]);
    const last = parts.at(-1);
    if (number && last && last.to === number - 1) last.to = number;
    else parts.push(number ? { from: number, to: number } : { text: String(each) });
  }
  return parts
    .map((part) => part.text ?? (part.from === part.to ? `entry ${part.from}` : `entries ${part.from} to ${part.to}`))
    .join(", ");
}

/**
 * In the page: scrolls and, when it is drawn, reads what is in sight.
 * @param {HTMLElement} grid
 * @param {"stay" | "first" | "next"} step
 */
async function read(grid, step) {
  if (step === "first") grid.scrollTop = 0;
  if (step === "next") grid.scrollTop += grid.clientHeight * 0.8;
  for (let frames = 0; frames < 2; frames++) await new Promise((resolve) => requestAnimationFrame(resolve));
  const { top: upper, bottom } = grid.getBoundingClientRect();
  const top = Math.max(upper, grid.querySelector(".log-head").getBoundingClientRect().bottom);
  return [...grid.querySelectorAll(".row")]
    .map((row) => ({ row, box: row.getBoundingClientRect() }))
    .filter(({ row, box }) => !row.hidden && box.bottom > top && box.top < bottom)
    .sort((one, other) => one.box.top - other.box.top)
    .map(({ row }) => {
      const words = (name) => row.querySelector(`.${name}`)?.textContent ?? "";
      return {
        id: row.id,
        kind: row.dataset.kind,
        text: row.innerText,
        message: words("note") || words("message") || words("endpoint"),
      };
    });
}
