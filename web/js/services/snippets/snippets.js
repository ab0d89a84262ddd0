/**
 * Code that sends entries, ready to paste: the table that pages offer, a row for each client. Each row runs in a test.
 */

import { curl } from "./snippet-curl.js";
import * as elastic from "./snippet-elastic.js";
import * as listeners from "./snippet-listeners.js";
import * as loki from "./snippet-loki.js";
import * as node from "./snippet-node.js";
import * as otel from "./snippet-otel.js";
import * as products from "./snippet-products.js";
import * as python from "./snippet-python.js";
import * as run from "./snippet-run.js";
import * as sentry from "./snippet-sentry.js";

/** @typedef {import("./snippet-text.js").Target} Target @typedef {import("./snippet-text.js").Block} Block */

/**
 * @typedef {object} Snippet
 * @property {string} id
 * @property {string} label
 * @property {string} group the tab that it stands under
 * @property {string} also what else one may look for it by
 * @property {keyof import("./snippet-text.js").Ports} [listener] what it sends to, which is off unless it is asked for
 * @property {boolean} [hook] whether it has nothing but an address for its secret, and so needs a hook key
 * @property {(target: Target) => Block[]} blocks
 */

/** What is made with a middleware's one file. */
export const MIDDLEWARES = ["Node", "Python"];

