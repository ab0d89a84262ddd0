import assert from "node:assert/strict";
import { test } from "node:test";
import { Choice, Filter } from "../../../web/js/query/filter.js";
import { Log } from "../../../web/js/log/log.js";
import { ServerFilter } from "../../../web/js/stream/filter/server-filter.js";
import { entries, FakeClock } from "../watching.mjs";

function rig({ text = "timeout" } = {}) {
  const clock = new FakeClock();
  const log = new Log({ filter: new Filter({ text }), clock });
  /** @type {unknown[]} */
  const told = [];
  const server = new ServerFilter(log, (filter) => told.push(filter));
  const gap = (/** @type {import("../../../web/js/log/ring.js").GapCause} */ cause = "slow") =>
    log.deliver([{ kind: "gap", cause, from: 1, to: 2, count: 2, at: 0 }], 0);
  return { clock, log, server, told, gap };
}

test("it is offered when the stream outran the link twice within ten seconds, and a filter is on", () => {
  const { clock, server, gap } = rig();
  gap();
  assert.ok(!server.offered);
  clock.advance(10_001);
  gap();
  assert.ok(!server.offered, "too long between the two");
  gap("away");
  assert.ok(!server.offered, "being away is another matter");
  clock.advance(5000);
  gap();
  assert.ok(server.offered);
  const { server: unfiltered, gap: another } = rig({ text: "" });
  another();
  another();
  assert.ok(!unfiltered.offered, "there is nothing to leave out");
});

test("it begins, follows the filter and ends at a press, and asks nobody twice", () => {
  const { log, server, told, gap } = rig();
  gap();
  gap();
  server.begin();
  assert.deepEqual(told, [{ q: "timeout" }]);
  log.setFilter(log.filter.choose("level", new Choice(["error"], true)));
  server.changed();
  assert.deepEqual(told.at(-1), { q: "timeout level:error" });
  log.setFilter(new Filter());
  server.changed();
  assert.equal(told.at(-1), null, "without a filter everything comes");
  server.end();
  assert.ok(!server.on && told.at(-1) === null);
  server.begin();
  server.failed("It is too dear.");
  assert.ok(!server.on && told.at(-1) === null && server.refused === "It is too dear.");
  server.changed();
  assert.equal(server.refused, "");
  server.decline();
  log.setFilter(new Filter({ text: "x" }));
  gap();
  gap();
  assert.ok(!server.offered);
});

test("everything can be shown for once; the filter stays as it is, and another one ends that", () => {
  const { log } = rig();
  log.deliver([...entries(9), ...entries(1, 10, () => ({ message: "timeout" }))], 0);
  log.advance(100);
  assert.equal(log.filteredRows.length, 1);
  log.showBare(true, 3);
  log.advance(100);
  assert.equal(log.filteredRows.length, 10);
  assert.equal(log.filteredRows.hidden, 0);
  assert.equal(log.filter.text, "timeout");
  log.showBare(false, 3);
  log.advance(100);
  assert.equal(log.filteredRows.length, 1);
  log.showBare(true);
  log.setFilter(log.filter);
  log.advance(100);
  assert.ok(!log.bare);
  assert.equal(log.filteredRows.length, 1);
});

test("a text that can't be read changes nothing of what is shown", () => {
  const { log } = rig();
  log.deliver(entries(5), 0);
  log.advance(100);
  const before = log.filteredRows;
  log.setFilter(log.filter.with({ text: "timeout (" }));
  assert.equal(log.filteredRows, before);
  assert.equal(log.filter.text, "timeout (");
});
