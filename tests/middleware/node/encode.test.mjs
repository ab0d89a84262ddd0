/** Whatever an app logs: nothing is thrown into it, nothing holds it up, and the entry after it is taken as ever. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import winston from "winston";
import { FakeEnvironment, source } from "./support.mjs";

const { pino } = await source("adapters/pino");
const { winston: winstonTransport } = await source("adapters/winston");
const { captureConsole } = await source("console");
const { expressErrors } = await source("adapters/express");
const { encode } = await source("encode");
const { Redaction } = await source("redaction");

const MOST_LOOKS = 70_000; // an entry has room for 65,536 characters, and each look takes one

function boom() {
  throw new RangeError("boom");
}

/** @template {object} T @param {T} target @returns {T} */
function revoked(target) {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** @param {object} target @param {string[]} names getters that throw */
function throwing(target, names) {
  for (const name of names) Object.defineProperty(target, name, { get: boom, enumerable: true });
  return target;
}

/** Has prototypes without end. @returns {object} */
function rootless() {
  return new Proxy({}, { getPrototypeOf: rootless });
}

/** @returns {object} of which each is made by the one before */
function endlessJson() {
  return { toJSON: () => ({ one: endlessJson(), other: endlessJson() }) };
}

/** @returns {any} */
function nestedMaps() {
  const map = new Map();
  for (let i = 0; i < 20; i++) map.set(i % 2 ? [map] : map, map);
  for (let i = 0; i < 20; i++) map.set({ map }, { map });
  return map;
}

/** A cause that has a cause that has one. @returns {Error} */
function endlessCause() {
  return Object.defineProperty(new Error("deep"), "cause", { get: endlessCause });
}

class Unending extends Array {
  *[Symbol.iterator]() {
    for (;;) yield undefined;
  }
}

const circular = /** @type {any} */ ({ n: 1n });
circular.self = circular;

/** @type {Record<string, () => any>} */
const HOSTILE = {
  "a revoked proxy": () => revoked({}),
  "a revoked proxy of an array": () => revoked([]),
  "a revoked proxy of a function": () => revoked(() => undefined),
  "a revoked proxy of an error": () => revoked(new Error("m")),
  "a proxy whose traps all throw": () => new Proxy({}, new Proxy({}, { get: boom })),
  "getters that throw": () => throwing({}, ["a", "b", "toJSON", "message", "name", "stack"]),
  "an error whose getters throw": () => throwing(new Error("m"), ["stack", "name", "message", "cause", "errors"]),
  "an error whose status throws": () => throwing(new Error("m"), ["status", "statusCode"]),
  "an error whose parts are no texts": () => Object.assign(new Error("m"), { name: 1n, message: circular, stack: 7 }),
  "an error with causes without end": endlessCause,
  "an error whose message is bytes": () => Object.assign(new Error("m"), { message: new Uint8Array(5e6) }),
  "toJSON that throws": () => ({ toJSON: boom }),
  "toJSON that throws itself": () => ({
    toJSON() {
      throw this;
    },
  }),
  "toJSON that throws bytes": () => ({
    toJSON() {
      throw new Uint8Array(5e6);
    },
  }),
  "toJSON without end": endlessJson,
  "a BigInt": () => 7n,
  "a BigInt of a million bits": () => 2n ** 1_000_000n,
  "a symbol": () => Symbol("s"),
  "a function": () => boom,
  "a function whose text throws": () => Object.assign(() => undefined, { toString: boom }),
  "a date that is none": () => Object.setPrototypeOf({}, Date.prototype),
  "a date that lies": () => Object.assign(new Date(), { toISOString: () => circular, getTime: boom }),
  "a circle": () => circular,
  "maps in their own keys": nestedMaps,
  "no prototype": () => Object.create(null),
  "prototypes without end": rootless,
  "a list without end": () => Unending.from([1]),
  bytes: () => new Uint8Array(5e6),
  "bytes that lie": () => Object.defineProperty(new Uint8Array(8), "byteLength", { value: circular }),
  "a long buffer": () => new ArrayBuffer(5e6),
  "a sparse array": () => new Array(2 ** 32 - 1),
  "a long array": () => new Array(1e6).fill("x"),
  "a large set": () => new Set(Array.from({ length: 1e6 }, (_, i) => i)),
  "a large map": () => new Map(Array.from({ length: 1e6 }, (_, i) => [i, i])),
  "a long text": () => "x".repeat(2 ** 26),
  "a long text of many parts": () => Array.from({ length: 16 }, () => "eyJ-".repeat(4096)),
  "a boxed text that lies": () => Object.assign(new String("s"), { valueOf: () => circular, toString: boom }),
  "half of a pair": () => "\ud800",
  "an object with a hundred thousand members": () => Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [i, i])),
  undefined: () => undefined,
  null: () => null,
};

