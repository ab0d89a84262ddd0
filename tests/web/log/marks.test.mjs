import assert from "node:assert/strict";
import test from "node:test";

import { Comparison } from "../../../web/js/panels/comparison.js";
import { Filter } from "../../../web/js/query/filter.js";
import { Log } from "../../../web/js/log/log.js";
import { Marks } from "../../../web/js/log/marks.js";
import { Span, WHOLE } from "../../../web/js/log/span.js";

let seq = 0;

/** @param {string} what "GET /a 200 12": method, endpoint, status, milliseconds @returns {any} */
function entry(what) {
  const [method, endpoint, status = "200", duration = "-1"] = what.split(" ");
  return {
    kind: "entry",
    service: "",
    epoch: "e",
    seq: ++seq,
    receivedAt: 1000 * seq,
    timestamp: 1000 * seq,
    level: Number(status) >= 500 ? "error" : "info",
    message: what,
    source: "",
    endpoint: endpoint ?? "",
    method: endpoint ? method : "",
    statusCode: Number(status),
    duration: Number(duration),
    metadata: "",
    truncated: [],
    readFrom: "",
  };
}

/** @param {Log} log @param {string[]} whats */
const deliver = (log, ...whats) => log.deliver(whats.map(entry), 0);

/** What is shown, told shortly. @param {Log} log */
function shown(log) {
  log.advance(Infinity);
  const { filteredRows, ring } = log;
  return Array.from({ length: filteredRows.length }, (_, index) => {
    const row = ring.row(filteredRows.rowAt(filteredRows.first + index));
    return row.kind === "entry" ? row.message : row.kind === "mark" ? `mark ${row.number}` : row.kind;
  });
}

const filterOf = (/** @type {string} */ text) => new Filter({ text });

test("a mark is a row in place, whatever the filter is", () => {
  const log = new Log();
  const marks = new Marks(log);
  deliver(log, "GET /a");
  const first = marks.set(5000);
  deliver(log, "GET /b");
  marks.set(6000);
  assert.deepEqual(shown(log), ["GET /a", "mark 1", "GET /b", "mark 2"]);
  log.setFilter(filterOf("/b"));
  assert.deepEqual(shown(log), ["mark 1", "GET /b", "mark 2"]);
  marks.clear([first]);
  log.setFilter(filterOf(""));
  assert.deepEqual(shown(log), ["GET /a", "GET /b", "mark 2"], "a cleared one is gone, the other keeps its number");
  assert.deepEqual(
    marks.list.map(({ row }) => row.number),
    [2],
  );
  marks.clear(marks.list);
  assert.equal(marks.newest, undefined);
  assert.equal(marks.set(7000).row.number, 3);
});

test("marks are stepped through, and named", () => {
  const log = new Log();
  const marks = new Marks(log);
  const one = marks.set(1);
  deliver(log, "x");
  const two = marks.set(2);
  marks.name(two, "  after the click ");
  assert.equal(two.row.name, "after the click");
  assert.equal(marks.beside(log.ring.end, -1), two);
  assert.equal(marks.beside(two.at, -1), one);
  assert.equal(marks.beside(one.at, -1), undefined);
  assert.equal(marks.beside(one.at, 1), two);
  assert.deepEqual(
    [marks.before(one), marks.after(one)],
    [
      { from: 0, end: one.at },
      { from: one.at, end: two.at },
    ],
  );
  assert.deepEqual(
    [marks.before(two), marks.after(two)],
    [
      { from: one.at, end: two.at },
      { from: two.at, end: Infinity },
    ],
  );
});

test("a mark goes with the rows around it", () => {
  const log = new Log();
  const marks = new Marks(log);
  marks.set(1);
  deliver(log, "x");
  log.ring.clear();
  assert.deepEqual(marks.list, []);
});

