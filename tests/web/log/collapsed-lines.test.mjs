import assert from "node:assert/strict";
import { test } from "node:test";
import { Filter } from "../../../web/js/query/filter.js";
import { isRepeat } from "../../../web/js/log/repeat-key.js";
import { Ring } from "../../../web/js/log/ring.js";
import { CollapsedLines } from "../../../web/js/log/collapsed-lines.js";
import { FilteredRows } from "../../../web/js/log/filtered-rows.js";
import { entry } from "../watching.mjs";

/** A ring, told what to append by letters: each is a kind of message; `|` is a mark. @param {string} kinds */
function rig(kinds, { bound = 200_000, origin = /** @type {number | undefined} */ (undefined) } = {}) {
  const ring = new Ring({ rows: bound });
  const append = (/** @type {string} */ more) =>
    ring.append(
      [...more].map((kind, index) =>
        kind === "|"
          ? /** @type {const} */ ({ kind: "mark", number: 1, name: "", cleared: false, at: 0 })
          : entry(ring.end + index, { message: `kind ${kind}` }),
      ),
    );
  append(kinds);
  const filteredRows = new FilteredRows(ring, new Filter(), origin);
  const runs = new CollapsedLines(ring, filteredRows, origin);
  ring.observe({
    dropping(from, end) {
      filteredRows.dropping(from, end);
      runs.dropped();
    },
  });
  const self = {
    ring,
    filteredRows,
    runs,
    /** @param {string} more */
    add(more) {
      append(more);
      return self.advance();
    },
    advance() {
      filteredRows.advance();
      runs.advance();
      return self;
    },
    /** Each line: its row, and how many it stands for. */
    lines: () =>
      Array.from({ length: runs.length }, (_, index) => {
        const run = runs.runAt(runs.first + index);
        const row = runs.rowAt(runs.first + index);
        return run ? `${row}${run.open ? " open " : "×"}${run.count}` : `${row}`;
      }).join(" "),
  };
  return self.advance();
}

test("what repeats stands as one, until something else comes between", () => {
  const { runs, lines, add } = rig("aaabcc|cc");
  assert.equal(lines(), "0×3 3 4×2 6 7×2");
  assert.equal(runs.length, 5);
  add("cca");
  assert.equal(lines(), "0×3 3 4×2 6 7×4 11");
});

test("a run that grows stays where it is", () => {
  const { runs, lines, add } = rig("ab", { origin: 0 });
  add("b".repeat(1000));
  assert.equal(lines(), "0 1×1001");
  assert.deepEqual([runs.first, runs.end, runs.rowAt(1), runs.lastAt(1)], [0, 2, 1, 1001]);
  assert.equal(runs.rowsFrom(1), 1001);
  assert.equal(runs.rowsFrom(2), 0);
  assert.equal(runs.rowsSince(990), 12);
  assert.deepEqual(
    runs.runAt(1, 501),
    { first: 1, last: 500, count: 500, open: false },
    "as far as it is not held back",
  );
  assert.equal(runs.runAt(1, 2), null);
});

test("every row has its line, whichever way it was found", () => {
  for (const origin of [0, 1, 2, 5, 6, 9, 10]) {
    const { runs, lines } = rig("aaabbccccd", { origin });
    assert.equal(lines(), "0×3 3×2 5×4 9");
    const places = Array.from({ length: 10 }, (_, row) => runs.positionOf(row) - runs.first);
    assert.deepEqual(places, [0, 0, 0, 1, 1, 2, 2, 2, 2, 3]);
    assert.deepEqual(
      [0, 1, 3, 5, 6, 10].map((row) => runs.endBefore(row) - runs.first),
      [0, 1, 1, 2, 3, 4],
    );
    assert.equal(runs.positionOf(10), runs.end);
  }
});

