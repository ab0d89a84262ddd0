/** Where Chromium is, and how it is started. */

import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

const PLACES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];

/** @param {string[]} args more of them */
export async function launch(args = []) {
  const executablePath = PLACES.find((place) => place && existsSync(place));
  if (!executablePath)
    throw new Error("Chromium is missing: install the package chromium, or set CHROMIUM to the path of one");
  return chromium.launch({ executablePath, args: [...ARGS, ...args] });
}
