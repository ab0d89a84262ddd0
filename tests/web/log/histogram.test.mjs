import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram, stacked, summed } from "../../../web/js/log/statistics/histogram.js";

test("entries are counted in their second, by level", () => {
  const histogram = new Histogram();
  for (const at of [10_000, 10_999, 11_000]) histogram.add(at, "info", 1);
  histogram.add(10_500, "error", 1);
  const bars = histogram.bars(10, 13);
  const { counts, heights } = bars;
  assert.deepEqual(counts, { error: [1, 0, 0], warn: [0, 0, 0], info: [2, 1, 0], debug: [0, 0, 0] });
  assert.deepEqual(heights, [3, 1, 0]);
  assert.deepEqual(summed(bars, 0, 1), {
    entries: 3,
    levels: [
      { level: "error", count: 1 },
      { level: "warn", count: 0 },
      { level: "info", count: 2 },
      { level: "debug", count: 0 },
    ],
  });
  assert.equal(summed(histogram.bars(11, 13)).entries, 1, "what lies outside is not counted");
});

test("a bar of several seconds holds them all, the last one what is left", () => {
  const histogram = new Histogram();
  for (let second = 0; second < 10; second++) histogram.add(second * 1000, "warn", 1);
  assert.deepEqual(histogram.bars(0, 10, 4).counts.warn, [4, 4, 2]);
});

test("what is dropped is counted no longer, whatever the order it was added in", () => {
  const histogram = new Histogram();
  for (const at of [30_000, 10_000, 20_000]) histogram.add(at, "debug", 1);
  for (const at of [10_000, 20_000]) histogram.add(at, "debug", -1);
  assert.deepEqual(histogram.bars(0, 40, 10).counts.debug, [0, 0, 0, 1]);
});

test("entries years apart cost no more memory, and those let go are not missed when they are dropped", () => {
  const histogram = new Histogram();
  const seconds = 20_000;
  for (let second = seconds - 1; second >= 0; second--) histogram.add(second * 1000, "info", 1);
  const kept = summed(histogram.bars(0, seconds, 100)).entries;
  assert.ok(kept > 3000 && kept <= 7200, `${kept} kept`);
  assert.equal(summed(histogram.bars(seconds - 300, seconds)).entries, 300, "the newest are told");
  for (let second = 0; second < seconds; second++) histogram.add(second * 1000, "info", -1);
  assert.ok(histogram.bars(0, seconds, 100).heights.every((height) => height === 0));
});

test("parts stand one upon the other, errors at the bottom; a lone one is seen", () => {
  const histogram = new Histogram();
  for (let count = 0; count < 100; count++) histogram.add(0, "info", 1);
  histogram.add(0, "error", 1);
  histogram.add(1000, "error", 1);
  const parts = Object.fromEntries(stacked(histogram.bars(0, 2), 0.1).map(({ level, tops }) => [level, tops]));
  const low = 101 * 0.1;
  assert.deepEqual(parts, { error: [low, low], warn: [null, null], info: [low + 100, null], debug: [null, null] });
});