/** By tab: id, label, code, what else it is found by, and what it needs. */
/** @type {Record<string, [string, string, (target: Target) => Block[], string?, Partial<Snippet>?][]>} */
const TABLE = {
  "Any program": [
    ["run", "run", run.run, "command terminal stdout start npm make"],
    ["pipe", "pipe", run.pipe, "stdin output terminal"],
    ["journal", "journald", run.journal, "journalctl systemd"],
    ["kubectl", "kubectl", run.kubectl, "kubernetes k8s pods"],
  ],
  Node: [
    ["express", "Express", node.express, "middleware javascript typescript"],
    ["fastify", "Fastify", node.fastify, "middleware"],
    ["koa", "Koa", node.koa, "middleware"],
    ["hono", "Hono", node.hono, "middleware"],
    ["http", "node:http", node.http, "middleware"],
    ["pino", "pino", node.pino, "logger"],
    ["winston", "winston", node.winston, "logger"],
  ],
  Python: [
    ["python", "Python", python.python, "plain"],
    ["fastapi", "FastAPI", python.fastapi, "Starlette middleware asgi uvicorn"],
    ["flask", "Flask", python.flask, "middleware wsgi"],
    ["django", "Django", python.django, "middleware wsgi asgi"],
    ["aiohttp", "aiohttp", python.aiohttp, "middleware"],
    ["logging", "logging", python.logging, "logger handler standard library"],
    ["structlog", "structlog", python.structlog, "logger"],
    ["loguru", "loguru", python.loguru, "logger"],
  ],
  curl: [["curl", "curl", curl, "terminal shell http script"]],
  OpenTelemetry: [
    ["otel", "Any language", otel.anyLanguage, "otlp environment traces spans java go dotnet ruby php rust"],
    ["otel-js", "JavaScript", otel.js, "otlp node"],
    ["otel-python", "Python", otel.python, "otlp"],
    ["otel-collector", "Collector", otel.collector, "otlp otelcol yaml"],
  ],
  Loki: [
    ["pino-loki", "pino-loki", loki.pinoLoki, "grafana node"],
    ["winston-loki", "winston-loki", loki.winstonLoki, "grafana node"],
    ["python-logging-loki", "python-logging-loki", loki.python, "grafana"],
    ["promtail", "Promtail", loki.promtail, "grafana files yaml"],
    ["alloy", "Alloy", loki.alloy, "grafana agent files"],
  ],
  Sentry: [
    ["sentry-js", "JavaScript", sentry.node, "@sentry/node browser dsn errors exceptions", { hook: true }],
    ["sentry-python", "Python", sentry.python, "sentry-sdk dsn errors exceptions", { hook: true }],
    ["spotlight", "Spotlight", sentry.spotlight, "errors exceptions", { hook: true }],
  ],
  Syslog: [
    ["logger", "logger", listeners.logger, "shell script cron", { listener: "syslog" }],
    ["rsyslog", "rsyslog", listeners.rsyslog, "omfwd", { listener: "syslog" }],
    ["syslog-ng", "syslog-ng", listeners.syslogNg, "", { listener: "syslog" }],
    ["syslog-ng-http", "syslog-ng by key", listeners.syslogNgHttp, "http"],
    ["python-syslog", "Python", listeners.pythonSyslog, "SysLogHandler logging", { listener: "syslog" }],
  ],
  Docker: [
    ["compose", "compose | pipe", run.compose, "containers"],
    ["docker-fluentd", "fluentd driver", listeners.dockerFluentd, "containers log-driver", { listener: "fluent" }],
    ["docker-syslog", "syslog driver", listeners.dockerSyslog, "containers log-driver", { listener: "syslog" }],
    ["docker-splunk", "splunk driver", listeners.dockerSplunk, "containers log-driver"],
    ["docker-loki", "Loki driver", listeners.dockerLoki, "containers log-driver plugin grafana"],
  ],
  Fluentd: [
    ["fluent-bit", "Fluent Bit", listeners.fluentBit, "kubernetes yaml"],
    ["fluentd", "Fluentd", listeners.fluentd, "forward", { listener: "fluent" }],
    ["fluent-logger", "fluent-logger", listeners.fluentLogger, "python forward", { listener: "fluent" }],
  ],
  Vector: [["vector", "Vector", listeners.vector, "files yaml"]],
  Elasticsearch: [
    ["elastic-js", "JavaScript", elastic.elasticJs, "node opensearch bulk elk"],
    ["elastic-python", "Python", elastic.elasticPython, "opensearch bulk elk"],
    ["winston-elasticsearch", "winston-elasticsearch", elastic.winstonElasticsearch, "node elk"],
    ["filebeat", "Filebeat", elastic.filebeat, "beats files elk"],
  ],
  Splunk: [
    ["splunk-logging", "splunk-logging", elastic.splunkLogging, "hec node javascript"],
    ["splunk-handler", "splunk_handler", elastic.splunkHandler, "hec python logging"],
    ["splunk-curl", "HEC", elastic.splunkCurl, "collector curl"],
  ],
  Seq: [
    ["pino-seq", "pino-seq", products.pinoSeq, "node"],
    ["bunyan-seq", "bunyan-seq", products.bunyanSeq, "node"],
    ["seqlog", "seqlog", products.seqlog, "python"],
    ["serilog", "Serilog", products.serilog, "dotnet .net c# asp.net"],
  ],
  Datadog: [
    ["datadog-winston", "winston", products.datadogWinston, "node javascript"],
    ["datadog-python", "Python", products.datadogPython, "datadog-api-client"],
    ["datadog-agent", "Agent", products.datadogAgent, "yaml"],
  ],
  "Better Stack": [
    ["logtail-js", "JavaScript", products.logtailJs, "logtail node"],
    ["logtail-python", "Python", products.logtailPython, "logtail"],
  ],
  Axiom: [
    ["axiom-js", "JavaScript", products.axiomJs, "node"],
    ["axiom-python", "Python", products.axiomPython, "axiom-py"],
  ],
  Graylog: [["graypy", "graypy", sentry.graypy, "gelf python", { hook: true }]],
  Webhooks: [
    ["webhook", "Any webhook", sentry.webhook, "github stripe cloudflare vercel address hook", { hook: true }],
    ["alertmanager", "Alertmanager", products.alertmanager, "prometheus grafana alerts"],
    ["heroku", "Heroku", products.heroku, "logplex drain"],
  ],
};

/** @type {readonly Snippet[]} */
export const SNIPPETS = Object.entries(TABLE).flatMap(([group, rows]) =>
  rows.map(([id, label, blocks, also = "", needs = {}]) => ({ id, label, group, also, blocks, ...needs })),
);

/** The tabs, in their order. */
export const GROUPS = Object.keys(TABLE);

/** The one of that id; Express where there is none. @param {string} id @returns {Snippet} */
export function snippet(id) {
  return SNIPPETS.find((each) => each.id === id) ?? snippet("express");
}

/** Those under one tab. @param {string} group */
export function snippetsOf(group) {
  return SNIPPETS.filter((each) => each.group === group);
}

/**
 * Those that all these words are said of; all of them for no words.
 * @param {string} text
 * @returns {readonly Snippet[]}
 */
export function found(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return SNIPPETS.filter(({ group, label, also }) => {
    const said = `${group} ${label} ${also}`.toLowerCase();
    return words.every((word) => said.includes(word));
  });
}

export { ingestAddress, NO_HOOK_KEY, NO_KEY, startsListener } from "./snippet-text.js";
export { formerLine } from "./snippet-node.js";
