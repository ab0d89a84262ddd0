import assert from "node:assert/strict";
import test from "node:test";

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
      { from: -Infinity, end: one.at },
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

test("a mark can be set above a row that is there, or at a time", () => {
  const log = new Log();
  const marks = new Marks(log);
  deliver(log, "a", "b", "c", "d");
  const at = (/** @type {number} */ row) => /** @type {any} */ (log.ring.row(row)).receivedAt;
  const late = marks.set(at(3) + 1);
  const early = marks.setAbove(2);
  assert.deepEqual(marks.list, [early, late], "in the log's order");
  assert.equal(early.row.at, at(2));
  assert.equal(marks.setAbove(2), early, "there is one already");
  assert.equal(marks.setAt(at(1) - 1).at, 1, "above the first that came then or later");
  assert.equal(marks.setAt(at(1)).at, 1);
  assert.equal(log.ring.length, 5, "no row is added");
  assert.equal(marks.setAt(at(3) + 2).at, 5, "behind the newest");
  assert.deepEqual(marks.above(2, 1), [early]);
  assert.deepEqual(
    marks.above(3, 0).map((mark) => mark.at),
    [1, 2],
    "rows in between are not shown",
  );
  assert.deepEqual(marks.above(4, 2), [], "the others have rows of their own");
  assert.equal(marks.until(early), late.row.at);
});

test("a program's start and end, as run tells them, are marks by themselves", () => {
  const log = new Log();
  const { marks } = log;
  const told = (/** @type {string} */ kind, /** @type {string} */ message, more = "") => ({
    ...entry(message),
    metadata: `{"run":"${kind}"${more}}`,
  });
  log.deliver([entry("before"), told("start", "npm start started", ',"pid":7'), entry("GET /a")], 0);
  log.deliver([told("exit", "npm start exited with 1"), told("nothing of the kind", "no mark")], 0);
  const list = () => marks.list.map(({ at, above, row }) => [at, above, row.name]);
  assert.deepEqual(list(), [
    [1, true, "npm start started"],
    [3, true, "npm start exited with 1"],
  ]);
  assert.equal(marks.newest?.row.ofRun, true);
  marks.name(marks.list[0], "mine");
  assert.equal(marks.list[0].row.ofRun, false, "it is the reader's own from now on");
  log.deliver(
    Array.from({ length: 60 }, (_, number) => told("restart", `again ${number}`)),
    0,
  );
  assert.equal(marks.list.length, 51, "the newest, and the reader's own");
  assert.equal(marks.newest?.row.name, "again 59");
});
