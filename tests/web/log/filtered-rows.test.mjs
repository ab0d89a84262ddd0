import assert from "node:assert/strict";
import { test } from "node:test";
import { Choice, Filter } from "../../../web/js/query/filter.js";
import { Ring } from "../../../web/js/log/ring.js";
import { Sieve } from "../../../web/js/log/filtered-rows.js";
import { entries, entry } from "../watching.mjs";

/** @param {Sieve} sieve */
const shown = (sieve) => Array.from({ length: sieve.length }, (_, i) => sieve.rowAt(sieve.first + i));
const errors = new Filter({ levels: new Choice(["error"], true) });
const mixed = (/** @type {number} */ seq) => ({ level: /** @type {"error" | "info"} */ (seq % 3 === 0 ? "error" : "info"), message: seq % 2 ? "odd" : "even" });

/** @param {number} [rows] */
function ringOf(rows = 1000, bound = 200_000) {
  const ring = new Ring({ rows: bound });
  ring.append(entries(rows, 0, mixed));
  return ring;
}

/** What a sieve must show: asked of the ring itself. @param {Ring} ring @param {Filter} filter */
function expected(ring, filter) {
  const rows = [];
  for (let i = ring.first; i < ring.end; i++) {
    const row = ring.row(i);
    if (row.kind !== "entry" || filter.matches(row)) rows.push(i);
  }
  return rows;
}

test("from any origin the same rows are found, in order", () => {
  const ring = ringOf();
  for (const origin of [0, 1, 500, 999, 1000, undefined]) {
    const sieve = new Sieve(ring, errors, origin);
    sieve.advance();
    assert.ok(sieve.complete);
    assert.deepEqual(shown(sieve), expected(ring, errors));
    assert.deepEqual([sieve.looked, sieve.hidden, sieve.hiddenErrors], [1000, 666, 0]);
  }
});

test("hidden errors are counted apart", () => {
  const sieve = new Sieve(ringOf(), new Filter({ text: "odd" }));
  sieve.advance();
  assert.deepEqual([sieve.looked, sieve.hidden, sieve.hiddenErrors], [1000, 500, 167]);
});

test("the work is done in slices: where the reader is first, then forward, then back; positions never move", () => {
  const ring = ringOf(10_000);
  const sieve = new Sieve(ring, errors, 5001);
  sieve.advance(() => true);
  assert.equal(sieve.rowAt(0), 5001);
  assert.ok(!sieve.complete && sieve.first === 0);
  let turns = 1;
  while (!sieve.complete) {
    sieve.advance(() => true);
    turns++;
    assert.equal(sieve.rowAt(0), 5001);
  }
  assert.ok(turns > 30);
  assert.deepEqual(shown(sieve), expected(ring, errors));
});

test("rows that come are shown, rows that are dropped leave with their counts", () => {
  const ring = ringOf(0, 640);
  const sieve = new Sieve(ring, errors);
  ring.observe({ dropping: (from, end) => sieve.dropping(from, end) });
  for (let batch = 0; batch < 40; batch++) {
    ring.append(entries(77, batch * 77, mixed));
    if (batch % 3) sieve.advance();
    const first = sieve.first;
    assert.ok(shown(sieve).every((row) => ring.has(row)), `batch ${batch}, first ${first}`);
  }
  sieve.advance();
  assert.deepEqual(shown(sieve), expected(ring, errors));
  assert.equal(sieve.looked, ring.length);
  assert.equal(sieve.hidden, ring.length - sieve.length);
});

test("dropping reaches what was found going back", () => {
  const ring = ringOf(640, 640);
  const sieve = new Sieve(ring, errors, 320);
  ring.observe({ dropping: (from, end) => sieve.dropping(from, end) });
  sieve.advance();
  for (const size of [50, 200, 300, 640]) {
    ring.append(entries(size, ring.end, mixed));
    assert.ok(shown(sieve).every((row) => ring.has(row)));
    sieve.advance();
    assert.deepEqual(shown(sieve), expected(ring, errors));
    assert.equal(sieve.looked, ring.length);
  }
});

test("a row is found where it stands, a hidden one where the next shown stands", () => {
  const ring = ringOf();
  const sieve = new Sieve(ring, errors, 500);
  sieve.advance();
  assert.equal(sieve.rowAt(sieve.positionOf(300)), 300);
  assert.equal(sieve.rowAt(sieve.positionOf(301)), 303);
  assert.equal(sieve.positionOf(0), sieve.first);
  assert.equal(sieve.positionOf(5000), sieve.end);
});

test("gaps and session ends are never hidden nor counted", () => {
  const ring = new Ring();
  ring.append([entry(1), { kind: "gap", cause: "slow", from: 2, to: 3, count: 2, at: 0 }, { kind: "session", end: "expired", at: 0 }]);
  const sieve = new Sieve(ring, errors);
  sieve.advance();
  assert.deepEqual(shown(sieve), [1, 2]);
  assert.deepEqual([sieve.looked, sieve.hidden], [1, 1]);
});
