import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorGroups } from "../../../web/js/panels/errors/error-groups.js";
import { Filter } from "../../../web/js/query/filter.js";
import { Log } from "../../../web/js/log/log.js";
import { Ring } from "../../../web/js/log/ring.js";
import { RouteTable } from "../../../web/js/panels/routes/route-table.js";
import { Span } from "../../../web/js/log/span.js";
import { entry } from "../watching.mjs";

/** The same each time. @param {number} seed */
function chance(seed) {
  return (/** @type {number} */ below) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
}

/** @param {(below: number) => number} any @param {number} seq */
function something(any, seq) {
  const statusCode = [200, 201, 404, 500, 503, 0][any(6)];
  const endpoint = ["", "/a", "/users/1", "/users/2?x=1", "/orders"][any(5)];
  return entry(seq, {
    endpoint,
    statusCode,
    method: endpoint && ["GET", "POST", "get"][any(3)],
    level: statusCode >= 500 || any(9) === 0 ? "error" : "info",
    message: any(2) ? `job ${seq} failed` : `${any(3)} left`,
    duration: any(4) ? any(1000) : -1,
    source: ["api", "worker"][any(2)],
    metadata: any(3)
      ? ""
      : JSON.stringify({ error: { name: ["TypeError", "KeyError"][any(2)], message: `no ${any(4)}` } }),
  });
}

/**
 * What is told of what is kept; when it was first seen and how it arrived is older than that.
 * @param {{lines(now: number): any[]}} table
 */
function told(table) {
  return table
    .lines(2_000_000)
    .map(({ bars, rate, firstAt, latest, routes, ...line }) => ({
      ...line,
      latest: latest?.seq,
      routes: routes?.map(({ route, count }) => [route.key, count]).sort(),
    }))
    .sort((one, other) => (one.key < other.key ? -1 : 1));
}

for (const [name, Table] of /** @type {const} */ ([
  ["routes", RouteTable],
  ["errors", ErrorGroups],
])) {
  test(`${name}, counted as entries come and go, are those counted afresh`, () => {
    for (let seed = 1; seed <= 20; seed++) {
      const any = chance(seed);
      const log = new Log();
      log.ring.maxRows = 300;
      /** @type {RouteTable | ErrorGroups} */
      let table = new Table(log);
      let seq = 0;
      for (let step = 0; step < 60; step++) {
        const turn = any(12);
        if (turn < 6)
          log.deliver(
            Array.from({ length: any(80) }, () => something(any, ++seq)),
            100,
          );
        else if (turn === 6) log.deliver([{ kind: "gap", cause: "slow", from: 1, to: 2, count: 2, at: 0 }], 10);
        else if (turn === 7)
          log.setFilter(
            new Filter({ text: ["", "status>=500", "job", "route:/users/:id"][any(4)] }),
            log.ring.first + any(log.ring.length + 1),
          );
        else if (turn === 8) log.showSpan(new Span({ from: any(2) * (log.ring.first + any(100)) }));
        else if (turn === 9 && any(8) === 0) log.ring.clear();
        else if (turn === 10) {
          table.stop();
          table = new Table(log);
        }
        // Now with all the time there is, now with hardly any, now not at all.
        if (any(3)) log.filteredRows.advance(() => any(2) === 0);
        if (any(3)) table.advance(() => any(2) === 0);
      }
      log.advance(Infinity);
      assert.ok(table.advance(() => false));
      const afresh = new Table(log);
      assert.ok(afresh.advance(() => false));
      assert.deepEqual(told(table), told(afresh), `seed ${seed}`);
      assert.equal(table.entries, afresh.entries);
      const shown = Array.from({ length: log.filteredRows.length }, (_, index) =>
        log.ring.row(log.filteredRows.rowAt(log.filteredRows.first + index)),
      ).filter(({ kind }) => kind === "entry").length;
      if (name === "routes") assert.equal(table.entries, shown);
      assert.equal(
        table.lines(0).reduce((sum, { count }) => sum + count, 0),
        table.entries,
      );
    }
  });
}

test("a slice of time is a slice of work, and one that was stopped costs nothing", () => {
  const log = new Log();
  log.deliver(
    Array.from({ length: 2000 }, (_, seq) => entry(seq + 1, { endpoint: "/a" })),
    100,
  );
  log.advance(Infinity);
  const table = new RouteTable(log);
  assert.equal(
    table.advance(() => true),
    false,
  );
  assert.equal(table.entries, 256);
  let turns = 1;
  while (!table.advance(() => true)) turns++;
  assert.deepEqual([table.entries, turns], [2000, 7]);
  table.stop();
  log.ring.clear();
  assert.equal(table.entries, 2000);
});

test("a ring's observer can leave", () => {
  const ring = new Ring();
  /** @type {number[]} */
  const heard = [];
  const leave = ring.observe({ added: (_from, end) => heard.push(end) });
  ring.append([entry(1)]);
  leave();
  ring.append([entry(2)]);
  assert.deepEqual(heard, [1]);
});
