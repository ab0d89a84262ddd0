import assert from "node:assert/strict";
import { test } from "node:test";
import { LatencyBaseline } from "../../../web/js/log/statistics/latency-baseline.js";
import { entry } from "../watching.mjs";

test("the 95th percentile of a route, within a bucket's width", () => {
  const pace = new LatencyBaseline();
  for (let ms = 1; ms <= 1000; ms++) pace.add(entry(ms, { method: "GET", endpoint: `/u/${ms}`, duration: ms }));
  const p95 = pace.p95(entry(1, { method: "GET", endpoint: "/u/5", duration: 1 }));
  assert.ok(p95 > 930 && p95 < 1070, String(p95));
  assert.equal(pace.p95(entry(1, { method: "POST", endpoint: "/u/5", duration: 1 })), 0);
});

test("too few are no measure, extremes have a place, and what was long ago counts less", () => {
  const pace = new LatencyBaseline();
  const slow = (/** @type {number} */ duration) => entry(1, { endpoint: "/x", duration });
  for (const duration of [0, 1e12, 5, 5]) pace.add(slow(duration));
  assert.equal(pace.p95(slow(1)), 0);
  for (let i = 0; i < 20_000; i++) pace.add(slow(1000));
  for (let i = 0; i < 40_000; i++) pace.add(slow(10));
  assert.ok(pace.p95(slow(1)) < 12);
});
