import assert from "node:assert/strict";
import test from "node:test";

import {
  discoveries,
  dispersionOf,
  rankTest,
  rateTest,
  shareTest,
} from "../../../web/js/lib/statistics/significance.js";

/** @param {number} value @param {number} wanted @param {number} [within] share of it */
function near(value, wanted, within = 1e-3) {
  assert.ok(Math.abs(value - wanted) <= Math.abs(wanted) * within, `${value} is not ${wanted}`);
}

// Expected values were worked out from the definitions, with exact fractions and math.erfc of Python.
test("the rank test is right, ties too", () => {
  // x = [1, 1, 2, 3, 3, 3], y = [2, 3, 4, 4, 5]: U = 3, tie-corrected
  const { p, higher } = rankTest([2, 1, 3, 0, 0], [0, 1, 1, 2, 1]);
  near(p, 0.0737616);
  assert.equal(higher, -1);
  assert.deepEqual(rankTest([5, 0], [7, 0]), { p: 1, higher: 0 }, "all tied says nothing");
  assert.deepEqual(rankTest([0, 0], [0, 3]), { p: 1, higher: 0 }, "nothing to compare says nothing");
});

test("rates in equal windows", () => {
  near(rateTest(20, 45), 0.00291242);
  assert.equal(rateTest(30, 30), 1);
  assert.ok(rateTest(20, 45, 4) > 0.05, "where counts vary more anyway, it takes more");
  near(
    dispersionOf([
      [0, 10, 0, 10],
      [5, 5, 5, 5],
    ]),
    20 / 6,
  );
  assert.equal(dispersionOf([[5, 5, 5, 5]]), 1, "never below 1");
  assert.equal(dispersionOf([[0, 0], []]), 1);
});

test("shares by the exact test", () => {
  near(shareTest(0, 20, 5, 20), 0.04713);
  near(shareTest(5, 20, 0, 20), 0.04713);
  near(shareTest(2, 20, 2, 2000), 0.00110484);
  assert.ok(shareTest(900, 1000, 100, 1000) < 1e-200);
  assert.equal(shareTest(0, 30, 0, 40), 1);
  assert.equal(shareTest(3, 3, 4, 4), 1);
});

test("of many tests, chance names little", () => {
  assert.equal(discoveries([0.001, 0.2, 0.03, 0.5], 0.01), 0.001);
  assert.equal(discoveries([0.004, 0.0049, 0.9], 0.01), 0.0049, "the second lends the first its place");
  assert.equal(discoveries([0.02, 0.5], 0.01), 0);
  assert.equal(discoveries([], 0.01), 0);
});
