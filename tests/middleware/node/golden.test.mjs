import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeEnvironment, source, vectors } from "./support.mjs";

const { Redaction } = await source("redaction");
const { encode } = await source("encode");
const { levelOf } = await source("request");
const { RequestTrace } = await source("trace");
const { takeEntries, Losses } = await source("batch");
const { Ring } = await source("ring");
const { judge } = await source("retry");

/** @param {string} name @param {(given: any, expect: any) => unknown} decide */
async function golden(name, decide) {
  for (const { name: title, given, expect } of await vectors(name)) {
    test(`${name}: ${title}`, () => {
      const actual = decide(given, expect);
      assert.deepEqual(actual, expect);
    });
  }
}

const DRAFT = { timestamp: "2026-05-14T10:30:00.000Z", source: "test" };

/** @param {unknown} metadata @param {any} [redaction] */
const sent = (metadata, redaction = new Redaction()) =>
  JSON.parse(encode({ ...DRAFT, given: { metadata } }, { redaction, monotonic: () => 0 }).text).metadata;

await golden("urls", ({ url, queries = false, names }) => new Redaction(names).redactUrl(url, queries));
await golden("texts", ({ text }) => new Redaction().redactText(text));
await golden("members", ({ value, names }) => sent(value, new Redaction(names)));
await golden("levels", ({ status, aborted, stream }) => levelOf(status, aborted, stream));
await golden("ids", ({ headers }) => {
  const trace = new RequestTrace(headers, () => "0".repeat(32));
  const generated = trace.requestId === "0".repeat(32);
  return { requestId: generated ? { $: "generated" } : trace.requestId, traceId: trace.traceId ?? null };
});
await golden("retries", (given) => judge(given));
await golden("dropped", ({ overflow, refused }) => new Losses(overflow, refused).entry());
await golden("batches", ({ sizes, maxEntries, maxBytes }) => {
  const ring = new Ring({ entries: Infinity, bytes: Infinity });
  for (const bytes of sizes) ring.push({ text: "", bytes });
  const batches = [];
  while (ring.length > 0) batches.push(takeEntries(ring, { entries: maxEntries, bytes: maxBytes }).length);
  return batches;
});
for (const { name, given, expect } of await vectors("errors")) {
  test(`errors: ${name}`, async () => {
    const environment = new FakeEnvironment();
    const client = environment.client();
    const error = Object.defineProperty(new Error(given.message), "name", { value: given.name });
    error.stack = given.stack;
    client.recordError(error, given.origin === null ? {} : { origin: given.origin });
    await client.flush();
    const { timestamp, source: app, ...entry } = environment.requests[0].logs[0];
    assert.deepEqual(entry, expect);
  });
}

for (const { name, given, expect } of await vectors("values")) {
  test(`values: ${name}`, () => matches(sent(built(given.value)), expect));
}

/** @param {any} value what a vector stands for */
function built(value) {
  /** @type {any} */
  let root;
  const make = (/** @type {any} */ part) => {
    if (typeof part !== "object" || part === null) return part;
    if (Array.isArray(part)) return part.map(make);
    if (part.$ !== undefined) return marked(part);
    const made = {};
    root ??= made;
    for (const [name, member] of Object.entries(part)) {
      Object.defineProperty(made, name, { value: make(member), enumerable: true, configurable: true, writable: true });
    }
    return made;
  };
  const marked = (/** @type {any} */ marker) => {
    switch (marker.$) {
      case "circular":
        return root;
      case "bigint":
        return BigInt(marker.digits);
      case "error": {
        const error = new Error(marker.message, marker.cause && { cause: make(marker.cause) });
        return Object.defineProperty(error, "name", { value: marker.name, enumerable: false });
      }
      case "throws":
        return {
          toJSON() {
            throw new Error(marker.message);
          },
        };
      case "nan":
        return NaN;
      case "infinity":
        return Infinity;
      case "bytes":
        return new Uint8Array(marker.length);
      case "set":
        return new Set(marker.items);
      case "map":
        return new Map(marker.entries);
      case "date":
        return new Date(marker.iso);
      case "deep": {
        let deep = {};
        for (let level = 1; level < marker.levels; level++) deep = { in: deep };
        return deep;
      }
      case "repeat":
        return marker.text.repeat(marker.times);
      case "undefined":
        return undefined;
      default:
        throw new Error(`unknown marker ${marker.$}`);
    }
  };
  if (value.bad?.$ === "getter") {
    const { bad, ...rest } = value;
    return Object.defineProperty({ bad: 0, ...rest }, "bad", {
      enumerable: true,
      get() {
        throw new Error(bad.message);
      },
    });
  }
  return make(value);
}

/** @param {any} actual @param {any} expected may hold markers */
function matches(actual, expected) {
  if (expected?.$ === "text") {
    assert.ok(typeof actual === "string" && actual !== "");
  } else if (expected?.$ === "repeat") {
    assert.equal(actual, expected.text.repeat(expected.times) + expected.then);
  } else if (expected?.$ === "deep") {
    let levels = 1;
    for (; typeof actual.in === "object"; actual = actual.in) levels++;
    assert.deepEqual([levels, actual.in], [expected.levels, "[deep]"]);
  } else if (typeof expected === "object" && expected !== null) {
    assert.deepEqual(Object.keys(actual), Object.keys(expected));
    for (const name of Object.keys(expected)) matches(actual[name], expected[name]);
  } else {
    assert.equal(actual, expected);
  }
}
