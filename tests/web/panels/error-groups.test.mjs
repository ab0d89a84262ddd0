import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorGroups } from "../../../web/js/panels/errors/error-groups.js";
import { Filter } from "../../../web/js/query/filter.js";
import { Log } from "../../../web/js/log/log.js";
import { failureTerms, patternOf } from "../../../web/js/query/drill-down.js";
import { compiled, MAX_SIZE } from "../../../web/js/query/language/regex.js";
import { entry } from "../watching.mjs";

const error = (/** @type {string} */ name, /** @type {string} */ message) =>
  JSON.stringify({ error: { name, message } });

/** @param {Partial<import("../../../web/js/entry/entry.js").Entry>[]} entries */
function counted(entries) {
  const log = new Log();
  log.deliver(
    entries.map((fields, index) => entry(index + 1, { level: "error", receivedAt: 1000 * (index + 1), ...fields })),
    100,
  );
  log.advance(Infinity);
  const groups = new ErrorGroups(log);
  groups.advance(() => false);
  return { log, groups, lines: groups.lines(10_000).sort((one, other) => one.firstAt - other.firstAt) };
}

const SEVERAL = [
  { message: "Charge of order 1 failed: timed out" },
  { message: "Charge of order 22 failed: timed out" },
  { message: "all is well", level: /** @type {const} */ ("info") },
  {
    method: "GET",
    endpoint: "/users/1",
    message: "GET /users/1 failed: deadlock",
    metadata: error("QueryError", "deadlock in row 7"),
    statusCode: 500,
  },
  {
    method: "GET",
    endpoint: "/users/2",
    message: "GET /users/2 failed: deadlock",
    metadata: error("QueryError", "deadlock in row 12"),
    statusCode: 500,
  },
  {
    method: "POST",
    endpoint: "/orders",
    message: "POST /orders failed: deadlock",
    metadata: error("QueryError", "deadlock in row 9"),
    statusCode: 500,
  },
  {
    method: "GET",
    endpoint: "/users/3",
    message: "GET /users/3",
    statusCode: 503,
    level: /** @type {const} */ ("warn"),
  },
  { method: "GET", endpoint: "/users/3", message: "GET /users/3", statusCode: 500 },
];

test("failures of one shape are one: how often, since when, where, and the newest of them", () => {
  const { lines, groups } = counted(SEVERAL);
  assert.deepEqual(
    lines.map(({ told, name, words, count, firstAt, lastAt, row, latest, routes }) => [
      told,
      name,
      words,
      count,
      firstAt,
      lastAt,
      row,
      latest.seq,
      routes.map(({ route, count: n }) => `${route.key} ${n}`).join(),
    ]),
    [
      ["message", "", "Charge of order # failed: timed out", 2, 1000, 2000, 1, 2, ""],
      ["error", "QueryError", "deadlock in row #", 3, 4000, 6000, 5, 6, "GET /users/:id 2,POST /orders 1"],
      ["status", "", "GET /users/:id answered 503", 1, 7000, 7000, 6, 7, "GET /users/:id 1"],
      ["status", "", "GET /users/:id answered 500", 1, 8000, 8000, 7, 8, "GET /users/:id 1"],
    ],
  );
  assert.equal(groups.entries, 7);
});

