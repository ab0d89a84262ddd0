/** Clients of other products, each with the address and the key that it has a field for. */

import { block, doubleQuote, ingestAddress, parts, shellQuote } from "./snippet-text.js";

/** @typedef {import("./snippet-text.js").Target} Target @typedef {import("./snippet-text.js").Block} Block */

const NODE = "start it with: node app.mjs";
const PYTHON = "start it with: python3 app.py";

/** @param {Target} target @returns {Block[]} */
export function pinoSeq({ origin, key }) {
  return [
    block("Install", "npm install pino pino-seq"),
    block(
      "app.mjs",
      `import pino from "pino";
import { createStream } from "pino-seq";

const seq = createStream({ serverUrl: ${doubleQuote(origin)}, apiKey: ${doubleQuote(key)} });
const logger = pino(seq);

logger.info("Hello from pino-seq");
seq.end();`,
      NODE,
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function bunyanSeq({ origin, key }) {
  return [
    block("Install", "npm install bunyan bunyan-seq"),
    block(
      "app.mjs",
      `import bunyan from "bunyan";
import seq from "bunyan-seq";

const stream = seq.createStream({ serverUrl: ${doubleQuote(origin)}, apiKey: ${doubleQuote(key)}, level: "info" });
const logger = bunyan.createLogger({ name: "my-app", streams: [stream] });

logger.info("Hello from bunyan-seq");
stream.stream.end();`,
      NODE,
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function seqlog({ origin, key }) {
  return [
    block("Install", "pip install seqlog"),
    block(
      "app.py",
      `import logging
import seqlog

handler = seqlog.log_to_seq(
    server_url=${doubleQuote(origin)},
    api_key=${doubleQuote(key)},
    level=logging.INFO,
    auto_flush_timeout=1,
)

logging.getLogger("my-app").info("Hello from seqlog")
handler.log_queue.join()  # for a program that ends at once
handler.flush()`,
      PYTHON,
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function serilog({ origin, key }) {
  return [
    block("Install", "dotnet add package Serilog.Sinks.Seq"),
    block(
      "Program.cs",
      `using Serilog;

Log.Logger = new LoggerConfiguration()
    .WriteTo.Seq(${doubleQuote(origin)}, apiKey: ${doubleQuote(key)})
    .CreateLogger();

Log.Information("Hello from Serilog");
Log.CloseAndFlush();`,
      "start it with: dotnet run",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function datadogWinston({ origin, key }) {
  const { host, port, secure } = parts(origin);
  return [
    block("Install", "npm install winston"),
    block(
      "app.mjs",
      `import winston from "winston";

const datadog = new winston.transports.Http({
  host: ${doubleQuote(host)},
  port: ${port},
  ssl: ${secure},
  path: "/api/v2/logs?ddsource=nodejs&service=my-app",
  headers: { "DD-API-KEY": ${doubleQuote(key)} },
});
const logger = winston.createLogger({ transports: [datadog] });

logger.info("Hello from Datadog's winston transport");`,
      NODE,
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function datadogPython({ origin, key }) {
  const [protocol, name] = origin.split("://");
  return [
    block("Install", "pip install datadog-api-client"),
    block(
      "app.py",
      `from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.logs_api import LogsApi
from datadog_api_client.v2.model.http_log import HTTPLog
from datadog_api_client.v2.model.http_log_item import HTTPLogItem

configuration = Configuration(server_index=1)
configuration.server_variables.update(protocol=${doubleQuote(protocol)}, name=${doubleQuote(name)})
configuration.api_key["apiKeyAuth"] = ${doubleQuote(key)}

with ApiClient(configuration) as client:
    item = HTTPLogItem(message="Hello from Datadog Python", service="my-app")
    LogsApi(client).submit_log(HTTPLog([item]))`,
      PYTHON,
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function datadogAgent({ origin, key }) {
  const { host, port, secure } = parts(origin);
  return [
    block(
      "datadog.yaml",
      `api_key: ${doubleQuote(key)}
logs_enabled: true
logs_config:
  force_use_http: true
  logs_dd_url: ${doubleQuote(`${host}:${port}`)}
  logs_no_ssl: ${!secure}`,
      "then: systemctl restart datadog-agent",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function axiomJs({ origin, key }) {
  return [
    block("Install", "npm install @axiomhq/js"),
    block(
      "app.mjs",
      `import { Axiom } from "@axiomhq/js";

const axiom = new Axiom({ url: ${doubleQuote(origin)}, token: ${doubleQuote(key)} });

axiom.ingest("my-app", { level: "info", message: "Hello from Axiom JS" });
await axiom.flush();`,
      NODE,
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function axiomPython({ origin, key }) {
  return [
    block("Install", "pip install axiom-py"),
    block(
      "app.py",
      `import axiom_py

client = axiom_py.Client(url=${doubleQuote(origin)}, token=${doubleQuote(key)})

client.ingest_events("my-app", [{"level": "info", "message": "Hello from Axiom Python"}])`,
      PYTHON,
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function logtailJs({ origin, key }) {
  return [
    block("Install", "npm install @logtail/node"),
    block(
      "app.mjs",
      `import { Logtail } from "@logtail/node";

const logtail = new Logtail(${doubleQuote(key)}, { endpoint: ${doubleQuote(origin)} });

logtail.info("Hello from Logtail JS");
await logtail.flush();`,
      NODE,
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function logtailPython({ origin, key }) {
  return [
    block("Install", "pip install logtail-python"),
    block(
      "app.py",
      `import logging
from logtail import LogtailHandler

handler = LogtailHandler(source_token=${doubleQuote(key)}, host=${doubleQuote(origin)})
logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[handler])

logging.info("Hello from Logtail Python")
handler.flush()`,
      PYTHON,
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function alertmanager({ origin, key }) {
  return [
    block(
      "alertmanager.yml",
      `route:
  receiver: spectrix
  group_wait: 0s
receivers:
  - name: spectrix
    webhook_configs:
      - url: ${doubleQuote(ingestAddress(origin))}
        http_config:
          authorization:
            credentials: ${doubleQuote(key)}`,
      "start it with: alertmanager --config.file=alertmanager.yml",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function heroku({ origin, key }) {
  const drain = ingestAddress(origin).replace("://", `://x:${key}@`);
  return [block("", `heroku drains:add ${shellQuote(drain)}`)];
}
