import assert from "node:assert/strict";
import { test } from "node:test";
import { Ring } from "../../../web/js/log/ring.js";
import { FacetCounts } from "../../../web/js/log/facet-counts.js";
import { entries, entry } from "../watching.mjs";

test("rows keep their numbers while older ones are dropped", () => {
  const ring = new Ring({ rows: 100 });
  ring.append(entries(100));
  const seventy = ring.row(70);
  ring.append(entries(50, 101));
  assert.equal(ring.end, 150);
  assert.ok(ring.length <= 100 && ring.length > 90);
  assert.equal(ring.dropped, 150 - ring.length);
  assert.equal(ring.row(70), seventy);
  assert.equal(ring.has(0), false);
  assert.throws(() => ring.row(0), RangeError);
  assert.throws(() => ring.row(150), RangeError);
});

test("it is bounded in characters too, and keeps the newest row whatever its size", () => {
  const ring = new Ring({ rows: 1000, size: 1000 });
  for (let i = 1; i <= 50; i++) ring.append([entry(i)], 100);
  assert.ok(ring.size <= 1000);
  assert.ok(ring.length >= 9);
  ring.append([entry(51)], 5000);
  assert.equal(ring.length, 1);
  assert.equal(/** @type {any} */ (ring.row(50)).seq, 51);
});

test("a batch larger than the ring leaves its end", () => {
  const ring = new Ring({ rows: 64 });
  ring.append(entries(1000));
  assert.equal(ring.end, 1000);
  assert.ok(ring.length <= 64);
});

test("observers see rows when they are there, and before they go", () => {
  const ring = new Ring({ rows: 64 });
  /** @type {number[]} */
  const gone = [];
  let added = 0;
  ring.observe({
    added: (from, end) => {
      for (let i = from; i < end; i++) added += ring.row(i) ? 1 : 0;
    },
    dropping: (from, end) => {
      for (let i = from; i < end; i++) gone.push(/** @type {any} */ (ring.row(i)).seq);
    },
  });
  ring.append(entries(64));
  ring.append(entries(10, 65));
  assert.equal(added, 74);
  assert.deepEqual(
    gone,
    Array.from({ length: ring.first }, (_, i) => i + 1),
  );
  ring.clear();
  assert.equal(gone.length, 74);
  assert.equal(ring.first, 74);
  assert.equal(ring.size, 0);
});

test("the last gap before a row is found, as long as it is kept", () => {
  const ring = new Ring({ rows: 64 });
  const gap = /** @type {const} */ ({ kind: "gap", cause: "slow", from: 1, to: 2, count: 2, at: 0 });
  ring.append([entry(1), gap, entry(4), gap, entry(7)]);
  assert.equal(ring.lastOfKind("gap", ring.end), 3);
  assert.equal(ring.lastOfKind("gap", 3), 1);
  assert.equal(ring.lastOfKind("gap", 1), null);
  ring.append(entries(200, 8));
  assert.equal(ring.lastOfKind("gap", ring.end), null);
});

test("the facetCounts counts what is kept, no more", () => {
  const ring = new Ring({ rows: 64 });
  const facetCounts = new FacetCounts(ring);
  ring.append(
    entries(40, 1, (seq) => ({ level: seq % 4 === 0 ? "error" : "info", source: seq % 2 ? "api" : "worker" })),
  );
  ring.append([
    { kind: "gap", cause: "slow", from: 41, to: 58, count: 18, at: 0 },
    { kind: "session", end: "expired", at: 0 },
  ]);
  assert.equal(facetCounts.entries, 40);
  assert.equal(facetCounts.count("level", "error"), 10);
  assert.equal(facetCounts.count("level", "debug"), 0);
  assert.deepEqual(facetCounts.ranking("source"), [
    ["api", 20],
    ["worker", 20],
  ]);
  assert.equal(facetCounts.missed, 18);
  ring.append(entries(100, 59, () => ({ source: "__proto__" })));
  assert.deepEqual(facetCounts.ranking("source"), [["__proto__", facetCounts.entries]]);
  assert.equal(facetCounts.gaps, 0);
  ring.clear();
  assert.equal(facetCounts.entries, 0);
  assert.deepEqual(facetCounts.ranking("level"), []);
});
