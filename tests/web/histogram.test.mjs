import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram } from "../../web/js/histogram.js";

test("entries are counted in their second, by level", () => {
  const histogram = new Histogram();
  for (const at of [10_000, 10_999, 11_000]) histogram.add(at, "info", 1);
  histogram.add(10_500, "error", 1);
  const { counts, entries, most } = histogram.bars(10, 13);
  assert.deepEqual(counts, { error: [1, 0, 0], warn: [0, 0, 0], info: [2, 1, 0], debug: [0, 0, 0] });
  assert.deepEqual([entries, most], [4, 3]);
  assert.equal(histogram.bars(11, 13).entries, 1, "what lies outside is not counted");
});

test("a bar of several seconds holds them all, the last one what is left", () => {
  const histogram = new Histogram();
  for (let second = 0; second < 10; second++) histogram.add(second * 1000, "warn", 1);
  const { counts, most } = histogram.bars(0, 10, 4);
  assert.deepEqual([counts.warn, most], [[4, 4, 2], 4]);
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
  const kept = histogram.bars(0, seconds).entries;
  assert.ok(kept > 3000 && kept <= 7200, `${kept} kept`);
  assert.equal(histogram.bars(seconds - 300, seconds).entries, 300, "the newest are told");
  for (let second = 0; second < seconds; second++) histogram.add(second * 1000, "info", -1);
  assert.deepEqual(histogram.bars(0, seconds).most, 0);
});
