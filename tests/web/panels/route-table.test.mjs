import assert from "node:assert/strict";
import { test } from "node:test";
import { Log } from "../../../web/js/log/log.js";
import { RouteTable } from "../../../web/js/panels/routes/route-table.js";
import { entry } from "../watching.mjs";

const NOW = 1_800_000_000_000;

/** @param {Partial<import("../../../web/js/entry/entry.js").Entry>[]} entries */
function counted(entries) {
  const log = new Log();
  log.deliver(
    entries.map((fields, index) => entry(index + 1, { receivedAt: NOW, ...fields })),
    100,
  );
  log.advance(Infinity);
  const table = new RouteTable(log);
  table.advance(() => false);
  return {
    log,
    table,
    lines: table.lines(NOW).sort((one, other) => other.count - one.count || (one.key < other.key ? -1 : 1)),
  };
}

/** @param {number} count @param {Partial<import("../../../web/js/entry/entry.js").Entry>} fields */
const times = (count, fields) =>
  Array.from({ length: count }, (_, n) => ({ ...fields, endpoint: (fields.endpoint ?? "").replace("*", String(n)) }));

test("paths are folded, methods told apart; how often, how fast, how answered, how long", () => {
  const { lines } = counted([
    ...times(6, { method: "GET", endpoint: "/users/*", statusCode: 200, duration: 10 }),
    ...times(2, { method: "get", endpoint: "/users/*", statusCode: 404, duration: 10 }),
    ...times(2, { method: "GET", endpoint: "/users/*", statusCode: 500, duration: 1000 }),
    ...times(5, { method: "GET", endpoint: "/users/*" }),
    ...times(1, { method: "DELETE", endpoint: "/users/*" }),
    ...times(3, {}),
  ]);
  const [users, none, removed] = lines;
  assert.deepEqual(
    lines.map(({ key, count, rate }) => [key, count, rate]),
    [
      ["GET /users/:id", 15, 1.5],
      [" ", 3, 0.3],
      ["DELETE /users/:id", 1, 0.1],
    ],
  );
  assert.deepEqual([users.clientErrors, users.serverErrors], [0.2, 0.2]);
  assert.ok(users.p50 >= 10 && users.p50 < 11 && users.p95 >= 1000 && users.p95 < 1100, JSON.stringify(users));
  assert.deepEqual(users.bars.at(-1), [13, 0, 2, 0]);
  for (const { clientErrors, serverErrors, p50, p95 } of [removed, none])
    assert.deepEqual([clientErrors, serverErrors, p50, p95], [-1, -1, -1, -1]);
});

test("of several services each has its own routes", () => {
  const { lines } = counted([
    { endpoint: "/a", service: "one" },
    { endpoint: "/a", service: "two" },
  ]);
  assert.deepEqual(
    lines.map(({ service, route, count }) => [service, route.path, count]),
    [
      ["one", "/a", 1],
      ["two", "/a", 1],
    ],
  );
});

test("there is a most that are told apart; the others are one", () => {
  const { log, table, lines } = counted(times(3000, { endpoint: "/page-*-of-many" }));
  assert.equal(lines.length, 1001);
  assert.deepEqual([lines[0].route.path, lines[0].count], ["…", 2000]);
  log.ring.clear();
  assert.deepEqual([table.lines(NOW), table.entries], [[], 0]);
});

test("counting costs a few microseconds an entry at most, whatever the paths are", () => {
  const log = new Log();
  log.deliver(
    Array.from({ length: 50_000 }, (_, seq) =>
      entry(seq + 1, { method: "GET", endpoint: `/users/${seq}/orders`, statusCode: 200, duration: seq % 500 }),
    ),
    100,
  );
  log.advance(Infinity);
  const table = new RouteTable(log);
  const begin = process.cpuUsage();
  table.advance(() => false);
  const { user, system } = process.cpuUsage(begin);
  // measured: about one; a busy machine takes longer
  assert.ok((user + system) / 50_000 < 20, `${(user + system) / 50_000} µs an entry`);
});
