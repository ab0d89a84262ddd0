import assert from "node:assert/strict";
import { test } from "node:test";
import { readMessage, watchMessage } from "../../../web/js/stream/messages.js";
import { WireError } from "../../../web/js/entry/fields.js";
import { parse } from "../../../web/js/lib/exact-json.js";

const AT = "2026-05-14T10:30:00.112Z";

/** @param {object} fields */
const entryOf = (fields) => {
  const message = readMessage(
    JSON.stringify({
      type: "entries",
      through: 7,
      entries: [{ seq: 7, receivedAt: AT, timestamp: AT, level: "info", message: "m", ...fields }],
    }),
    "e1",
  );
  assert.equal(message?.type, "entries");
  return /** @type {any} */ (message).entries[0];
};

test("an entry has every field, those that were not sent as empty", () => {
  assert.deepEqual(entryOf({}), {
    kind: "entry",
    service: "",
    epoch: "e1",
    seq: 7,
    receivedAt: Date.parse(AT),
    timestamp: Date.parse(AT),
    level: "info",
    message: "m",
    source: "",
    endpoint: "",
    method: "",
    statusCode: 0,
    duration: -1,
    metadata: "",
    truncated: [],
    readFrom: "",
    route: null,
  });
});

test("an entry keeps what was sent", () => {
  const entry = entryOf({
    level: "error",
    source: "api",
    endpoint: "/a",
    method: "GET",
    statusCode: 500,
    metadata: { duration: 12.5, ip: "::1" },
    truncated: ["message"],
    readFrom: { message: "msg", level: "log.level" },
  });
  assert.equal(entry.readFrom, '{"message":"msg","level":"log.level"}');
  assert.equal(entry.level, "error");
  assert.equal(entry.source, "api");
  assert.equal(entry.statusCode, 500);
  assert.equal(entry.duration, 12.5);
  assert.equal(entry.metadata, '{"duration":12.5,"ip":"::1"}');
  assert.deepEqual(entry.truncated, ["message"]);
});

test("whole numbers beyond 2^53 in metadata keep their digits", () => {
  const text = `{"type":"entries","through":1,"entries":[{"seq":1,"receivedAt":"${AT}","timestamp":"${AT}","level":"info","message":"m","metadata":{"id":9007199254740993}}]}`;
  const message = /** @type {any} */ (readMessage(text, "e"));
  assert.equal(message.entries[0].metadata, '{"id":9007199254740993}');
  assert.equal(String(/** @type {any} */ (parse(message.entries[0].metadata)).id), "9007199254740993");
});

test("case 13: a __proto__ key in metadata changes nothing and is not lost", () => {
  const text = `{"type":"entries","through":1,"entries":[{"seq":1,"receivedAt":"${AT}","timestamp":"${AT}","level":"info","message":"m","metadata":{"__proto__":{"polluted":1,"duration":5}}}]}`;
  const message = /** @type {any} */ (readMessage(text, "e"));
  assert.equal(message.entries[0].metadata, '{"__proto__":{"polluted":1,"duration":5}}');
  assert.equal(message.entries[0].duration, -1);
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
});

test("a duration is a number of milliseconds, anything else is none", () => {
  for (const duration of ["12", -1, null, [], true]) assert.equal(entryOf({ metadata: { duration } }).duration, -1);
  assert.equal(entryOf({ metadata: { duration: 0 } }).duration, 0);
});

test("an unknown level is info, metadata that is no object is none", () => {
  assert.equal(entryOf({ level: "loud" }).level, "info");
  assert.equal(entryOf({ metadata: 5 }).metadata, "");
});

test("the other messages", () => {
  assert.deepEqual(readMessage(JSON.stringify({ type: "gap", from: 3, to: 9, count: 7, reason: "overrun" }), ""), {
    type: "gap",
    from: 3,
    to: 9,
    count: 7,
    reason: "overrun",
  });
  assert.deepEqual(readMessage('{"type":"gap","from":4,"to":null,"count":null,"reason":"restart"}', ""), {
    type: "gap",
    from: 4,
    to: null,
    count: null,
    reason: "restart",
  });
  assert.deepEqual(readMessage(`{"type":"heartbeat","through":1,"head":2,"time":"${AT}"}`, ""), {
    type: "heartbeat",
    through: 1,
    head: 2,
    time: Date.parse(AT),
  });
  assert.deepEqual(readMessage(`{"type":"expiring","expiresAt":"${AT}","seconds":60}`, ""), {
    type: "expiring",
    expiresAt: Date.parse(AT),
    seconds: 60,
  });
  assert.deepEqual(readMessage('{"type":"filtered","through":7}', ""), { type: "filtered", through: 7 });
  assert.deepEqual(readMessage('{"type":"error","code":"bad_filter","detail":"d"}', ""), {
    type: "error",
    code: "bad_filter",
    detail: "d",
  });
  const { view, ...watching } = {
    type: "watching",
    sessionId: "s",
    kind: "operator",
    service: { id: "i", name: "n" },
    expiresAt: AT,
    time: AT,
    epoch: "e",
    oldest: 1,
    head: 0,
    resumed: false,
    view: null,
  };
  const read = { ...watching, expiresAt: Date.parse(AT), time: Date.parse(AT), view };
  assert.deepEqual(readMessage(JSON.stringify(watching), ""), read);
  const shown = { columns: ["level", 5], from: AT };
  assert.deepEqual(readMessage(JSON.stringify({ ...watching, view: shown }), ""), {
    ...read,
    view: { columns: ["level"], from: Date.parse(AT), to: Infinity },
  });
});

test("a type from a newer server is passed over", () => {
  assert.equal(readMessage('{"type":"weather"}', ""), null);
});

test("what the contract does not allow is an error that names the field", () => {
  for (const [text, named] of [
    ["{", /JSON/],
    ["[]", /message/],
    ['{"type":"entries","through":1}', /entries/],
    ['{"type":"entries","through":1.5,"entries":[]}', /through/],
    ['{"type":"entries","through":1,"entries":[null]}', /entry/],
    ['{"type":"gap","from":1,"to":1,"count":1}', /reason/],
    ['{"type":"heartbeat","through":1,"head":1,"time":"noon"}', /time/],
  ]) {
    assert.throws(
      () => readMessage(/** @type {string} */ (text), ""),
      (error) => error instanceof WireError && /** @type {RegExp} */ (named).test(error.message),
      String(text),
    );
  }
});

test("the first message resumes, or asks for a backlog", () => {
  assert.deepEqual(JSON.parse(watchMessage("t", { epoch: "e", seq: 5 }, 1000)), {
    type: "watch",
    token: "t",
    after: { epoch: "e", seq: 5 },
  });
  assert.deepEqual(JSON.parse(watchMessage("t", null, 1000)), { type: "watch", token: "t", backlog: 1000 });
});
