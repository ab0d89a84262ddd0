import assert from "node:assert/strict";
import { test } from "node:test";
import { Filter } from "../../../web/js/query/filter.js";
import { Span } from "../../../web/js/log/span.js";
import { GapList } from "../../../web/js/log/gap-list.js";
import { Log } from "../../../web/js/log/log.js";
import { lackText, rangeText } from "../../../web/js/log/range-text.js";
import { ErrorGroups } from "../../../web/js/panels/errors/error-groups.js";
import { entries } from "../watching.mjs";

const kinds = (/** @type {number} */ seq) => ({
  level: /** @type {"error" | "info"} */ (seq % 7 === 0 ? "error" : "info"),
  message: seq % 7 === 0 ? `pool ${seq} is empty` : `step ${seq % 3}`,
  endpoint: seq % 2 ? `/users/${seq}` : "",
  method: seq % 2 ? "GET" : "",
  duration: seq % 50,
});
const errors = new Filter({ text: "level:error" });

/** What a log shows and counts, in full. @param {Log} log */
function told(log) {
  log.advance(Infinity);
  const { lines, ring, filteredRows, facetCounts } = log;
  return {
    seqs: Array.from({ length: lines.length }, (_, index) => {
      const row = ring.row(lines.rowAt(lines.first + index));
      return row.kind === "entry" ? row.seq : row.kind;
    }),
    counts: [filteredRows.looked, filteredRows.hidden, filteredRows.hiddenErrors, filteredRows.entries],
    facets: facetCounts.ranking("level"),
    entries: facetCounts.entries,
    oldestAt: log.oldestAt,
  };
}

test("what comes before the rest is shown and counted as if it had always stood there", () => {
  for (const collapses of [false, true])
    for (const filter of [new Filter(), errors]) {
      const [whole, late] = [new Log({ filter }), new Log({ filter })];
      for (const log of [whole, late]) log.collapse(collapses);
      const groups = new ErrorGroups(late);
      whole.deliver(entries(3000, 1, kinds), 0);
      late.deliver(entries(200, 2801, kinds), 0);
      told(late);
      groups.advance(() => false);
      for (let from = 2601; from > 0; from -= 200) {
        assert.ok(late.deliverEarlier(entries(200, from, kinds), 200));
        if (from % 400 === 1) told(late);
        groups.advance(() => false);
      }
      late.deliver(entries(10, 3001, kinds), 0);
      whole.deliver(entries(10, 3001, kinds), 0);
      assert.deepEqual(told(late), told(whole));
      groups.advance(() => false);
      assert.equal(groups.entries, 430, "groups take it in too");
      groups.stop();
    }
});

test("rows keep their numbers, and the first one goes on counting down", () => {
  const { ring, ...log } = new Log();
  ring.append(entries(3, 11));
  const [row] = [ring.row(1)];
  ring.prepend(entries(2, 9));
  assert.deepEqual([ring.first, ring.end, ring.row(1) === row], [-2, 3, true]);
  assert.deepEqual(
    [ring.row(-2), ring.row(-1)].map((each) => each.kind === "entry" && each.seq),
    [9, 10],
  );
  assert.ok(ring.has(-2) && !ring.has(-3) && log);
});

test("there is only so much room, and none once rows were dropped", () => {
  const { ring } = new Log();
  ring.maxRows = 10;
  ring.append(entries(6, 11));
  assert.equal(ring.prepend(entries(8, 3)), 4);
  const first = ring.row(ring.first);
  assert.equal(first.kind === "entry" && first.seq, 7, "the newest of them");
  assert.equal(ring.prepend(entries(2, 1)), 0);
  ring.append(entries(1, 17));
  assert.ok(ring.dropped > 0);
  ring.maxRows = 100;
  assert.equal(ring.prepend(entries(2, 1)), 0);
  const sized = new Log().ring;
  sized.maxSize = 1000;
  sized.append(entries(2, 11), 400);
  assert.equal(sized.prepend(entries(5, 6), 1000), 3);
});

test("what comes late is not new, and makes what it holds known", () => {
  const log = new Log();
  const at = (/** @type {number} */ seconds, /** @type {string} */ message) => ({
    receivedAt: 1_800_000_000_000 + seconds * 1000,
    message,
  });
  log.deliver(
    entries(1, 10, () => at(0, "one thing")),
    0,
  );
  log.deliverEarlier(
    entries(1, 9, () => at(-3600, "another thing")),
    0,
  );
  log.firstSeen.begin();
  log.deliver(
    entries(1, 11, () => at(1, "another thing")),
    0,
  );
  log.deliver(
    entries(1, 12, () => at(2, "a third thing")),
    0,
  );
  assert.deepEqual(
    [-1, 0, 1, 2].map((row) => log.firstSeen.of(row)),
    [null, null, null, "message"],
  );
});

