/** Sentry's SDKs and whatever else has nothing but an address for its secret: the hook key stands in it. */

import { hookCurl } from "./snippet-curl.js";
import { block, doubleQuote, hookAddress, parts, shellQuote } from "./snippet-text.js";

/** @typedef {import("./snippet-text.js").Target} Target @typedef {import("./snippet-text.js").Block} Block */

/** @param {Target} target */
function dsn({ origin, hookKey }) {
  return origin.replace("://", `://${hookKey}@`).concat("/1");
}

/** @param {Target} target @returns {Block[]} */
export function node(target) {
  return [
    block("Install", "npm install @sentry/node"),
    block(
      "app.mjs",
      `import * as Sentry from "@sentry/node";

Sentry.init({ dsn: ${doubleQuote(dsn(target))}, enableLogs: true });

Sentry.logger.info("Hello from Sentry");
Sentry.captureException(new Error("Hello from Sentry's exceptions"));
await Sentry.flush();`,
      "start it with: node app.mjs. In a page @sentry/browser takes the same lines, with --allow-origin at the server",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function python(target) {
  return [
    block("Install", "pip install sentry-sdk"),
    block(
      "app.py",
      `import logging
import sentry_sdk

sentry_sdk.init(dsn=${doubleQuote(dsn(target))}, enable_logs=True)
logging.basicConfig(level=logging.INFO)

logging.info("Hello from sentry-sdk")
sentry_sdk.flush()`,
      "start it with: python3 app.py",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function spotlight(target) {
  return [
    block(
      "",
      `SENTRY_SPOTLIGHT=${shellQuote(`${hookAddress(target)}/stream`)} python3 app.py`,
      "an app with Sentry, without a change",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function webhook(target) {
  return [block("Address", hookAddress(target), "any JSON or text, by POST"), block("curl", hookCurl(target))];
}

/** @param {Target} target @returns {Block[]} */
export function graypy({ origin, hookKey }) {
  const { host, port } = parts(origin);
  return [
    block("Install", "pip install graypy"),
    block(
      "app.py",
      `import logging
import graypy

handler = graypy.GELFHTTPHandler(${doubleQuote(host)}, ${port}, path="/gelf?token=${hookKey}")
logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[handler])

logging.info("Hello from graypy")`,
      "start it with: python3 app.py",
    ),
  ];
}
