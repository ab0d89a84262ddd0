import assert from "node:assert/strict";
import { test } from "node:test";
import { Filter } from "../../../web/js/query/filter.js";
import { Ring } from "../../../web/js/log/ring.js";
import { FilteredRows } from "../../../web/js/log/filtered-rows.js";
import { entries, entry } from "../watching.mjs";

/** @param {FilteredRows} filteredRows */
const shown = (filteredRows) =>
  Array.from({ length: filteredRows.length }, (_, i) => filteredRows.rowAt(filteredRows.first + i));
const errors = new Filter({ text: "level:error" });
const mixed = (/** @type {number} */ seq) => ({
  level: /** @type {"error" | "info"} */ (seq % 3 === 0 ? "error" : "info"),
  message: seq % 2 ? "odd" : "even",
});

/** @param {number} [rows] */
function ringOf(rows = 1000, bound = 200_000) {
  const ring = new Ring({ rows: bound });
  ring.append(entries(rows, 0, mixed));
  return ring;
}

/** What filtered rows must hold: asked of the ring itself. @param {Ring} ring @param {Filter} filter */
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
    const filteredRows = new FilteredRows(ring, errors, origin);
    filteredRows.advance();
    assert.ok(filteredRows.complete);
    assert.deepEqual(shown(filteredRows), expected(ring, errors));
    assert.deepEqual([filteredRows.looked, filteredRows.hidden, filteredRows.hiddenErrors], [1000, 666, 0]);
  }
});

test("hidden errors are counted apart", () => {
  const filteredRows = new FilteredRows(ringOf(), new Filter({ text: "odd" }));
  filteredRows.advance();
  assert.deepEqual([filteredRows.looked, filteredRows.hidden, filteredRows.hiddenErrors], [1000, 500, 167]);
});

test("the work is done in slices: where the reader is first, then forward, then back; positions never move", () => {
  const ring = ringOf(10_000);
  const filteredRows = new FilteredRows(ring, errors, 5001);
  filteredRows.advance(() => true);
  assert.equal(filteredRows.rowAt(0), 5001);
  assert.ok(!filteredRows.complete && filteredRows.first === 0);
  let turns = 1;
  while (!filteredRows.complete) {
    filteredRows.advance(() => true);
    turns++;
    assert.equal(filteredRows.rowAt(0), 5001);
  }
  assert.ok(turns > 30);
  assert.deepEqual(shown(filteredRows), expected(ring, errors));
});

test("rows that come are shown, rows that are dropped leave with their counts", () => {
  const ring = ringOf(0, 640);
  const filteredRows = new FilteredRows(ring, errors);
  ring.observe({ dropping: (from, end) => filteredRows.dropping(from, end) });
  for (let batch = 0; batch < 40; batch++) {
    ring.append(entries(77, batch * 77, mixed));
    if (batch % 3) filteredRows.advance();
    const first = filteredRows.first;
    assert.ok(
      shown(filteredRows).every((row) => ring.has(row)),
      `batch ${batch}, first ${first}`,
    );
  }
  filteredRows.advance();
  assert.deepEqual(shown(filteredRows), expected(ring, errors));
  assert.equal(filteredRows.looked, ring.length);
  assert.equal(filteredRows.hidden, ring.length - filteredRows.length);
});

test("dropping reaches what was found going back", () => {
  const ring = ringOf(640, 640);
  const filteredRows = new FilteredRows(ring, errors, 320);
  ring.observe({ dropping: (from, end) => filteredRows.dropping(from, end) });
  filteredRows.advance();
  for (const size of [50, 200, 300, 640]) {
    ring.append(entries(size, ring.end, mixed));
    assert.ok(shown(filteredRows).every((row) => ring.has(row)));
    filteredRows.advance();
    assert.deepEqual(shown(filteredRows), expected(ring, errors));
    assert.equal(filteredRows.looked, ring.length);
  }
});

test("a row is found where it stands, a hidden one where the next shown stands", () => {
  const ring = ringOf();
  const filteredRows = new FilteredRows(ring, errors, 500);
  filteredRows.advance();
  assert.equal(filteredRows.rowAt(filteredRows.positionOf(300)), 300);
  assert.equal(filteredRows.rowAt(filteredRows.positionOf(301)), 303);
  assert.equal(filteredRows.positionOf(0), filteredRows.first);
  assert.equal(filteredRows.positionOf(5000), filteredRows.end);
});

test("gaps and session ends are never hidden nor counted", () => {
  const ring = new Ring();
  ring.append([
    entry(1),
    { kind: "gap", cause: "slow", from: 2, to: 3, count: 2, at: 0 },
    { kind: "session", end: "expired", at: 0 },
  ]);
  const filteredRows = new FilteredRows(ring, errors);
  filteredRows.advance();
  assert.deepEqual(shown(filteredRows), [1, 2]);
  assert.deepEqual([filteredRows.looked, filteredRows.hidden], [1, 1]);
});
