import assert from "node:assert/strict";
import { test } from "node:test";
import { isRepeat } from "../../../web/js/log/repeat-key.js";
import { entry } from "../watching.mjs";

const request = {
  method: "GET",
  endpoint: "/users/42",
  message: "GET /users/42",
  statusCode: 200,
  source: "api",
  duration: 12,
  metadata: '{"duration":12}',
};

test("the same of the same route, whatever numbers and ids it carries", () => {
  const one = entry(1, request);
  assert.ok(isRepeat(one, entry(2, { ...request, duration: 400, metadata: "", timestamp: 7 })));
  assert.ok(isRepeat(one, entry(2, { ...request, endpoint: "/users/43?x=1", message: "GET /users/43?x=1" })));
  assert.ok(isRepeat(entry(1, { message: "job 12: took 4 ms" }), entry(2, { message: "job 13: took 41 ms" })));
});

test("not what differs in anything that matters", () => {
  const one = entry(1, request);
  for (const other of [
    { level: "warn" },
    { statusCode: 201 },
    { method: "PUT" },
    { source: "worker" },
    { service: "s2" },
    { endpoint: "/orders/42" },
    { message: "GET /users/42 from cache" },
  ]) {
    assert.ok(!isRepeat(one, entry(2, /** @type {any} */ ({ ...request, ...other }))), JSON.stringify(other));
  }
});

test("what is no entry repeats nothing", () => {
  const gap = /** @type {const} */ ({ kind: "gap", cause: "slow", from: 1, to: 1, count: 1, at: 0 });
  assert.ok(!isRepeat(gap, gap));
  assert.ok(!isRepeat(entry(1), gap));
});
