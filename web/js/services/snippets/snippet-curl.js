/** No middleware at all: one request from a terminal. */

import { hookAddress, ingestAddress, shellQuote } from "./snippet-text.js";

/**
 * One line for bash, zsh and the like.
 * @param {import("./snippet-text.js").Target} target
 * @returns {import("./snippet-text.js").Block[]}
 */
export function curl({ origin, key }) {
  const entry = { level: "info", message: "Hello from curl", source: "terminal" };
  const code = [
    `curl ${shellQuote(ingestAddress(origin))}`,
    `-H ${shellQuote(`Authorization: Bearer ${key}`)}`,
    `-H ${shellQuote("Content-Type: application/json")}`,
    `-d ${shellQuote(JSON.stringify(entry))}`,
  ].join(" ");
  return [{ title: "", code }];
}

/** The same by a hook key: any JSON or text is taken. @param {import("./snippet-text.js").Target} target */
export function hookCurl(target) {
  const entry = { level: "info", message: "Hello from a webhook" };
  return `curl ${shellQuote(hookAddress(target))} -d ${shellQuote(JSON.stringify(entry))}`;
}
