import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram } from "../../../web/js/log/statistics/histogram.js";
import { Filter } from "../../../web/js/query/filter.js";
import { CountedSteps, withSteps } from "../../../web/js/stream/history/counted-steps.js";

const pause = () => new Promise((resolve) => void setImmediate(resolve));
const turns = async () => {
  for (let turn = 0; turn < 50; turn++) await pause();
};
const ALL = new Filter();
const step = (/** @type {number} */ second, /** @type {number} */ info) => ({
  at: new Date(second * 1000).toISOString(),
  ...{ info, warn: 0, error: 1, debug: 0 },
});

/** A server that counts a minute in two goes. */
function rig() {
  const asked = /** @type {string[]} */ ([]);
  const self = { asked, /** @type {unknown} */ error: null, changes: 0 };
  const counted = new CountedSteps({
    pause: /** @type {any} */ (pause),
    changed: () => void self.changes++,
    count: async (service, { since, until, before }) => {
      asked.push(`${service} ${since / 1000}-${until / 1000}${before ? ` before ${before.epoch}.${before.seq}` : ""}`);
      await pause();
      const { error } = self;
      self.error = null;
      if (error) throw error;
      return before
        ? { steps: [step(0, 2), step(15, 1)], through: 1 }
        : { steps: [step(30, 5), step(15, 3)], through: 9 };
    },
  });
  return { ...self, self, counted };
}

test("a time is counted once, by as many calls as it takes, and of each service", async () => {
  const { counted, asked } = rig();
  const minute = { since: 0, until: 60, step: 15, filter: ALL, services: [{ service: "a", epoch: "e" }] };
  assert.equal(counted.of(minute).size, 0);
  assert.ok(counted.counting);
  await turns();
  assert.equal(counted.counting, false);
  assert.deepEqual([...counted.of({ ...minute, since: 15 })].sort(), [
    [0, [1, 0, 2, 0]],
    [15, [2, 0, 4, 0]],
    [30, [1, 0, 5, 0]],
  ]);
  assert.deepEqual(asked, ["a 0-60", "a 0-60 before e.9"]);
  counted.of({ ...minute, services: [...minute.services, { service: "b", epoch: "f" }] });
  await turns();
  assert.deepEqual(asked.slice(2), ["a 0-60", "a 0-60 before e.9", "b 0-60", "b 0-60 before f.9"]);
  assert.deepEqual(
    counted.of({ ...minute, services: [...minute.services, { service: "b", epoch: "f" }] }).get(30),
    [2, 0, 10, 0],
  );
});

test("something else gives up what is being counted, and a busy server is asked again", async () => {
  const { self, counted, asked } = rig();
  const minute = { since: 0, until: 60, step: 15, filter: ALL, services: [{ service: "", epoch: "e" }] };
  counted.of(minute);
  counted.of({ ...minute, filter: new Filter({ text: "x" }) });
  await turns();
  assert.equal(asked.length, 2, "one that was given up at once is not asked for");
  self.error = Object.assign(new Error("busy"), { retryAfter: 1 });
  counted.of({ ...minute, until: 120 });
  await turns();
  assert.deepEqual(asked.slice(2), [" 0-120", " 0-120", " 0-120 before e.9"]);
  counted.stop();
  assert.equal(counted.counting, false);
});

test("bars take what was counted up to where all is here", () => {
  const here = new Histogram();
  here.add(29_000, "info", 1);
  here.add(31_000, "warn", 1);
  const bars = withSteps(here.bars(0, 45, 15), new Map([[15, [1, 2, 3, 4]]]), 30);
  assert.deepEqual(bars.heights, [0, 10, 1]);
  assert.deepEqual(
    [bars.counts.error, bars.counts.warn, bars.counts.info],
    [
      [0, 1, 0],
      [0, 2, 1],
      [0, 3, 0],
    ],
  );
});
