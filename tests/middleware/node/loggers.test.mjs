/** pino, winston and the console as sources of entries. */
import assert from "node:assert/strict";
import { test } from "node:test";
import pino from "pino";
import winston from "winston";
import { FakeEnvironment, source } from "./support.mjs";

const { pino: pinoStream } = await source("adapters/pino");
const { winston: winstonTransport } = await source("adapters/winston");
const { within } = await source("trace");

function recorded() {
  const environment = new FakeEnvironment();
  const client = environment.client();
  const sent = async () => {
    await client.flush();
    return environment.requests.flatMap(({ logs }) => logs);
  };
  return { environment, client, sent };
}

test("pino: levels, messages, bindings, times and errors", async () => {
  const { client, sent } = recorded();
  const log = pino({ level: "trace", base: { app: "shop" } }, pinoStream(client));
  log.trace("t");
  log.debug("d");
  log.info({ order: 17, password: "hunter2" }, "paid %d", 5);
  log.warn("w");
  log.child({ module: "db" }).error(new RangeError("boom"));
  log.fatal("f");
  const entries = await sent();
  assert.deepEqual(
    entries.map(({ level }) => level),
    ["trace", "debug", "info", "warn", "error", "fatal"],
  );
  assert.deepEqual(
    entries.map(({ message }) => message),
    ["t", "d", "paid 5", "w", "boom", "f"],
  );
  assert.deepEqual(entries[2].metadata, { app: "shop", order: 17, password: "[redacted]" });
  assert.equal(entries[4].metadata.module, "db");
  assert.match(entries[4].metadata.err.stack, /RangeError: boom/);
  assert.ok(Math.abs(entries[0].timestamp - Date.now()) < 60_000);
});

test("pino: own times, keys and texts that are no JSON are taken too", async () => {
  const { client, sent } = recorded();
  const stream = pinoStream(client);
  pino({ timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } }, stream).warn("w");
  stream.write("no JSON\n");
  stream.write("null\n");
  const entries = await sent();
  const told = entries.map(({ level, message }) => [level, message]);
  assert.deepEqual(told, [
    ["warn", "w"],
    ["info", "no JSON"],
    ["info", "null"],
  ]);
  assert.match(entries[0].timestamp, /^\d{4}-.*Z$/);
});

test("pino: a line belongs to the request that it was logged in", async () => {
  const { client, sent } = recorded();
  const log = pino(pinoStream(client));
  within({ requestId: "req-1", traceId: "t" }, () => log.info("in"));
  log.info("out");
  const [inside, outside] = await sent();
  assert.deepEqual([inside.metadata.requestId, inside.metadata.traceId], ["req-1", "t"]);
  assert.equal(outside.metadata.requestId, undefined);
});

test("winston: levels, messages, metadata, formats and errors", async () => {
  const { format } = winston;
  const { client, sent } = recorded();
  const log = winston.createLogger({
    level: "silly",
    format: format.combine(format.errors({ stack: true }), format.timestamp(), format.colorize()),
    transports: [winstonTransport(client)],
  });
  const levels = ["silly", "debug", "verbose", "http", "info", "warn", "error"];
  for (const level of levels) log.log(level, level, { n: 1, token: "x" });
  log.error(new RangeError("boom"));
  const entries = await sent();
  assert.deepEqual(
    entries.map(({ level, message }) => [level, message]),
    [
      ["debug", "silly"],
      ["debug", "debug"],
      ["verbose", "verbose"],
      ["info", "http"],
      ["info", "info"],
      ["warn", "warn"],
      ["error", "error"],
      ["error", "boom"],
    ],
  );
  assert.deepEqual(entries[0].metadata, { n: 1, token: "[redacted]" });
  assert.match(entries[7].metadata.stack, /RangeError: boom/);
  assert.match(entries[0].timestamp, /^\d{4}-.*Z$/);
});

test("winston: the logger's level counts, and the transport's own before it", async () => {
  const { client, sent } = recorded();
  const transports = [winstonTransport(client), winstonTransport(client, "error")];
  const log = winston.createLogger({ level: "debug", transports });
  log.debug("d");
  log.silly("s");
  log.error("e");
  assert.deepEqual(
    (await sent()).map(({ message }) => message),
    ["d", "e", "e"],
  );
  log.close();
});

test("console: what it shows is sent too, until the end", async () => {
  const shown = /** @type {any[]} */ ([]);
  const before = { ...console };
  const names = /** @type {const} */ (["log", "info", "warn", "error", "debug"]);
  for (const name of names) console[name] = (...parts) => void shown.push([name, ...parts]);
  const quiet = { ...console };
  const environment = new FakeEnvironment();
  const client = environment.client({ console: true });
  console.log("paid %d", 5, { order: 17 });
  console.info("i");
  console.warn("w", { toString: () => assert.fail("not called") });
  console.error(new RangeError("boom"));
  console.debug("password=hunter2");
  await client.close();
  console.log("behind");
  const restored = names.every((name) => console[name] === quiet[name]);
  Object.assign(console, before);
  assert.ok(restored);
  assert.deepEqual(
    shown.map(([name]) => name),
    ["log", "info", "warn", "error", "debug", "log"],
  );
  const entries = environment.requests.flatMap(({ logs }) => logs);
  assert.deepEqual(
    entries.map(({ level }) => level),
    ["info", "info", "warn", "error", "debug"],
  );
  assert.deepEqual([entries[0].message, entries[4].message], ["paid 5 { order: 17 }", "password=[redacted]"]);
  assert.equal(entries[3].metadata.error.name, "RangeError");
});