/**
 * What was sent of it, between one entry before and one after.
 *
 * @param {(client: any) => void} log @returns {Promise<any[]>}
 */
async function sent(log) {
  const environment = new FakeEnvironment();
  const client = environment.client();
  client.info("before");
  log(client);
  client.info("after");
  await client.flush();
  const logs = environment.requests.flatMap((request) => request.logs);
  assert.deepEqual([logs[0]?.message, logs.at(-1)?.message], ["before", "after"]);
  assert.deepEqual(environment.lines, []);
  for (const { body } of environment.requests) assert.ok(body.length < 524_288);
  return logs.slice(1, -1);
}

/** @type {Record<string, (client: any, value: any) => void>} each of them is one entry or more */
const WAYS = {
  "a message": (client, value) => client.info(value),
  metadata: (client, value) => client.warn("m", value),
  "a member of metadata": (client, value) => client.error("m", { deep: [{ value }] }),
  "metadata beside an error": (client, value) => client.error(new Error("m"), value),
  "an entry": (client, value) => client.push(value),
  "each field of an entry": (client, value) =>
    client.push({ message: value, level: value, timestamp: value, source: value, metadata: value, other: value }),
  "an uncaught error": (client, value) => client.recordError(value, { origin: "uncaughtException" }),
  "an error in Express": (client, value) => {
    /** @type {unknown[]} */
    const passed = [];
    expressErrors(client)(value, {}, {}, (/** @type {unknown} */ error) => passed.push(error));
    assert.equal(passed.length, 1);
    assert.ok(Object.is(passed[0], value));
    client.info("passed on");
  },
  "a line of pino's": (client, value) => pino(client).write(value),
  "what winston has": (client, value) => {
    let done = 0;
    winstonTransport(client).log(value, () => done++);
    assert.equal(done, 1);
  },
  "members of what winston has": (client, value) =>
    winstonTransport(client).log({ level: "info", message: value, timestamp: value, value }, () => undefined),
};

for (const [what, make] of Object.entries(HOSTILE)) {
  const value = make();
  for (const [way, log] of Object.entries(WAYS)) {
    test(`${way}: ${what}`, async () => {
      const entries = await sent((client) => log(client, value));
      assert.ok(entries.length > 0, "nothing was sent");
    });
  }
}

test("the console goes on with whatever it is given", async () => {
  const { log } = console;
  /** @type {unknown[]} */
  const shown = [];
  console.log = (...parts) => void shown.push(...parts);
  try {
    const values = [revoked({}), rootless(), HOSTILE["getters that throw"]?.(), HOSTILE["bytes"]?.()];
    const entries = await sent((client) => {
      const release = captureConsole(client);
      for (const value of values) console.log(value);
      release();
    });
    assert.equal(entries.length, values.length);
    assert.equal(shown.length, values.length);
  } finally {
    console.log = log;
  }
});

test("winston itself, and what is piped to it, goes on after what can't be read", async () => {
  const entries = await sent((client) => {
    const transport = winstonTransport(client);
    const logger = winston.createLogger({ transports: [transport] });
    logger.info("one", throwing({}, []));
    new PassThrough({ objectMode: true }).end(revoked({})).pipe(transport, { end: false });
    transport.write(revoked({}));
    logger.info("two");
  });
  assert.deepEqual(
    entries.map(({ message }) => message).filter((message) => message.length === 3),
    ["one", "two"],
  );
});

