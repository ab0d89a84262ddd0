/** What axe-core finds on a page, light and dark, and which focus rings are cut off. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { until } from "./waiting.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** All that another theme can change. */
const COLOURS = { runOnly: ["color-contrast", "link-in-text-block"] };

/**
 * What is found, as axe-core tells it.
 * @param {import("playwright-core").Page} page
 * @param {object} [only]
 * @returns {Promise<any[]>}
 */
export async function found(page, only = {}) {
  if (!(await page.evaluate(() => "axe" in window))) {
    // A page whose policy allows no such thing takes it from DevTools alone.
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Runtime.evaluate", { expression: AXE });
    await devtools.detach();
  }
  return page.evaluate(
    async (options) =>
      (await /** @type {any} */ (window).axe.run(document, { resultTypes: ["violations"], ...options })).violations,
    only,
  );
}

/**
 * The same in words.
 * @param {import("playwright-core").Page} page
 * @param {object} [only]
 */
async function violations(page, only = {}) {
  return (await found(page, only)).flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) =>
        `${id}: ${target.join(" ")}: ${failureSummary.split("\n").slice(1).join(" ").trim()}`,
    ),
  );
}

/** @param {import("playwright-core").Page} page @param {"light" | "dark"} colorScheme */
export async function turn(page, colorScheme) {
  await page.emulateMedia({ colorScheme });
  await until(`the ${colorScheme} theme`, () =>
    page.evaluate((theme) => document.documentElement.dataset.theme === theme, colorScheme),
  );
}

/** What is found as it stands, and in the dark. @param {import("playwright-core").Page} page in the light */
export async function look(page) {
  const light = await violations(page);
  await turn(page, "dark");
  const dark = await violations(page, COLOURS);
  await turn(page, "light");
  return [...light, ...dark.map((each) => `dark: ${each}`)];
}

/**
 * Focus rings that their surroundings cut off, of all that can have the focus.
 * @param {import("playwright-core").Page} page
 */
export function cutRings(page) {
  return page.evaluate(() => {
    const stage = document.querySelector("dialog[open]:modal") ?? document;
    const wrong = [];
    for (const element of stage.querySelectorAll("button, a[href], summary, select, textarea, [tabindex]")) {
      const before = element.getBoundingClientRect();
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || before.width < 2) continue;
      element.focus({ focusVisible: true, preventScroll: true });
      if (document.activeElement !== element) continue;
      const style = getComputedStyle(element);
      const more = style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset);
      const { left, top, right, bottom } = element.getBoundingClientRect();
      for (let around = element.parentElement; around; around = around.parentElement) {
        if (getComputedStyle(around).overflow === "visible") continue;
        const frame = around.getBoundingClientRect();
        // What is scrolled out of sight is no matter of its ring.
        if (left < frame.left || top < frame.top || right > frame.right + 0.5 || bottom > frame.bottom + 0.5) break;
        const cut =
          left - more < frame.left - 0.5 ||
          top - more < frame.top - 0.5 ||
          right + more > frame.right + 0.5 ||
          bottom + more > frame.bottom + 0.5;
        const name = `${element.tagName.toLowerCase()}.${element.className} “${element.textContent.trim().slice(0, 20)}”`;
        if (cut) wrong.push(`${name} by ${around.tagName.toLowerCase()}.${around.className}`);
      }
      element.blur();
    }
    return [...new Set(wrong)];
  });
}
