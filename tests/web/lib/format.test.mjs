import assert from "node:assert/strict";
import test from "node:test";
import * as format from "../../../web/js/lib/format.js";

/** @param {(value: any, ...rest: any[]) => string} write @param {[...any[], string][]} rows */
function table(write, rows) {
  for (const row of rows) assert.equal(write(.../** @type {[any]} */ (row.slice(0, -1))), row.at(-1), JSON.stringify(row));
}

test("numbers", () => {
  table(format.whole, [[0, "0"], [1204, "1,204"]]);
  table(format.compact, [[9999, "9,999"], [12_345, "12.3K"], [5_000_000, "5M"]]);
  table(format.rate, [[0, "0"], [0.04, "<0.1"], [0.4, "0.4"], [12.52, "12.5"], [99.96, "100"], [12_345.6, "12.3K"]]);
  table(format.percent, [[0, "0%"], [0.0004, "<0.1%"], [0.021, "2.1%"], [0.4849, "48%"], [1, "100%"]]);
  table(format.count, [[1, "watcher", "1 watcher"], [2000, "watcher", "2,000 watchers"], [0, "entry", "entries", "0 entries"]]);
});

test("durations and how long ago", () => {
  table(format.duration, [[-3, "0 ms"], [8.4, "8 ms"], [1240, "1.2 s"], [9_960, "10 s"], [42_400, "42 s"], [59_600, "1 min"], [185_000, "3 min"], [5 * 3.6e6, "5 h"], [49 * 3.6e6, "2 d"]]);
  table(format.ago, [[10_000, 9_000, "just now"], [10_000, 11_999, "just now"], [0, 5_900, "5 s ago"], [0, 59_999, "59 s ago"], [0, 120_000, "2 min ago"]]);
  table(format.countdown, [[761_000, "12:41"], [3_723_000, "1:02:03"], [400, "0:01"], [0, "0:00"], [-5, "0:00"]]);
});

test("times in UTC", () => {
  const at = Date.UTC(2026, 10, 2, 3, 4, 5, 6);
  assert.equal(format.clock(at, "utc"), "03:04:05.006");
  assert.equal(format.dateTime(at, "utc"), "2026-11-02 03:04");
  assert.equal(format.exactTime(at, "utc"), "2026-11-02 03:04:05.006 UTC");
});

test("times in the local zone, with its name", () => {
  const before = process.env.TZ;
  process.env.TZ = "America/St_Johns";
  try {
    const at = Date.UTC(2026, 0, 1, 0, 0, 0, 0);
    assert.equal(format.exactTime(at, "local"), "2025-12-31 20:30:00.000 UTC-03:30");
    assert.equal(format.zoneName(at, "utc"), "UTC");
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
});