test("gaps stand in their order, and the reader's place stays", () => {
  const log = new Log();
  const gaps = new GapList(log.ring);
  const gap = (/** @type {number} */ at) =>
    /** @type {any} */ ({ kind: "gap", cause: "restart", from: null, to: null, count: null, at });
  log.deliver([gap(20), ...entries(1, 2)], 0);
  log.deliverEarlier([gap(10), ...entries(1, 1)], 0);
  assert.deepEqual(
    gaps.list.map(({ row, at }) => [row.at, at]),
    [
      [10, -2],
      [20, 0],
    ],
  );
});

test("every figure says over what it is counted", () => {
  const counted = { oldestAt: 1_000_000, serverTime: 1_000_000 + 24 * 60_000, earlierLeft: 4176 };
  assert.equal(rangeText(counted), "last 24 min");
  assert.equal(lackText(counted), "4,176 older entries, loading");
  assert.equal(lackText({ ...counted, earlierLeft: 1 }), "1 older entry, loading");
  assert.deepEqual([rangeText({ ...counted, oldestAt: 0 }), lackText({ ...counted, earlierLeft: 0 })], ["", ""]);
});

test("a figure says which time it is over, and what of history it lacks", () => {
  const hour = 3_600_000;
  const now = Date.UTC(2026, 10, 29, 16, 0);
  const counted = { oldestAt: now - 3 * hour, serverTime: now, earlierLeft: 0, wholeSince: now - hour };
  const standing = { state: /** @type {"rest"} */ ("rest"), further: 18_000, partial: true };
  assert.equal(rangeText({ ...counted, history: { standing } }, "utc"), "last 1 h, and what matches since 13:00");
  const end = { ...standing, state: /** @type {"end"} */ ("end") };
  assert.equal(rangeText({ ...counted, history: { standing: end } }), "last 1 h, and all that matches in history");
  assert.equal(rangeText({ ...counted, history: { standing: { ...standing, partial: false } } }), "last 3 h");
  for (const [span, words] of /** @type {const} */ ([
    [Span.last(hour, now), "last hour"],
    [Span.last(24 * hour, now), "last day"],
    [Span.last(15 * 60_000, now), "last 15 min"],
    [new Span({ since: now - hour }), "since 15:00:00"],
    [new Span({ until: now }), "until 16:00:00"],
    [new Span({ since: now - hour, until: now }), "15:00:00–16:00:00"],
  ]))
    assert.equal(rangeText({ ...counted, span }, "utc"), words);
  const lacks = (/** @type {object} */ how) => lackText({ ...counted, history: { standing: { ...standing, ...how } } });
  assert.equal(lacks({}), "18,000 older entries in history");
  assert.equal(lacks({ state: "looking" }), "looking through history, 18,000 to go");
  assert.equal(lacks({ state: "looking", further: 0 }), "looking through history");
  assert.equal(lacks({ state: "halted" }), "18,000 older entries not looked at");
  assert.match(lacks({ state: "busy" }), /busy/);
  assert.match(lacks({ state: "full" }), /holds at once/);
  assert.equal(lacks({ state: "end", further: 0 }), "");
});

test("what is lent again after older rows were dropped is shown and counted as if it had always stood there", () => {
  for (const collapses of [false, true])
    for (const filter of [new Filter(), errors]) {
      const [whole, late] = [new Log({ filter }), new Log({ filter })];
      for (const log of [whole, late]) log.collapse(collapses);
      const groups = new ErrorGroups(late);
      late.ring.maxRows = 1000;
      for (let from = 1; from < 3000; from += 500) {
        late.deliver(entries(500, from, kinds), 0);
        told(late);
        groups.advance(() => false);
      }
      const first = /** @type {any} */ (late.ring.row(late.ring.first)).seq;
      for (let end = first; end > first - 600; end -= 200) {
        late.deliverEarlier(entries(200, end - 200, kinds), 0, true);
        told(late);
      }
      groups.advance(() => false);
      whole.deliver(entries(3000 - first + 601, first - 600, kinds), 0);
      assert.deepEqual(told(late), told(whole));
      assert.equal(groups.entries, late.facetCounts.count("level", "error"));
      late.ring.giveBack(late.ring.first + 450);
      late.deliverEarlier(entries(100, first - 250, kinds), 0, true);
      const part = new Log({ filter });
      part.collapse(collapses);
      part.deliver(entries(3000 - first + 251, first - 250, kinds), 0);
      assert.deepEqual(told(late), told(part));
      groups.stop();
    }
});