test("only what followed is shown, and what came before is not lost", () => {
  const log = new Log();
  const marks = new Marks(log);
  deliver(log, "GET /a", "GET /b");
  const mark = marks.set(1);
  deliver(log, "GET /c", "GET /b");
  log.showSpan(new Span({ from: mark.at }));
  assert.deepEqual(shown(log), ["mark 1", "GET /c", "GET /b"]);
  log.setFilter(filterOf("/b"));
  assert.deepEqual(shown(log), ["mark 1", "GET /b"], "a filter changes nothing about it");
  deliver(log, "GET /b");
  assert.deepEqual(shown(log), ["mark 1", "GET /b", "GET /b"]);
  assert.deepEqual(
    [log.filteredRows.looked, log.filteredRows.hidden, log.filteredRows.outside],
    [5, 2, 1],
    "what only the mark hides is told apart",
  );
  log.showSpan(WHOLE);
  assert.deepEqual(shown(log), ["GET /b", "mark 1", "GET /b", "GET /b"]);
  log.showSpan(new Span({ from: log.ring.end }));
  assert.deepEqual(shown(log), [], "cleared");
  deliver(log, "GET /b");
  assert.deepEqual(shown(log), ["GET /b"]);
});

/** @param {string[]} was @param {string[]} now */
function compared(was, now) {
  const log = new Log();
  const marks = new Marks(log);
  deliver(log, ...was);
  const mark = marks.set(1);
  deliver(log, ...now);
  const comparison = new Comparison(log.ring, marks.before(mark), marks.after(mark));
  assert.ok(comparison.advance(() => false));
  return {
    log,
    comparison,
    lines: comparison
      .lines()
      .map(({ method, route, now: { count }, was: { count: before }, changes }) => [
        `${method} ${route}`.trim(),
        before,
        count,
        ...changes,
      ]),
  };
}

test("what is new, fails, is slower, more, fewer or gone is seen, the gravest first", () => {
  const times = (/** @type {number} */ n, /** @type {string} */ what) => Array.from({ length: n }, () => what);
  const { comparison, lines } = compared(
    [
      ...times(4, "GET /users/1 200 10"),
      ...times(2, "GET /pay 200 5"),
      ...times(3, "GET /same 200 5"),
      ...times(4, "GET /rare 200"),
      "GET /old 200",
      "GET /bad 500",
      "job",
    ],
    [
      ...times(4, "GET /users/2 200 40"),
      "GET /pay 503 5",
      ...times(3, "GET /same 200 5"),
      ...times(2, "GET /rare 200"),
      ...times(2, "POST /users 201"),
      "GET /bad 200",
      "job",
    ],
  );
  assert.deepEqual(lines, [
    ["GET /pay", 2, 1, "failing", "fewer"],
    ["POST /users", 0, 2, "new"],
    ["GET /users/:id", 4, 4, "slower"],
    ["GET /rare", 4, 2, "fewer"],
    ["GET /old", 1, 0, "gone"],
    ["GET /bad", 1, 1, "mended"],
    ["GET /same", 3, 3],
    ["", 1, 1],
  ]);
  assert.deepEqual(
    [comparison.was.entries, comparison.was.errors, comparison.now.entries, comparison.now.errors],
    [16, 1, 14, 1],
  );
  const { now } = comparison.lines()[2];
  assert.ok(now.p50 >= 40 && now.p50 < 40 * 1.1 && now.p95 < 40 * 1.1, JSON.stringify(now));
});

test("with nothing before the mark, nothing counts as new", () => {
  assert.deepEqual(compared([], ["GET /a 500"]).lines, [["GET /a", 0, 1]]);
});

test("it goes on counting, in slices, and says what it came too late for", () => {
  const { log, comparison } = compared(
    ["GET /a"],
    Array.from({ length: 1000 }, () => "GET /a"),
  );
  assert.equal(comparison.now.entries, 1000);
  deliver(log, ...Array.from({ length: 700 }, () => "GET /b"));
  let turns = 1;
  while (!comparison.advance(() => true)) turns++;
  assert.deepEqual([turns, comparison.now.entries], [3, 1700]);
  deliver(log, "GET /c", "GET /c");
  log.ring.clear();
  assert.ok(comparison.advance(() => true));
  assert.deepEqual([comparison.now.entries, comparison.now.lost], [1700, 2], "what was counted stays counted");
});
