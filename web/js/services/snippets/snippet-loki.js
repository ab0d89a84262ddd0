/** Clients of Loki. */

import { block, doubleQuote } from "./snippet-text.js";

/** @typedef {import("./snippet-text.js").Target} Target @typedef {import("./snippet-text.js").Block} Block */

/** @param {string} origin */
const pushAddress = (origin) => `${origin}/loki/api/v1/push`;

/** @param {Target} target @returns {Block[]} */
export function pinoLoki({ origin, key }) {
  return [
    block("Install", "npm install pino pino-loki"),
    block(
      "app.mjs",
      `import pino from "pino";

const transport = pino.transport({
  target: "pino-loki",
  options: {
    host: ${doubleQuote(origin)},
    basicAuth: { username: "x", password: ${doubleQuote(key)} },
    labels: { app: "my-app" },
  },
});
const logger = pino(transport);

logger.info("Hello from pino-loki");`,
      "start it with: node app.mjs",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function winstonLoki({ origin, key }) {
  return [
    block("Install", "npm install winston winston-loki"),
    block(
      "app.mjs",
      `import winston from "winston";
import LokiTransport from "winston-loki";

const loki = new LokiTransport({
  host: ${doubleQuote(origin)},
  basicAuth: ${doubleQuote(`x:${key}`)},
  labels: { app: "my-app" },
});
const logger = winston.createLogger({ transports: [new winston.transports.Console(), loki] });

logger.info("Hello from winston-loki");
logger.end();`,
      "start it with: node app.mjs",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function python({ origin, key }) {
  return [
    block("Install", "pip install python-logging-loki"),
    block(
      "app.py",
      `import logging
import logging_loki

handler = logging_loki.LokiHandler(
    url=${doubleQuote(pushAddress(origin))},
    auth=("x", ${doubleQuote(key)}),
    tags={"app": "my-app"},
    version="1",
)
logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[handler])

logging.info("Hello from python-logging-loki")`,
      "start it with: python3 app.py",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function promtail({ origin, key }) {
  return [
    block(
      "promtail.yaml",
      `server:
  disable: true
positions:
  filename: /tmp/positions.yaml
clients:
  - url: ${doubleQuote(pushAddress(origin))}
    basic_auth:
      username: x
      password: ${doubleQuote(key)}
scrape_configs:
  - job_name: logs
    static_configs:
      - labels:
          app: my-app
          __path__: /var/log/*.log`,
      "start it with: promtail -config.file=promtail.yaml",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function alloy({ origin, key }) {
  return [
    block(
      "config.alloy",
      `local.file_match "logs" {
  path_targets = [{ __path__ = "/var/log/*.log", app = "my-app" }]
}

loki.source.file "logs" {
  targets    = local.file_match.logs.targets
  forward_to = [loki.write.spectrix.receiver]
}

loki.write "spectrix" {
  endpoint {
    url = ${doubleQuote(pushAddress(origin))}
    basic_auth {
      username = "x"
      password = ${doubleQuote(key)}
    }
  }
}`,
      "start it with: alloy run config.alloy",
    ),
  ];
}
