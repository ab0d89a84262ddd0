import assert from "node:assert/strict";
import test from "node:test";

import { mergeBacklogs } from "../../../web/js/stream/merge-backlogs.js";
import { AppClock } from "../../../web/js/stream/time/app-clock.js";
import { TimeOrder } from "../../../web/js/stream/time/time-order.js";
import { entry } from "../watching.mjs";

const NOW = 1_800_000_000_000;
let seq = 0;

/** @param {string} message @param {number} written ms after `NOW` @param {number} came @param {number} [ahead] ms */
const told = (message, written, came, ahead = 0) =>
  entry(++seq, { message, timestamp: NOW + written + ahead, receivedAt: NOW + came });

/** @param {{rows: import("../../../web/js/log/ring.js").Row[]}} taken */
const said = ({ rows }) => rows.map((row) => (row.kind === "entry" ? row.message : row.kind)).join(" ");

test("an app's clock is put right where its entries tell that it is wrong, and only there", () => {
  const offset = (/** @type {number[]} */ ...lags) => {
    const clock = new AppClock();
    clock.add(lags.map((lag) => entry(1, { timestamp: NOW, receivedAt: NOW + lag })));
    return clock.offset;
  };
  assert.equal(offset(), 0);
  assert.equal(offset(2010, 1500, 2300), 0, "batches every 2 s");
  assert.equal(offset(-50), 0);
  assert.equal(offset(-3000, -1000), -3000, "ahead");
  assert.equal(offset(60_000, 61_000), 60_000, "behind");
  const clock = new AppClock();
  clock.add([entry(1, { timestamp: NOW, receivedAt: NOW - 3000 })]);
  assert.equal(clock.writtenAt(entry(2, { timestamp: NOW + 10, receivedAt: NOW + 5000 })), NOW - 2990);
  assert.equal(clock.writtenAt(entry(3, { timestamp: NOW + 10_000, receivedAt: NOW })), NOW, "not after it came");
});

test("a cause that comes after its effect stands before it", () => {
  const order = new TimeOrder(2);
  order.hold = 2000;
  order.add(1, [told("effect", 15, 30)], 10);
  assert.equal(order.dueAt, NOW + 2265);
  assert.deepEqual(order.take(NOW + 2264), { rows: [], size: 0 });
  order.add(0, [told("cause", 10, 2050), told("later", 1900, 2050)], 30);
  const taken = order.take(NOW + 2265);
  assert.equal(said(taken), "cause effect");
  assert.equal(taken.size, 25);
  assert.equal(order.dueAt, NOW + 1900 + 2250);
  assert.equal(said(order.take(Infinity)), "later");
  assert.equal(order.dueAt, Infinity);
});

test("also where one app's clock is half a minute ahead", () => {
  const order = new TimeOrder(2);
  order.hold = 5000;
  order.add(1, [told("effect", 15, 30, 30_000)], 0);
  order.add(0, [told("cause", 10, 1050)], 0);
  assert.equal(said(order.take(NOW + 6000)), "cause effect");
});

test("without a moment everything is let go as it comes; what comes too late stands where it can", () => {
  const order = new TimeOrder(2);
  order.add(1, [told("effect", 15, 30)], 0);
  assert.equal(said(order.take(NOW + 30)), "effect");
  order.add(0, [told("cause", 10, 40)], 0);
  assert.equal(said(order.take(NOW + 40)), "cause");
});

test("a stream keeps its own order, its gaps behind what came before them", () => {
  const order = new TimeOrder(2);
  const gap = /** @type {const} */ ({ kind: "gap", cause: "slow", from: 1, to: 2, count: 2, at: NOW + 9000 });
  order.add(0, [told("a", 500, 600), gap, told("b", 400, 600)], 0);
  order.add(1, [told("c", 450, 600), told("d", 550, 600)], 0);
  assert.equal(said(order.take(Infinity)), "c a gap b d");
  const streams = [[gap, told("e", 700, 800)], [told("f", 600, 2000)]];
  order.learn(streams);
  const before = mergeBacklogs(streams, order.clocks);
  assert.equal(said({ rows: before }), "f gap e", "what was before likewise");
});