test("the terms of a group find all of it, and nothing of the others", () => {
  const odd = [
    { message: "what? (a+b)* [x] {1} ^$ | 5/6 \\ /usr/lib/7?q=1 'x y' \"z\" é😀" },
    { message: `long ${"and longer ".repeat(60)}` },
    { message: "above all\n  two lines" },
    { message: "KeyError", metadata: error("KeyError", "") },
    { message: "Error2", metadata: error("Error2", "at /a/1/b?x=1#y: 7") },
    { message: "a text", metadata: JSON.stringify({ error: "plain 5 words" }) },
    { message: "pino", metadata: JSON.stringify({ err: { type: "TypeError", message: "x is not 1" } }) },
    { message: "odd name", metadata: error('My "own" error', "boom") },
    { message: "no route", statusCode: 500, endpoint: "/a b", method: "" },
    { message: "/a b", statusCode: 500, endpoint: "/a b", method: "" },
  ];
  const { log, lines } = counted([...SEVERAL, ...odd]);
  for (const line of lines) {
    const text = failureTerms(line);
    const filter = new Filter({ text });
    assert.equal(filter.error, null, `${text}: ${filter.error?.message}`);
    log.setFilter(filter);
    log.advance(Infinity);
    const groups = new ErrorGroups(log);
    groups.advance(() => false);
    // Of how a request was answered, the terms ask for route and status: whatever else was said of those is found too.
    const found = groups
      .lines(0)
      .filter(({ key, told }) => key === line.key || line.told !== "status" || told === "status");
    assert.deepEqual(
      found.map(({ key, count }) => [key, count]),
      [[line.key, line.count]],
      text,
    );
    groups.stop();
  }
});

test("a term for a group is within what an expression may be, with room beside it", () => {
  for (const shape of ["# ".repeat(80), `# ${"x".repeat(140)} #`, `${"… ".repeat(30)}end`]) {
    assert.ok(compiled(patternOf(shape), true).size <= (MAX_SIZE * 3) / 4, shape);
  }
});

test("when a group was first seen outlives the entry; the group goes with the last", () => {
  const log = new Log();
  log.ring.maxRows = 64;
  const groups = new ErrorGroups(log);
  const deliver = (/** @type {number} */ seq, /** @type {object} */ fields = {}) => {
    log.deliver([entry(seq, { receivedAt: seq * 1000, level: "error", message: `boom ${seq}`, ...fields })], 100);
    log.advance(Infinity);
    groups.advance(() => false);
  };
  for (let seq = 1; seq <= 200; seq++) deliver(seq);
  const [line] = groups.lines(200_000);
  assert.deepEqual([line.firstAt, line.lastAt, line.count], [1000, 200_000, log.ring.length]);
  for (let seq = 201; seq <= 300; seq++) deliver(seq, { level: "info" });
  assert.deepEqual([groups.lines(300_000), groups.entries], [[], 0]);
});

test("there is a most that are told apart; the others are one, and no term says them", () => {
  const name = (/** @type {number} */ n) => [...String(n)].map((figure) => "abcdefghij"[Number(figure)]).join("");
  const { lines } = counted(Array.from({ length: 700 }, (_, n) => ({ message: `trouble with ${name(n)}` })));
  assert.equal(lines.length, 501);
  const others = lines.find(({ words }) => words === "…");
  assert.deepEqual([others?.words, others?.count, others && failureTerms(others)], ["…", 200, ""]);
});

test("an exception and the 500 of its request are one error with two entries, whichever comes first", () => {
  const of = (/** @type {string} */ id) => ({
    thrown: { message: "it broke", metadata: `{"requestId":"${id}","error":{"name":"PayError","message":"no funds"}}` },
    answer: {
      method: "POST",
      endpoint: "/pay",
      message: "POST /pay",
      statusCode: 500,
      metadata: `{"requestId":"${id}"}`,
    },
  });
  const [one, two, other] = [of("1"), of("2"), of("3")];
  const { lines, log, groups } = counted([one.thrown, one.answer, two.answer, two.thrown, other.answer, one.thrown]);
  const told = (/** @type {typeof lines} */ all) =>
    all.map(({ name, words, count, entries }) => [name || words, count, entries]);
  assert.deepEqual(told(lines), [
    ["PayError", 2, 5],
    ["POST /pay answered 500", 1, 1],
  ]);
  assert.equal(lines[0].latest.message, "it broke", "the sample is the exception");
  assert.equal(groups.entries, 6);
  log.ring.clear();
  assert.deepEqual([groups.lines(0), groups.entries], [[], 0]);
});
