import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace, route } from "../../web/js/pace.js";
import { entry } from "./watching.mjs";

test("paths fold to routes", () => {
  for (const [path, folded] of [["/api/users/42", "/api/users/:id"], ["/api/users/42/orders/7?x=1", "/api/users/:id/orders/:id"], ["/", "/"],
    ["/o/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/o/:id"], ["/c/507f1f77bcf86cd799439011", "/c/:id"], ["/api/v1/checkout#a", "/api/v1/checkout"]]) {
    assert.equal(route(path), folded);
  }
});

test("the 95th percentile of a route, within a bucket's width", () => {
  const pace = new Pace();
  for (let ms = 1; ms <= 1000; ms++) pace.add(entry(ms, { method: "GET", endpoint: `/u/${ms}`, duration: ms }));
  const p95 = pace.p95(entry(1, { method: "GET", endpoint: "/u/5", duration: 1 }));
  assert.ok(p95 > 930 && p95 < 1070, String(p95));
  assert.equal(pace.p95(entry(1, { method: "POST", endpoint: "/u/5", duration: 1 })), 0);
});

test("too few are no measure, extremes have a place, and what was long ago counts less", () => {
  const pace = new Pace();
  const slow = (/** @type {number} */ duration) => entry(1, { endpoint: "/x", duration });
  for (const duration of [0, 1e12, 5, 5]) pace.add(slow(duration));
  assert.equal(pace.p95(slow(1)), 0);
  for (let i = 0; i < 20_000; i++) pace.add(slow(1000));
  for (let i = 0; i < 40_000; i++) pace.add(slow(10));
  assert.ok(pace.p95(slow(1)) < 12);
});
