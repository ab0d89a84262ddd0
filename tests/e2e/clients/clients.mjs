// Real clients from npm, each in its usual configuration: `node clients.mjs` with SPECTRIX_URL and SPECTRIX_API_KEY.
// Each logs `NAME info` and `NAME error`; what went wrong is told on standard error.

import { createRequire } from "node:module";

const url = process.env.SPECTRIX_URL;
const key = process.env.SPECTRIX_API_KEY;
process.env.OTEL_EXPORTER_OTLP_ENDPOINT = url;
process.env.OTEL_EXPORTER_OTLP_HEADERS = `Authorization=Bearer%20${key}`;
const require = createRequire(import.meta.url);

/** @param {string} name @param {new (options: object) => any} Exporter @param {object} options */
async function openTelemetry(name, Exporter, options) {
  const { BatchLogRecordProcessor, LoggerProvider } = await import("@opentelemetry/sdk-logs");
  const { SeverityNumber } = await import("@opentelemetry/api-logs");
  const provider = new LoggerProvider({
    processors: [new BatchLogRecordProcessor({ exporter: new Exporter(options) })],
  });
  const logger = provider.getLogger("shop.users");
  logger.emit({
    severityNumber: SeverityNumber.INFO,
    severityText: "INFO",
    body: `${name} info`,
    attributes: { userId: 7 },
  });
  logger.emit({ severityNumber: SeverityNumber.ERROR, severityText: "ERROR", body: `${name} error` });
  await provider.shutdown();
}

/** @type {Record<string, (name: string) => Promise<void>>} */
const CLIENTS = {
  "otel-json": async (name) => {
    const { OTLPLogExporter } = await import("@opentelemetry/exporter-logs-otlp-http");
    await openTelemetry(name, OTLPLogExporter, {});
  },
  "otel-protobuf": async (name) => {
    const { OTLPLogExporter } = await import("@opentelemetry/exporter-logs-otlp-proto");
    await openTelemetry(name, OTLPLogExporter, { compression: "gzip" });
  },
  "pino-loki": async (name) => {
    const { pino } = await import("pino");
    const { pinoLoki } = await import("pino-loki");
    const labels = { app: "shop" };
    const stream = pinoLoki({ host: url, basicAuth: { username: "x", password: key }, labels, silenceErrors: false });
    const log = pino(stream);
    log.info({ userId: 7 }, `${name} info`);
    log.error(`${name} error`);
    stream.end();
    await new Promise((resolve) => stream.on("close", resolve));
  },
  "winston-loki": async (name) => {
    const winston = await import("winston");
    const LokiTransport = require("winston-loki");
    const transport = new LokiTransport({
      host: url,
      basicAuth: `x:${key}`,
      labels: { app: "shop" },
      interval: 1,
      onConnectionError: (/** @type {unknown} */ error) => console.error(name, error),
    });
    const log = winston.createLogger({ transports: [transport] });
    log.info({ message: `${name} info`, userId: 7 });
    log.error({ message: `${name} error` });
    await transport.flush();
  },
  "winston-http": async (name) => {
    const winston = await import("winston");
    const { hostname, port } = new URL(url);
    const headers = { Authorization: `Bearer ${key}` };
    const path = "/api/v1/ingest/logs";
    const transport = new winston.transports.Http({ host: hostname, port: Number(port), path, headers });
    transport.on("warn", (error) => console.error(name, error));
    const log = winston.createLogger({ transports: [transport], defaultMeta: { service: "shop" } });
    for (const level of ["info", "error"]) {
      const logged = new Promise((resolve) => transport.once("logged", resolve));
      log.log(level, `${name} ${level}`, { userId: 7 });
      await logged;
    }
  },
  logtail: async (name) => {
    const { Logtail } = await import("@logtail/node");
    const log = new Logtail(key, { endpoint: url });
    await Promise.all([log.info(`${name} info`, { userId: 7 }), log.error(`${name} error`)]);
    await log.flush();
  },
  "bunyan-seq": async (name) => {
    const bunyan = require("bunyan");
    const seq = require("bunyan-seq");
    const onError = (/** @type {unknown} */ error) => console.error(name, error);
    const stream = seq.createStream({ serverUrl: url, apiKey: key, level: "info", onError });
    const log = bunyan.createLogger({ name: "shop", streams: [stream] });
    log.info({ userId: 7 }, `${name} info`);
    log.error(`${name} error`);
    await new Promise((resolve) => stream.stream.end(resolve));
  },
  "splunk-logging": async (name) => {
    const { Logger } = require("splunk-logging");
    const log = new Logger({ token: key, url });
    log.error = (/** @type {unknown} */ error) => console.error(name, error);
    for (const level of ["info", "error"]) {
      const payload = {
        message: { msg: `${name} ${level}`, userId: 7 },
        severity: level,
        metadata: { source: "shop" },
      };
      await new Promise((resolve) => log.send(payload, resolve));
    }
  },
  axiom: async (name) => {
    const { Axiom } = await import("@axiomhq/js");
    const log = new Axiom({ token: key, url, onError: (error) => console.error(name, error) });
    log.ingest("shop", [
      { level: "info", message: `${name} info`, userId: 7 },
      { level: "error", message: `${name} error` },
    ]);
    await log.flush();
  },
};

await Promise.all(
  Object.entries(CLIENTS).map(async ([name, send]) => {
    try {
      await send(name);
    } catch (error) {
      console.error(name, error);
    }
  }),
);
process.exit(0);
