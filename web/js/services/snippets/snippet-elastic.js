/** Clients of Elasticsearch and of Splunk's HTTP event collector. */

import { block, doubleQuote, parts, shellQuote } from "./snippet-text.js";

/** @typedef {import("./snippet-text.js").Target} Target @typedef {import("./snippet-text.js").Block} Block */

const NODE = "start it with: node app.mjs";
const PYTHON = "start it with: python3 app.py";

/** @param {Target} target @returns {Block[]} */
export function elasticJs({ origin, key }) {
  return [
    block("Install", "npm install @elastic/elasticsearch"),
    block(
      "app.mjs",
      `import { Client } from "@elastic/elasticsearch";

const client = new Client({ node: ${doubleQuote(origin)}, auth: { apiKey: ${doubleQuote(key)} } });
const entry = { "@timestamp": new Date(), level: "info", message: "Hello from Elasticsearch JS" };

await client.bulk({ operations: [{ create: { _index: "my-app" } }, entry] });`,
      NODE,
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function elasticPython({ origin, key }) {
  return [
    block("Install", "pip install elasticsearch"),
    block(
      "app.py",
      `from elasticsearch import Elasticsearch, helpers

client = Elasticsearch(${doubleQuote(origin)}, api_key=${doubleQuote(key)})
entry = {"level": "info", "message": "Hello from Elasticsearch Python"}

helpers.bulk(client, [{"_index": "my-app", "_source": entry}])`,
      PYTHON,
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function winstonElasticsearch({ origin, key }) {
  return [
    block("Install", "npm install winston winston-elasticsearch"),
    block(
      "app.mjs",
      `import winston from "winston";
import { ElasticsearchTransport } from "winston-elasticsearch";

const elastic = new ElasticsearchTransport({
  clientOpts: { node: ${doubleQuote(origin)}, auth: { username: "x", password: ${doubleQuote(key)} } },
});
const logger = winston.createLogger({ transports: [elastic] });

logger.info("Hello from winston-elasticsearch");`,
      NODE,
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function filebeat({ origin, key }) {
  return [
    block(
      "filebeat.yml",
      `filebeat.inputs:
  - type: filestream
    id: logs
    paths: [/var/log/*.log]
setup.ilm.enabled: false
setup.template.enabled: false
output.elasticsearch:
  hosts: [${doubleQuote(origin)}]
  username: x
  password: ${doubleQuote(key)}`,
      "start it with: filebeat -e -c filebeat.yml",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function splunkLogging({ origin, key }) {
  return [
    block("Install", "npm install splunk-logging"),
    block(
      "app.mjs",
      `import splunk from "splunk-logging";

const logger = new splunk.Logger({ url: ${doubleQuote(origin)}, token: ${doubleQuote(key)} });

logger.send({ message: "Hello from splunk-logging", severity: "info" });`,
      NODE,
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function splunkHandler({ origin, key }) {
  const { host, port, secure } = parts(origin);
  return [
    block("Install", "pip install splunk_handler"),
    block(
      "app.py",
      `import logging
from splunk_handler import SplunkHandler

handler = SplunkHandler(
    host=${doubleQuote(host)},
    port=${port},
    protocol=${doubleQuote(secure ? "https" : "http")},
    token=${doubleQuote(key)},
    index="main",
)
logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[handler])

logging.info("Hello from splunk_handler")`,
      PYTHON,
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function splunkCurl({ origin, key }) {
  const event = { event: "Hello from HEC", source: "terminal" };
  const code = [
    `curl ${shellQuote(`${origin}/services/collector/event`)}`,
    `-H ${shellQuote(`Authorization: Splunk ${key}`)}`,
    `-d ${shellQuote(JSON.stringify(event))}`,
  ].join(" ");
  return [block("", code)];
}
