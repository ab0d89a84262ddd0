import assert from "node:assert/strict";
import { test } from "node:test";
import { EarlierEntries } from "../../../web/js/stream/earlier-entries.js";
import { AppClock } from "../../../web/js/stream/time/app-clock.js";
import { readPage } from "../../../web/js/stream/messages.js";
import { entry } from "../watching.mjs";

/**
 * A server that keeps entries of services, and what a page makes of them.
 * @param {Record<string, import("../../../web/js/entry/entry.js").Entry[]>} kept oldest first, by service
 * @param {Record<string, number>} begun how many of the newest each page began with
 * @param {{room?: number, clocks?: Record<string, AppClock>}} [options]
 */
function rig(kept, begun, { room = Infinity, clocks = /** @type {Record<string, AppClock>} */ ({}) } = {}) {
  /** @type {string[]} */
  const shown = [];
  const self = {
    kept,
    shown,
    calls: 0,
    changes: 0,
    /** @type {(() => Promise<void>)} */
    pause: async () => {},
    /** @type {((service: string) => void)} */
    before: () => {},
    earlier: new EarlierEntries({
      sources: Object.entries(kept).map(([service, entries]) => {
        const rows = entries.slice(entries.length - begun[service]);
        const missing = entries.length - begun[service];
        return {
          service,
          rows: rows.map((row) => ({ ...row, service })),
          timing: clocks[service],
          earlier: missing > 0 ? { epoch: "e1", before: entries[missing].seq, oldest: entries[0].seq } : null,
        };
      }),
      fetch: async (service, { epoch, seq }, limit) => {
        self.calls++;
        self.before(service);
        const all = self.kept[service];
        const found = all.filter((each) => each.seq < seq).slice(-limit);
        const entries = found.map((each) => ({ ...each, epoch })).reverse();
        return {
          page: {
            ...{ epoch, oldest: all[0]?.seq ?? 1, through: entries.at(-1)?.seq ?? seq, entries },
            ...{ kept: { oldest: all[0]?.seq ?? 1, from: all[0]?.receivedAt ?? null }, gaps: [] },
          },
          size: entries.length * 100,
        };
      },
      deliver: (rows) => {
        shown.unshift(...rows.map((row) => (row.kind === "entry" ? row.message : row.kind)));
        return shown.length <= room ? rows.length : rows.length - (shown.length - room);
      },
      changed: () => void self.changes++,
      pause: (ms) => self.pause(/** @type {any} */ (ms)),
    }),
  };
  return self;
}

const messages = (/** @type {number} */ from, /** @type {number} */ to) =>
  Array.from({ length: to - from + 1 }, (_, index) => `message ${from + index}`);

test("all that the server keeps comes behind what the page began with, and the count says what is left", async () => {
  const all = messages(1, 1300).map((_, index) => entry(index + 1));
  const { earlier, shown } = rig({ "": all }, { "": 100 });
  assert.equal(earlier.left, 1300);
  assert.equal(earlier.take().length, 100, "what has come is shown at once");
  assert.equal(earlier.left, 1200);
  await earlier.run();
  assert.deepEqual(shown, messages(1, 1200));
  assert.deepEqual([earlier.left, earlier.done], [0, true]);
});

test("nothing is asked for where nothing is missing", async () => {
  const { earlier, calls } = rig({ "": [entry(1), entry(2)] }, { "": 2 });
  earlier.take();
  void earlier.run();
  assert.deepEqual([earlier.done, calls], [true, 0], "at once");
});

test("of several services nothing is shown before it is sure to be next", async () => {
  // One tells something each second of an hour, the other has as much within its last minutes.
  const quiet = messages(1, 60).map((_, index) =>
    entry(index + 1, { message: `quiet ${index}`, receivedAt: index * 100 }),
  );
  const busy = messages(1, 1000).map((_, index) =>
    entry(index + 1, { message: `busy ${index}`, receivedAt: 2950 + index * 3 }),
  );
  const { earlier, shown } = rig({ quiet, busy }, { quiet: 60, busy: 10 });
  const first = earlier.take().map((row) => row.kind === "entry" && row.message);
  assert.equal(first[0], "busy 990", "what is older of the quiet one waits for what the busy one has between");
  const at = new Map([...quiet, ...busy].map(({ message, receivedAt }) => [message, receivedAt]));
  await earlier.run();
  const order = [...shown, ...first].map((message) => at.get(String(message)) ?? NaN);
  assert.equal(order.length, 1060);
  assert.ok(order.every((each, index) => index === 0 || each >= order[index - 1]));
});

