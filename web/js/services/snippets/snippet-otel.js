/** OpenTelemetry: its SDKs in any language by their environment, and its Collector. */

import { block, doubleQuote, envQuote } from "./snippet-text.js";

/** @typedef {import("./snippet-text.js").Target} Target @typedef {import("./snippet-text.js").Block} Block */

/** What every SDK and every auto-instrumentation reads. @param {Target} target @returns {Block} */
function env({ origin, key }) {
  return block(
    ".env",
    `OTEL_EXPORTER_OTLP_ENDPOINT=${envQuote(origin)}
OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20${key}
OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
OTEL_LOGS_EXPORTER=otlp
OTEL_SERVICE_NAME=my-app`,
    "every SDK and auto-instrumentation reads it; gRPC is not taken",
  );
}

/** @param {Target} target @returns {Block[]} */
export function anyLanguage(target) {
  return [env(target)];
}

/** @param {Target} target @returns {Block[]} */
export function js(target) {
  return [
    block(
      "Install",
      "npm install @opentelemetry/sdk-logs @opentelemetry/resources @opentelemetry/exporter-logs-otlp-proto",
    ),
    env(target),
    block(
      "app.mjs",
      `import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { detectResources, envDetector } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";

const resource = detectResources({ detectors: [envDetector] });
const processor = new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() });
const provider = new LoggerProvider({ resource, processors: [processor] });

provider.getLogger("app").emit({ severityText: "INFO", body: "Hello from OpenTelemetry JS" });
await provider.shutdown();`,
      "start it with: node --env-file=.env app.mjs",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function python(target) {
  return [
    block("Install", "pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"),
    env(target),
    block(
      "app.py",
      `import logging
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

provider = LoggerProvider()
provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
handler = LoggingHandler(logger_provider=provider)
logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[handler])

logging.info("Hello from OpenTelemetry Python")
provider.shutdown()`,
      "start it with: env $(cat .env) python3 app.py",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function collector({ origin, key }) {
  return [
    block(
      "otelcol.yaml",
      `receivers:
  otlp:
    protocols:
      http:
      grpc:
exporters:
  otlphttp/spectrix:
    endpoint: ${doubleQuote(origin)}
    headers:
      Authorization: ${doubleQuote(`Bearer ${key}`)}
service:
  pipelines:
    logs:
      receivers: [otlp]
      exporters: [otlphttp/spectrix]
    traces:
      receivers: [otlp]
      exporters: [otlphttp/spectrix]`,
      "start it with: otelcol --config otelcol.yaml",
    ),
  ];
}
