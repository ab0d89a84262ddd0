import assert from "node:assert/strict";
import { test } from "node:test";
import { ArrivalRate, BAR, BARS } from "../../../web/js/panels/arrival-rate.js";

const START = 1_800_000_000_000; // a multiple of ten seconds

test("the rate is that of the last ten seconds", () => {
  const arrivals = new ArrivalRate();
  assert.equal(arrivals.rate(START), 0);
  for (let n = 0; n < 50; n++) arrivals.add(START + n * 100, false);
  assert.equal(arrivals.rate(START + 4_999), 5);
  assert.equal(arrivals.rate(START + 9_999), 5);
  assert.equal(arrivals.rate(START + 10_000), 4, "the first second is over");
  assert.equal(arrivals.rate(START + 15_000), 0);
  assert.equal(arrivals.rate(START - 1_000), 0, "a clock that is behind");
});

test("the picture is of five minutes, whatever the order of arrival", () => {
  const arrivals = new ArrivalRate();
  arrivals.add(START, true);
  arrivals.add(START - 290_000, false);
  arrivals.add(START - 295_000, false);
  arrivals.add(START - 301_000, true);
  const bars = arrivals.bars(START);
  assert.equal(bars.length, BARS);
  assert.deepEqual(
    [bars.at(-1), bars[0], bars[1]],
    [
      [0, 0, 1, 0],
      [1, 0, 0, 0],
      [0, 0, 0, 0],
    ],
  );
  assert.deepEqual(arrivals.bars(START + BAR * 1000)[0], [0, 0, 0, 0]);
  const sum = (/** @type {number} */ at) =>
    arrivals
      .bars(at)
      .flat()
      .reduce((all, each) => all + each);
  assert.deepEqual([sum(START), sum(START + 9_999), sum(START + 290_000), sum(START + 1e9)], [2, 2, 1, 0]);
  arrivals.add(START + 1e9, false);
  assert.equal(sum(START + 1e9), 1, "after a long silence nothing of before is left");
});
