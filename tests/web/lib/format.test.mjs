import assert from "node:assert/strict";
import test from "node:test";
import * as format from "../../../web/js/lib/format.js";

/** @param {(value: any, ...rest: any[]) => string} write @param {[...any[], string][]} rows */
function table(write, rows) {
  for (const row of rows)
    assert.equal(write(.../** @type {[any]} */ (row.slice(0, -1))), row.at(-1), JSON.stringify(row));
}

test("numbers", () => {
  table(format.whole, [
    [0, "0"],
    [1204, "1,204"],
  ]);
  table(format.compact, [
    [9999, "9,999"],
    [12_345, "12.3K"],
    [5_000_000, "5M"],
  ]);
  table(format.rate, [
    [0, "0"],
    [0.04, "<0.1"],
    [0.4, "0.4"],
    [12.52, "12.5"],
    [99.96, "100"],
    [12_345.6, "12.3K"],
  ]);
  table(format.percent, [
    [0, "0%"],
    [0.0004, "<0.1%"],
    [0.021, "2.1%"],
    [0.4849, "48%"],
    [1, "100%"],
  ]);
  table(format.count, [
    [1, "watcher", "1 watcher"],
    [2000, "watcher", "2,000 watchers"],
    [0, "entry", "entries", "0 entries"],
  ]);
});

test("durations and how long ago", () => {
  table(format.duration, [
    [-3, "0 ms"],
    [8.4, "8 ms"],
    [1240, "1.2 s"],
    [9_960, "10 s"],
    [42_400, "42 s"],
    [59_600, "1 min"],
    [185_000, "3 min"],
    [5 * 3.6e6, "5 h"],
    [49 * 3.6e6, "2 d"],
  ]);
  table(format.ago, [
    [10_000, 9_000, "just now"],
    [10_000, 11_999, "just now"],
    [0, 5_900, "5 s ago"],
    [0, 59_999, "59 s ago"],
    [0, 120_000, "2 min ago"],
  ]);
  table(format.countdown, [
    [761_000, "12:41"],
    [3_723_000, "1:02:03"],
    [400, "0:01"],
    [0, "0:00"],
    [-5, "0:00"],
  ]);
});

/** Does something where the local zone is another. @param {string} zone @param {() => void} act */
function inZone(zone, act) {
  const before = process.env.TZ;
  process.env.TZ = zone;
  try {
    act();
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
}

test("case g18: a moment of another day than today has its date", () => {
  const now = Date.UTC(2026, 10, 29, 3, 0);
  inZone("America/New_York", () => {
    for (const [zone, at, told] of /** @type {const} */ ([
      ["utc", "2026-11-29T00:00:00.000Z", "00:00:00.000"],
      ["utc", "2026-11-28T23:59:59.999Z", "2026-11-28 23:59:59.999"],
      ["utc", "2026-11-30T00:00:00.000Z", "2026-11-30 00:00:00.000"],
      ["local", "2026-11-29T00:00:00.000Z", "19:00:00.000"],
      ["local", "2026-11-29T08:00:00.000Z", "2026-11-29 03:00:00.000"],
    ])) {
      assert.equal(format.moment(Date.parse(at), zone, format.dayOf(now, zone)), told);
    }
    const [today, since] = [format.dayOf(now, "utc"), Date.UTC(2026, 10, 28, 23, 59, 30)];
    assert.equal(format.stretch({ since, until: since + 20_000 }, "utc", today), "2026-11-28 23:59:30–23:59:50");
    assert.equal(
      format.stretch({ since, until: since + 60_000 }, "utc", today),
      "2026-11-28 23:59:30–2026-11-29 00:00:30",
    );
    assert.equal(format.moment(since, "utc", today, "minutes"), "2026-11-28 23:59");
  });
});

test("a day is as long as the zone makes it", () => {
  inZone("Europe/Berlin", () => {
    for (const [at, hours] of /** @type {const} */ ([
      ["2026-03-29T12:00:00Z", 23],
      ["2026-10-25T12:00:00Z", 25],
      ["2026-07-01T12:00:00Z", 24],
    ])) {
      const { since, until } = format.dayOf(Date.parse(at), "local");
      assert.equal((until - since) / 3.6e6, hours);
      assert.equal(format.clock(since, "local"), "00:00:00.000");
    }
  });
});

test("case g16: the first and the last year that can be sent have four digits and a day, in every zone", () => {
  for (const zone of ["America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Niue", "UTC"]) {
    inZone(zone, () => {
      for (const text of ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"]) {
        const at = Date.parse(text);
        const day = format.dayOf(at, "local");
        assert.ok(format.isWithin(day, at) && day.until - day.since <= 25 * 3.6e6);
        assert.match(
          format.exactTime(at, "local"),
          /^(?:000[01]|9999|10000)-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC(?:[+-]\d\d:\d\d)?$/,
        );
        assert.equal(format.dateTime(at, "utc"), text.slice(0, 16).replace("T", " "));
      }
    });
  }
});

test("times in UTC", () => {
  const at = Date.UTC(2026, 10, 2, 3, 4, 5, 6);
  assert.equal(format.clock(at, "utc"), "03:04:05.006");
  assert.equal(format.dateTime(at, "utc"), "2026-11-02 03:04");
  assert.equal(format.exactTime(at, "utc"), "2026-11-02 03:04:05.006 UTC");
});

test("times in the local zone, with its name", () => {
  inZone("America/St_Johns", () => {
    const at = Date.UTC(2026, 0, 1, 0, 0, 0, 0);
    assert.equal(format.exactTime(at, "local"), "2025-12-31 20:30:00.000 UTC-03:30");
    assert.equal(format.zoneName(at, "utc"), "UTC");
  });
});
