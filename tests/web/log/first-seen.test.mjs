import assert from "node:assert/strict";
import { test } from "node:test";
import { FirstSeen } from "../../../web/js/log/first-seen.js";
import { Ring } from "../../../web/js/log/ring.js";
import { entry } from "../watching.mjs";

const START = 1_800_000_000_000;

/** A log whose entries come at so many seconds behind its first. */
function log({ rows = 1000 } = {}) {
  const ring = new Ring({ rows });
  const firstSeen = new FirstSeen(ring);
  let seq = 0;
  /** @param {number} seconds @param {Partial<import("../../../web/js/entry/entry.js").Entry>} fields */
  const came = (seconds, fields) => {
    ring.append([entry(++seq, { receivedAt: START + seconds * 1000, message: "", ...fields })], 100);
    return firstSeen.of(ring.end - 1);
  };
  /** @param {number} seconds @param {string} line "GET /a 200" */
  const request = (seconds, line, more = {}) => {
    const [method, endpoint, status] = line.split(" ");
    return came(seconds, { method, endpoint, statusCode: Number(status), message: `${method} ${endpoint}`, ...more });
  };
  return { ring, firstSeen, came, request };
}

test("a route, a status of it and a shape of message are flagged once, when they are new", () => {
  const { firstSeen, came, request } = log();
  request(0, "GET /users/1 200");
  came(0, { message: "job 1 done" });
  firstSeen.begin();
  assert.equal(request(60, "GET /users/2 200"), null);
  assert.equal(request(61, "GET /users/3 404"), "status");
  assert.equal(request(62, "GET /users/4 404"), null);
  assert.equal(request(63, "POST /users 201"), "route");
  assert.equal(request(64, "POST /users 201"), null);
  assert.equal(request(65, "POST /users 404"), "status", "known of another route, new of this one");
  assert.equal(came(66, { message: "job 2 done" }), null);
  assert.equal(came(67, { message: "job 3 failed" }), "message");
  assert.equal(came(68, { message: "job 4 failed" }), null);
  assert.equal(request(69, "GET /users/9 200", { message: "GET /users/9 was slow: 1204 ms" }), "message");
  assert.equal(request(70, "GET /users/9 500", { message: "GET /users/9 was slow: 7 ms" }), "status");
});

test("nothing from before is flagged, however long ago it began", () => {
  const { firstSeen, request } = log();
  assert.equal(request(0, "GET /a 200"), null);
  assert.equal(request(3600, "GET /b 200"), null, "an hour later, but still from before");
  firstSeen.begin();
  assert.equal(request(3601, "GET /b 200"), null);
  assert.equal(request(3602, "GET /c 200"), "route");
});

test("a service that was empty has half a minute to show its ways; so has each of several", () => {
  const { firstSeen, request } = log();
  firstSeen.begin();
  assert.equal(request(0, "GET /a 200"), null);
  assert.equal(request(29, "GET /b 200"), null);
  assert.equal(request(31, "GET /b 200"), null);
  assert.equal(request(31, "GET /c 200"), "route");
  assert.equal(request(32, "GET /a 200", { service: "other" }), null);
  assert.equal(request(61, "GET /z 200", { service: "other" }), null);
  assert.equal(request(63, "GET /y 200", { service: "other" }), "route");
  assert.equal(request(64, "GET /z 200"), "route", "what one knows is new to the other");
});

test("what is new is so for ten minutes, what was known never", () => {
  const { firstSeen, came, request } = log();
  request(0, "GET /a 200");
  came(0, { message: "job 1 done" });
  firstSeen.begin();
  request(60, "GET /b 200");
  came(60, { message: "job 1 failed" });
  const at = (/** @type {number} */ seconds) => START + seconds * 1000;
  const route = (/** @type {string} */ key, /** @type {number} */ seconds) =>
    firstSeen.isNewRoute("", key, at(seconds));
  assert.deepEqual(
    [route("GET /a", 61), route("GET /b", 61), route("GET /b", 661), route("GET /none", 61)],
    [false, true, false, false],
  );
  const kind = (/** @type {Partial<import("../../../web/js/entry/entry.js").Entry>} */ fields) =>
    firstSeen.isNewKind(entry(1, { message: "", ...fields }), at(61));
  assert.deepEqual(
    ["job 7 done", "job 7 failed", "never"].map((message) => kind({ message })),
    [false, true, false],
  );
  request(60, "GET /a 500");
  assert.deepEqual(
    [200, 500, 404].map((statusCode) => kind({ method: "GET", endpoint: "/a", message: "GET /a", statusCode })),
    [false, true, false],
  );
});

test("flags go with their rows, and memory has a bound", () => {
  const { ring, firstSeen, request } = log({ rows: 64 });
  request(0, "GET /a 200");
  firstSeen.begin();
  for (let n = 0; n < 5000; n++) request(60, `GET /page-${letters(n)} 200`);
  let flagged = 0;
  for (let number = 0; number < ring.end; number++) if (firstSeen.of(number)) flagged++;
  assert.equal(
    flagged,
    0,
    "what came beyond the most is not called new, and the flags before it have gone with their rows",
  );
  assert.equal(request(61, "GET /a 500"), "status", "what is known is still told apart");
  ring.clear();
  assert.equal(firstSeen.of(ring.end - 1), null);
});

/** A name without figures. @param {number} n */
function letters(n) {
  return [...String(n)].map((figure) => "abcdefghij"[Number(figure)]).join("");
}
