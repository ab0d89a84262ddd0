import assert from "node:assert/strict";
import test from "node:test";
import { isExposed } from "../../../web/js/lib/plain-http.js";
import { arrival } from "../../../web/js/services/first-entry.js";

const NOW = Date.parse("2026-11-22T10:00:10.000Z");
const at = (/** @type {number} */ seconds) => new Date(NOW - 1000 * seconds).toISOString();
const first = (/** @type {number} */ seq, seconds = 5) => ({ epoch: "e", seq, at: at(seconds) });
const refusal = (/** @type {object} */ more = {}) => ({
  ...{ method: "POST", path: "/loki/api/v1/push", status: 401, code: "invalid_key", detail: "No such key." },
  ...{ kind: "", peer: "::1", requests: 1, at: at(3) },
  ...more,
});
const intake = (/** @type {object} */ more = {}) => ({ listeners: [], refusals: [], missing: [], ...more });
const key = (/** @type {object} */ more = {}) => /** @type {any} */ ({ id: "k", first: null, refused: null, ...more });
const listener = (/** @type {object} */ more = {}) => ({
  ...{ setting: "syslog", host: "localhost", port: 5140, serviceId: "s", first: null },
  ...more,
});

test("a key waits until an entry came over it, and the earliest of several counts", () => {
  assert.deepEqual(arrival(intake(), intake(), [key(), key()], "s", NOW), { state: "waiting" });
  const keys = [key({ first: first(7, 2) }), key({ first: first(3, 9), refused: {} })];
  assert.deepEqual(arrival(intake(), intake(), keys, "s", NOW), { state: "received", first: first(3, 9) });
});

test("an entry by the service's listener counts, if it had none before", () => {
  const arrived = intake({ listeners: [listener({ first: first(1) })] });
  const received = { state: "received", first: first(1) };
  assert.deepEqual(arrival(intake({ listeners: [listener()] }), arrived, [key()], "s", NOW), received);
  assert.deepEqual(arrival(arrived, arrived, [key()], "s", NOW), { state: "waiting" });
  assert.deepEqual(arrival(intake({ listeners: [listener()] }), arrived, [key()], "other", NOW), { state: "waiting" });
});

test("what was refused over the key is said, with what shows why", () => {
  const refused = { requests: 2, since: at(9), at: at(4), code: "invalid_json", detail: "no JSON", sample: "{oops" };
  const strangers = intake({ refusals: [refusal()] });
  assert.deepEqual(arrival(intake(), strangers, [key({ refused })], "s", NOW), {
    state: "refused",
    words: "2 requests with lines we could not read, the last 4 s ago",
    last: "{oops",
  });
});

test("so are requests that show no right key, if they are new; others' own affairs are not", () => {
  const now = intake({ refusals: [refusal({ code: "body_stalled" }), refusal({ requests: 3 })] });
  const words = "POST /loki/api/v1/push 3 s ago, not over this key";
  const said = { state: "refused", words, last: "No such key." };
  assert.deepEqual(arrival(intake({ refusals: [refusal({ requests: 2 })] }), now, [key()], "s", NOW), said);
  assert.deepEqual(arrival(now, now, [key()], "s", NOW), { state: "waiting" });
});

test("only plain HTTP that leaves the machine is exposed", () => {
  const open = (/** @type {string} */ url) => isExposed(new URL(url));
  assert.equal(open("http://localhost:4000"), false);
  assert.equal(open("http://127.0.0.1:4000"), false);
  assert.equal(open("http://[::1]:4000"), false);
  assert.equal(open("https://logs.example.org"), false);
  assert.equal(open("http://192.168.1.5:4000"), true);
  assert.equal(open("http://127.0.0.1.example.org"), true);
});