test("opened, each row has a line of its own, and so has what the run goes on with; closed, it is one again", () => {
  for (const origin of [0, 2, 8]) {
    const { runs, lines, add } = rig("abbbc", { origin });
    assert.ok(runs.unfold(runs.positionOf(2), true));
    assert.equal(lines(), "0 1 open 3 2 3 4");
    assert.ok(!runs.unfold(runs.positionOf(2), true), "it is open");
    add("bb");
    assert.equal(lines(), "0 1 open 3 2 3 4 5×2", "another run is another");
    runs.unfold(runs.positionOf(5), true);
    add("b");
    assert.equal(lines(), "0 1 open 3 2 3 4 5 open 3 6 7");
    assert.ok(runs.unfold(runs.positionOf(3), false), "from any of its lines");
    assert.equal(lines(), "0 1×3 4 5 open 3 6 7");
    assert.ok(runs.unfold(runs.positionOf(5), false));
    assert.equal(lines(), "0 1×3 4 5×3");
    assert.ok(!runs.unfold(runs.positionOf(0), true) && !runs.unfold(runs.positionOf(0), false), "one alone is no run");
  }
});

test("rows that are dropped leave the rest of their run", () => {
  const { runs, ring, filteredRows, lines } = rig("aaabbbbcc");
  const place = runs.positionOf(8);
  const drop = (/** @type {number} */ rows) => {
    ring.maxRows = ring.length - rows;
    ring.append([entry(ring.end, { message: "kind c" })]);
    filteredRows.advance();
    runs.advance();
  };
  drop(1);
  assert.equal(lines(), "2 3×4 7×3", "two went: one more than was asked for, as one came");
  runs.unfold(runs.positionOf(3), true);
  drop(1);
  assert.equal(lines(), "4 open 3 5 6 7×4");
  assert.equal(runs.positionOf(8), place, "what stands behind keeps its position, but for what was opened before it");
  ring.clear();
  assert.equal(runs.length, 0);
  assert.equal(rig("").lines(), "");
});

test("whatever happens, the lines tell the rows of the filteredRows in order, as few as can be", () => {
  let seed = 7;
  const random = (/** @type {number} */ below) => (seed = (seed * 48271) % 2147483647) % below;
  for (let round = 0; round < 60; round++) {
    const { ring, filteredRows, runs, add } = rig("", { bound: 200 + random(200) });
    add(Array.from({ length: random(300) }, () => "aab|"[random(4)]).join(""));
    // made while there are rows, and looked at slice by slice
    const later = new CollapsedLines(ring, filteredRows, ring.first + random(ring.length + 1));
    ring.observe({ dropping: () => later.dropped() });
    for (let step = 0; step < 12; step++) {
      add(Array.from({ length: random(120) }, () => "aaaab|"[random(6)]).join(""));
      later.advance(() => true);
      for (const lines of [runs, later]) {
        if (lines.length > 0) lines.unfold(lines.first + random(lines.length), random(2) === 0);
        check(lines, ring, filteredRows);
      }
    }
    while (!later.complete) later.advance();
    check(later, ring, filteredRows);
  }
});

/** @param {CollapsedLines} runs @param {Ring} ring @param {FilteredRows} filteredRows */
function check(runs, ring, filteredRows) {
  const told = [];
  for (let position = runs.first; position < runs.end; position++) {
    const [first, last] = [
      filteredRows.positionOf(runs.rowAt(position)),
      filteredRows.positionOf(runs.lastAt(position)),
    ];
    for (let at = first; at <= last; at++) {
      const row = filteredRows.rowAt(at);
      told.push(row);
      assert.equal(runs.positionOf(row), position);
      assert.ok(at === first || isRepeat(ring.row(runs.rowAt(position)), ring.row(row)));
    }
    const goesOn =
      position > runs.first && isRepeat(ring.row(runs.lastAt(position - 1)), ring.row(runs.rowAt(position)));
    assert.ok(!goesOn || (first === last && runs.runAt(position) === null), "only what was opened goes on below");
  }
  const from = told.length > 0 ? filteredRows.positionOf(told[0]) : 0;
  assert.deepEqual(
    told,
    told.map((_, index) => filteredRows.rowAt(from + index)),
    "all, in order",
  );
  if (runs.complete) assert.equal(told.length, filteredRows.length);
}