test("case 8: pino's own names for level, time, message and error, and levels of the app's own", async () => {
  const { client, sent } = recorded();
  const severity = { level: (/** @type {string} */ label) => ({ severity: label.toUpperCase() }) };
  const google = pino({ messageKey: "message", base: null, formatters: severity }, pinoStream(client));
  google.error({ order: 7 }, "card declined");
  google.info({ level: "mine" }, "");
  const elastic = { level: (/** @type {string} */ label) => ({ "log.level": label }) };
  const timestamp = () => `,"@timestamp":"2026-11-29T16:45:00.123Z"`;
  pino({ messageKey: "message", base: null, formatters: elastic, timestamp }, pinoStream(client)).warn("slow");
  const options = { customLevels: { security: 55 }, errorKey: "error", base: null };
  pino(options, pinoStream(client)).security(new RangeError("break-in"));
  pino({ base: null }, pino.multistream([{ stream: pinoStream(client) }])).error("in one of many");
  const entries = await sent();
  const told = entries.map(({ level, message, metadata }) => [level, message, metadata]);
  assert.deepEqual(told[0], ["error", "card declined", { order: 7 }]);
  assert.deepEqual(told[1], ["info", "", { level: "mine" }]);
  assert.deepEqual(told[2], ["warn", "slow", {}]);
  assert.equal(entries[2].timestamp, "2026-11-29T16:45:00.123Z");
  assert.deepEqual([told[3][0], told[3][1], told[3][2].originalLevel], ["error", "break-in", "security"]);
  assert.match(told[3][2].error.stack, /RangeError/);
  assert.deepEqual(told[4], ["error", "in one of many", {}]);
});

test("case 9: winston's errors have stack and cause, however they are given", async () => {
  const { client, sent } = recorded();
  const log = winston.createLogger({ transports: [winstonTransport(client)] });
  const error = () => new Error("no stock", { cause: new Error("timeout") });
  log.error(error());
  log.log({ level: "error", message: /** @type {any} */ (error()) });
  log.error("declined:", error());
  log.error("declined", { error: error(), order: 7 });
  log.error("declined", Object.assign(error(), { error: "E43" }));
  log.info("");
  const entries = await sent();
  const messages = ["no stock", "Error: no stock", "declined: no stock", "declined", "declined no stock", ""];
  assert.deepEqual(
    entries.map(({ message }) => message),
    messages,
  );
  for (const { metadata } of entries.slice(0, 5)) {
    assert.deepEqual([metadata.error.name, metadata.error.message], ["Error", "no stock"]);
    assert.match(metadata.error.stack, /no stock/);
    assert.equal(metadata.error.cause.message, "timeout");
    assert.equal(metadata.stack, undefined);
  }
  assert.deepEqual([entries[3].metadata.order, entries[4].metadata._error], [7, "E43"]);
  assert.deepEqual(entries[5].metadata, {});
});

test("winston: a level that only this app has is the next below it, and keeps its name", async () => {
  const { client, sent } = recorded();
  const levels = { fatal: 0, security: 1, error: 2, audit: 3, info: 4, chatty: 5 };
  const log = winston.createLogger({ levels, level: "chatty", transports: [winstonTransport(client)] });
  for (const level of Object.keys(levels)) log.log(level, "m");
  const told = (await sent()).map(({ level, metadata }) => [level, metadata.originalLevel]);
  assert.deepEqual(told, [
    ["fatal", undefined],
    ["error", "security"],
    ["error", undefined],
    ["info", "audit"],
    ["info", undefined],
    ["debug", "chatty"],
  ]);
});

test("case 12: a time without a zone is that of the app", async () => {
  const { loggedTime } = await source("logged-time");
  const zone = process.env["TZ"];
  process.env["TZ"] = "America/New_York";
  try {
    const now = Date.parse("2026-11-29T16:45:00.500Z");
    const at = "2026-11-29T16:45:00.000Z";
    assert.equal(loggedTime("2026-11-29 11:45:00", now), at);
    assert.equal(loggedTime("2026/11/29 11:45:00,000", now), at);
    assert.equal(loggedTime("2026-11-29T16:45:00", now), at);
    for (const text of ["2026-11-29T16:45:00+02:00", "11:45", "2026-99-29 11:45:00", 17]) {
      assert.equal(loggedTime(text, now), text);
    }
  } finally {
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  }
});
