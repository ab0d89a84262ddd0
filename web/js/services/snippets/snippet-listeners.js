/** Syslog and Docker's drivers: those without a place for a key send to a port of their own. */

import { block, doubleQuote, ingestAddress, parts, portOf, shellQuote } from "./snippet-text.js";

/** @typedef {import("./snippet-text.js").Target} Target @typedef {import("./snippet-text.js").Block} Block */

/** @param {Target} target @returns {Block[]} */
export function logger(target) {
  return [block("", `logger -n localhost -P ${portOf(target, "syslog")} -T --octet-count "Hello from logger"`)];
}

/** @param {Target} target @returns {Block[]} */
export function rsyslog(target) {
  return [
    block(
      "/etc/rsyslog.d/60-spectrix.conf",
      `*.* action(type="omfwd" target="localhost" port="${portOf(target, "syslog")}" protocol="tcp"
           TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format")`,
      "then: systemctl restart rsyslog",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function syslogNg(target) {
  return [
    block(
      "/etc/syslog-ng/conf.d/spectrix.conf",
      `destination d_spectrix {
  syslog("localhost" port(${portOf(target, "syslog")}) transport("tcp"));
};
log { source(s_src); destination(d_spectrix); };`,
      "then: systemctl restart syslog-ng. s_src is the source of Debian's configuration",
    ),
  ];
}

/** By a key, and without a listener. @param {Target} target @returns {Block[]} */
export function syslogNgHttp({ origin, key }) {
  return [
    block(
      "/etc/syslog-ng/conf.d/spectrix.conf",
      `destination d_spectrix {
  http(
    url(${doubleQuote(ingestAddress(origin))})
    headers(${doubleQuote(`Authorization: Bearer ${key}`)})
    body("$(format-json level=$LEVEL message=$MESSAGE timestamp=$ISODATE source=$PROGRAM host=$HOST)")
  );
};
log { source(s_src); destination(d_spectrix); };`,
      "then: systemctl restart syslog-ng. It needs the package syslog-ng-mod-http",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function pythonSyslog(target) {
  return [
    block(
      "app.py",
      `import logging
from logging.handlers import SysLogHandler

handler = SysLogHandler(("localhost", ${portOf(target, "syslog")}))
logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[handler])

logging.info("Hello from SysLogHandler")`,
      "start it with: python3 app.py",
    ),
  ];
}

/**
 * A driver by its options, for one container and for a service of compose.yaml.
 * @param {string} driver
 * @param {Record<string, string>} options
 * @returns {Block[]}
 */
function driven(driver, options) {
  const words = Object.entries(options).map(([name, value]) => ` --log-opt ${shellQuote(`${name}=${value}`)}`);
  const lines = Object.entries(options).map(([name, value]) => `        ${name}: ${doubleQuote(value)}`);
  return [
    block("One container", `docker run --log-driver=${driver}${words.join("")} nginx`),
    block(
      "compose.yaml",
      `services:
  web:
    image: nginx
    logging:
      driver: ${driver}
      options:
${lines.join("\n")}`,
    ),
  ];
}

/** @param {Target} target */
export function dockerFluentd(target) {
  return driven("fluentd", { "fluentd-address": `localhost:${portOf(target, "fluent")}`, "fluentd-async": "true" });
}

/** @param {Target} target */
export function dockerSyslog(target) {
  return driven("syslog", {
    "syslog-address": `tcp://localhost:${portOf(target, "syslog")}`,
    "syslog-format": "rfc5424",
    tag: "{{.Name}}",
  });
}

/** By a key, and without a listener. @param {Target} target */
export function dockerSplunk({ origin, key }) {
  return driven("splunk", {
    "splunk-url": origin,
    "splunk-token": key,
    "splunk-verify-connection": "false",
    tag: "{{.Name}}",
  });
}

/** Loki's plugin for Docker. @param {Target} target @returns {Block[]} */
export function dockerLoki({ origin, key }) {
  const url = `${origin.replace("://", `://x:${key}@`)}/loki/api/v1/push`;
  return [
    block("Install", "docker plugin install grafana/loki-docker-driver --alias loki --grant-all-permissions"),
    ...driven("loki", { "loki-url": url }),
  ];
}

/** By a key, and without a listener. @param {Target} target @returns {Block[]} */
export function fluentBit({ origin, key }) {
  const { host, port, secure } = parts(origin);
  return [
    block(
      "fluent-bit.yaml",
      `pipeline:
  inputs:
    - name: tail
      path: /var/log/*.log
  outputs:
    - name: http
      match: "*"
      host: ${doubleQuote(host)}
      port: ${port}
      tls: ${secure ? "on" : "off"}
      uri: /api/v1/ingest/logs
      format: json
      header: ${doubleQuote(`Authorization Bearer ${key}`)}`,
      "start it with: fluent-bit -c fluent-bit.yaml",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function fluentd(target) {
  return [
    block(
      "fluent.conf",
      `<match **>
  @type forward
  <server>
    host localhost
    port ${portOf(target, "fluent")}
  </server>
</match>`,
      "then: systemctl restart fluentd",
    ),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function fluentLogger(target) {
  return [
    block("Install", "pip install fluent-logger"),
    block(
      "app.py",
      `from fluent.sender import FluentSender

sender = FluentSender("my-app", port=${portOf(target, "fluent")})
sender.emit("app", {"level": "info", "message": "Hello from fluent-logger"})
sender.close()`,
      "start it with: python3 app.py",
    ),
  ];
}

/** By a key, and without a listener. @param {Target} target @returns {Block[]} */
export function vector({ origin, key }) {
  return [
    block(
      "vector.yaml",
      `sources:
  logs:
    type: file
    include: [/var/log/*.log]
sinks:
  spectrix:
    type: http
    inputs: [logs]
    uri: ${doubleQuote(ingestAddress(origin))}
    encoding:
      codec: json
    auth:
      strategy: bearer
      token: ${doubleQuote(key)}`,
      "start it with: vector --config vector.yaml",
    ),
  ];
}
