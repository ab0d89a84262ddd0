import assert from "node:assert/strict";
import { test } from "node:test";
import { Filter } from "../../../web/js/query/filter.js";
import { summed } from "../../../web/js/log/statistics/histogram.js";
import { Ring } from "../../../web/js/log/ring.js";
import { FilteredRows } from "../../../web/js/log/filtered-rows.js";
import { Span, WHOLE } from "../../../web/js/log/span.js";
import { entries, entry } from "../watching.mjs";

test("a time holds what came in it: its first millisecond is within, its last is not", () => {
  const span = new Span({ since: 2000, until: 3000 });
  const at = (/** @type {number} */ receivedAt) => span.has(0, entry(1, { receivedAt, timestamp: 2500 }));
  assert.deepEqual([1999, 2000, 2999, 3000].map(at), [false, true, true, false]);
  assert.ok(span.has(0, { kind: "gap", cause: "slow", from: 1, to: 2, count: 2, at: 2500 }));
  assert.ok(span.timed && !span.whole && WHOLE.whole && !WHOLE.timed);
  assert.ok(!new Span({ from: 1 }).has(0, entry(1)) && new Span({ from: 1 }).has(1, entry(1)));
});

test("a time survives the address, and what is no time is everything", () => {
  const span = new Span({ since: 1_764_066_600_000, until: 1_764_066_620_000 });
  assert.equal(span.toQuery(), "range=1764066600-1764066620");
  assert.deepEqual(Span.fromQuery(`q=a&${span.toQuery()}`), span);
  assert.equal(WHOLE.toQuery() + new Span({ from: 7 }).toQuery(), "");
  for (const text of [
    "",
    "range=",
    "range=5-5",
    "range=9-5",
    "range=5",
    "range=a-b",
    "range=-5-9",
    `range=${"9".repeat(20)}-5`,
  ]) {
    assert.equal(Span.fromQuery(text), WHOLE, text);
  }
});

test("a filteredRows shows the stretch alone, and counts apart what only that hides, and as rows go", () => {
  const ring = new Ring({ rows: 64 });
  const fields = (/** @type {number} */ seq) => ({
    receivedAt: seq * 1000,
    level: /** @type {"error" | "info"} */ (seq % 3 ? "info" : "error"),
    message: seq % 2 ? "odd" : "even",
  });
  ring.append(entries(50, 0, fields));
  for (const origin of [0, 20, 45, undefined]) {
    const filteredRows = new FilteredRows(
      ring,
      new Filter({ text: "odd" }),
      origin,
      new Span({ since: 10_000, until: 20_000 }),
    );
    filteredRows.advance();
    assert.deepEqual(
      Array.from({ length: filteredRows.length }, (_, i) => filteredRows.rowAt(filteredRows.first + i)),
      [11, 13, 15, 17, 19],
    );
    assert.deepEqual(
      [
        filteredRows.looked,
        filteredRows.hidden,
        filteredRows.hiddenErrors,
        filteredRows.outside,
        filteredRows.outsideErrors,
      ],
      [50, 25, 9, 20, 7],
    );
  }
  const filteredRows = new FilteredRows(
    ring,
    new Filter({ text: "odd" }),
    undefined,
    new Span({ since: 10_000, until: 20_000 }),
  );
  ring.observe({ dropping: (from, end) => filteredRows.dropping(from, end) });
  filteredRows.advance();
  ring.append(entries(20, 50, fields));
  filteredRows.advance();
  assert.equal(filteredRows.looked, ring.length);
  assert.equal(filteredRows.length + filteredRows.hidden + filteredRows.outside, ring.length);
  const { entries: counted } = summed(filteredRows.histogram.bars(0, 100));
  assert.equal(counted, filteredRows.length + filteredRows.outside, "the histogram holds the whole");
});

test("a time that ends now is told by its length, and one without an end by its beginning", () => {
  const now = 1_800_000_000_500;
  const hour = Span.last(3_600_000, now);
  assert.deepEqual([hour.since, hour.until, hour.toQuery()], [1_799_996_400_000, Infinity, "range=-3600s"]);
  assert.equal(Span.fromQuery("q=a&range=-3600s", now + 60_000).since, 1_799_996_460_000);
  const open = Span.fromQuery("range=1799996400-");
  assert.deepEqual([open.since, open.until, open.toQuery()], [1_799_996_400_000, Infinity, "range=1799996400-"]);
  const past = Span.fromQuery("range=-1799996400");
  assert.deepEqual([past.since, past.until, past.toQuery()], [-Infinity, 1_799_996_400_000, "range=-1799996400"]);
  for (const spoiled of ["range=-0s", "range=-1h", "range=9-5", "range=-"])
    assert.equal(Span.fromQuery(spoiled).timed, false, spoiled);
});
