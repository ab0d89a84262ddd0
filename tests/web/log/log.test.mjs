import assert from "node:assert/strict";
import { test } from "node:test";
import { Filter } from "../../../web/js/query/filter.js";
import { Log } from "../../../web/js/log/log.js";
import { entries } from "../watching.mjs";

const errors = new Filter({ text: "level:error" });
const SLICE = 256; // rows between two looks at the clock

/** A log whose clock goes a millisecond further with every look at it. @param {number} rows */
function rig(rows) {
  let now = 0;
  const log = new Log({ clock: { now: () => (now += 1), wall: () => 0 } });
  let sifted = 0;
  log.addEventListener("sifted", () => sifted++);
  log.deliver(
    entries(rows, 0, (seq) => ({ level: seq % 3 ? "info" : "error" })),
    0,
  );
  return { log, sifted: () => sifted };
}

test("however much is to be looked at, a frame looks at what fits into it, and a new filter gets more", () => {
  const { log } = rig(50_000);
  assert.ok(!log.advance(6));
  assert.ok(log.filteredRows.looked <= 6 * SLICE, String(log.filteredRows.looked));
  while (!log.advance(6));
  log.setFilter(errors);
  assert.ok(!log.advance(6));
  assert.ok(
    log.filteredRows.looked > 6 * SLICE && log.filteredRows.looked <= 64 * SLICE,
    String(log.filteredRows.looked),
  );
});

test("that all rows of a new filter are found is told once, when they are", () => {
  const { log, sifted } = rig(20_000);
  log.advance(Infinity);
  assert.equal(sifted(), 0);
  log.setFilter(errors);
  while (!log.advance(6)) assert.equal(sifted(), 0);
  assert.equal(sifted(), 1);
  log.deliver(entries(10, 20_000), 0);
  assert.ok(log.advance(6));
  assert.equal(sifted(), 1);
});

test("a full log lets go of a few at a time, so that no frame takes back many", () => {
  const log = new Log();
  /** @type {number[]} */
  const dropped = [];
  log.ring.observe({ dropping: (from, end) => dropped.push(end - from) });
  for (let seq = 0; seq < 240_000; seq += 500) log.deliver(entries(500, seq), 200_000);
  assert.ok(dropped.length > 20);
  assert.ok(Math.max(...dropped) <= 1500, String(Math.max(...dropped)));
});