test("what comes behind is merged by time, each app's clock put right: a cause stands before its effect", async () => {
  // The one writes first, by a clock that is a minute behind, and its batches come three seconds after the other's.
  const pairs = Array.from({ length: 1300 }, (_, index) => 1_000_000 + index * 10);
  const cause = pairs.map((at, index) =>
    entry(index + 1, { message: `${index} cause`, timestamp: at - 60_000, receivedAt: at + 3000 - (at % 1000) / 2 }),
  );
  const effect = pairs.map((at, index) =>
    entry(index + 1, { message: `${index} effect`, timestamp: at + 4, receivedAt: at + 5 }),
  );
  // A clock that is wrong is told by the entry that took the least time; this one was sent at once.
  const prompt = entry(1301, { timestamp: 1_013_000 - 60_000, receivedAt: 1_013_000, message: "1300 cause" });
  const kept = { cause: [...cause, prompt], effect };
  const clocks = { cause: new AppClock(), effect: new AppClock() };
  clocks.cause.add(kept.cause);
  clocks.effect.add(kept.effect);
  assert.deepEqual([clocks.cause.offset, clocks.effect.offset], [60_000, 0]);
  const { earlier, shown } = rig(kept, { cause: 20, effect: 700 }, { clocks });
  const first = earlier.take().map((row) => (row.kind === "entry" ? row.message : ""));
  await earlier.run();
  const expected = pairs.flatMap((_, index) => [`${index} cause`, `${index} effect`]);
  assert.deepEqual([...shown, ...first], [...expected, "1300 cause"]);
});

test("what the server has dropped meanwhile is not waited for", async () => {
  const all = messages(1, 1500).map((_, index) => entry(index + 1));
  const self = rig({ "": all }, { "": 100 });
  self.earlier.take();
  self.before = () => {
    self.kept[""] = self.kept[""].filter(({ seq }) => seq > 1150);
  };
  await self.earlier.run();
  assert.deepEqual([self.shown.length, self.earlier.left, self.earlier.done], [250, 0, true]);
});

test("a server that does not answer is asked again, after a while", async () => {
  const self = rig({ "": messages(1, 20).map((_, index) => entry(index + 1)) }, { "": 10 });
  self.earlier.take();
  let failures = 2;
  self.before = () => {
    if (failures-- > 0) throw new Error("away");
  };
  /** @type {number[]} */
  const pauses = [];
  self.pause = async (/** @type {any} */ ms) => void pauses.push(/** @type {any} */ (ms));
  await self.earlier.run();
  assert.deepEqual([self.shown.length, self.calls], [10, 3]);
  assert.ok(pauses.length === 2 && pauses.every((ms) => ms >= 1000));
});

test("where there is no room for more, it ends", async () => {
  const self = rig({ "": messages(1, 3000).map((_, index) => entry(index + 1)) }, { "": 10 }, { room: 400 });
  self.earlier.take();
  await self.earlier.run();
  assert.deepEqual([self.calls, self.earlier.done], [1, true]);
});

test("a page that is left and shown again goes on, and what was on its way does not count twice", async () => {
  const self = rig({ "": messages(1, 1600).map((_, index) => entry(index + 1)) }, { "": 100 });
  self.earlier.take();
  /** @type {() => void} */
  let goOn = () => {};
  self.pause = () => new Promise((resolve) => (goOn = resolve));
  const former = self.earlier.run();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(self.shown.length, 200);
  self.earlier.stop();
  goOn();
  await former;
  assert.deepEqual([self.earlier.done, self.earlier.left], [false, 1300]);
  self.pause = async () => {};
  await self.earlier.run();
  assert.deepEqual(self.shown, messages(1, 1500));
});

test("a page is read as it is spelled, and every digit stays", () => {
  const at = new Date(1_800_000_000_000).toISOString();
  const times = `"receivedAt":"${at}","timestamp":"${at}"`;
  const one = `{"seq":7,${times},"level":"info","message":"m","metadata":{"n":12345678901234567890}}`;
  const page = `{"epoch":"e1","oldest":3,"head":9,"through":7,"entries":[${one}],"kept":{"oldest":3},"gaps":[]}`;
  const read = readPage(page);
  assert.deepEqual([read.epoch, read.oldest, read.through], ["e1", 3, 7]);
  assert.deepEqual([read.entries[0].seq, read.entries[0].metadata], [7, '{"n":12345678901234567890}']);
  const more = readPage(`{"epoch": "e1", "oldest": 3, "through": 7, "entries": [${one}], "kept": null}`);
  assert.deepEqual(more.entries[0].metadata, '{"n":12345678901234567890}');
  assert.deepEqual(readPage('{"epoch":"e1","oldest":3,"head":2,"through":3,"entries":[]}').entries, []);
  assert.throws(() => readPage('{"epoch":"e1","oldest":3,"through":3}'));
});