/** @param {object} target @returns {{value: any, looks: () => number}} counts each look at it and at what is in it */
function counted(target) {
  let looks = 0;
  /** @type {ProxyHandler<any>} */
  const handler = new Proxy(
    {},
    {
      get:
        (_, trap) =>
        (/** @type {any[]} */ ...parameters) => {
          looks++;
          const found = /** @type {any} */ (Reflect)[trap](...parameters);
          return trap === "get" && typeof found === "object" && found !== null ? new Proxy(found, handler) : found;
        },
    },
  );
  return { value: new Proxy(target, handler), looks: () => looks };
}

const NAMES = Array.from({ length: 80_000 }, (_, i) => `name ${i}`);
for (const [what, target] of /** @type {[string, object][]} */ ([
  ["a list of two million", new Array(2e6).fill(null)],
  ["an object of many members", Object.fromEntries(NAMES.map((name) => [name, true]))],
  ["an object of many members that are left out", Object.fromEntries(NAMES.map((name) => [name, undefined]))],
  ["an object of hidden members", Object.defineProperties({}, Object.fromEntries(NAMES.map((name) => [name, {}])))],
  ["an error of many members", Object.assign(new Error("m"), Object.fromEntries(NAMES.map((name) => [name, 1])))],
  ["lists in lists", new Array(2e6).fill(new Array(2e6).fill(null))],
])) {
  for (const way of ["a message", "metadata", "a member of metadata", "an entry"]) {
    test(`${way}: ${what} is looked at so many times at most`, async () => {
      const { value, looks } = counted(target);
      await sent((client) => WAYS[way]?.(client, value));
      assert.ok(looks() > 0);
      assert.ok(looks() <= MOST_LOOKS, `${looks()} looks`);
    });
  }
}

test("members that take their time are left out after a tenth of a second, and the entry says so", () => {
  let now = 0;
  const metadata = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`name ${i}`, i]));
  for (const name of Object.keys(metadata)) Object.defineProperty(metadata, name, { get: () => (now += 30) });
  const draft = { given: { message: "m", metadata }, timestamp: "2026-05-14T10:30:00.000Z", source: "shop" };
  const { text } = encode(draft, { redaction: new Redaction(), monotonic: () => now });
  assert.ok(now <= 150, `${now} ms`);
  assert.deepEqual([JSON.parse(text).message, JSON.parse(text).metadata.truncated], ["m", true]);
});

test("a message is what it is, in words", async () => {
  const environment = new FakeEnvironment();
  const client = environment.client();
  const error = new TypeError("boom");
  const values = [{ a: [1, new Date(0)], password: 7 }, [1n], new Uint8Array(3), error, "", 7n, Symbol("s")];
  for (const value of values) client.info(value);
  await client.flush();
  assert.deepEqual(
    environment.requests[0]?.logs.map(({ message }) => message),
    [
      '{"a":[1,"1970-01-01T00:00:00.000Z"],"password":"[redacted]"}',
      '["1"]',
      "[3 bytes]",
      "TypeError: boom",
      "",
      "7",
      "Symbol(s)",
    ],
  );
});

test("a key or a source that an app sets to anything hurts nobody", async () => {
  const environment = new FakeEnvironment();
  const client = environment.client({ source: "shop" });
  Object.assign(client, { apiKey: circular, source: revoked({}) });
  client.info("m");
  await client.flush();
  Object.assign(client, { apiKey: "k" });
  await client.flush();
  assert.equal(environment.requests[0]?.logs[0].source, "shop");
});

test("redaction takes about as long as its text is, whatever that is", () => {
  // Sixty-four times the longest: where the time grows with the square, it is hours.
  const parts = ["eyJ-", "eyJaaaaa.a-", '"a":"', "://a:", "bearer ", "a=", '\\"a":', "basic\t"];
  const script = `
    import { source } from ${JSON.stringify(import.meta.resolve("./support.mjs"))};
    const { Redaction } = await source("redaction");
    for (const part of ${JSON.stringify(parts)}) new Redaction().redactText(part.repeat(2 ** 20 / part.length));`;
  execFileSync(process.execPath, ["--input-type=module", "-e", script], { timeout: 60_000 });
});
