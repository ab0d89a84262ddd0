import assert from "node:assert/strict";
import { test } from "node:test";
import { isBeginning } from "../../../web/js/log/gap-list.js";
import { Log } from "../../../web/js/log/log.js";
import { Filter } from "../../../web/js/query/filter.js";
import { History } from "../../../web/js/stream/history/history.js";
import { entries, FakeClock } from "../watching.mjs";

/** @typedef {import("../../../web/js/entry/entry.js").Entry} Entry */
/** @typedef {import("../../../web/js/stream/messages.js").Gap} Gap */

/** Lets everything happen that needs no time but that of pauses. */
const turns = async (count = 400) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/**
 * A server that keeps entries of services in history, of which its rings hold the newest, and a page over them.
 * @param {Record<string, Entry[]>} kept oldest first, by service
 * @param {object} [options]
 * @param {number} [options.ring] entries that each ring holds
 * @param {number} [options.begun] with how many the page began
 * @param {boolean} [options.history]
 * @param {Gap[]} [options.gaps]
 * @param {boolean} [options.reachesOne] whether a page says that it looked for what was before the first entry, too
 */
function rig(kept, { ring = 100, begun = 20, history = true, gaps = [], reachesOne = false } = {}) {
  const clock = new FakeClock();
  const log = new Log({ clock });
  log.ring.maxLent = 5000;
  const asked = /** @type {{service: string, before: number, filter: string, since: number, until: number}[]} */ ([]);
  const self = {
    kept,
    log,
    clock,
    asked,
    /** @type {() => void} */ answering: () => {},
    /** @type {any} */ error: null,
  };
  const services = Object.keys(kept);
  /** @param {string} service */
  const beginOf = (service) => (history ? kept[service][0]?.seq : kept[service].at(-ring)?.seq) ?? 1;
  const pause = () => new Promise((resolve) => void setImmediate(resolve));
  const all = new History({
    ring: log.ring,
    clock,
    pause: /** @type {any} */ (pause),
    fetch: async (service, { epoch, seq }, limit, { filter, since, until, signal }) => {
      asked.push({ service, before: seq, filter: filter?.text ?? "", since, until });
      await pause();
      self.answering();
      signal.throwIfAborted();
      if (self.error) throw self.error;
      const oldest = beginOf(service);
      const there = kept[service].filter((each) => each.seq < seq && each.seq >= oldest);
      const fits = there.filter(
        (each) => (!filter || filter.matches(each)) && each.receivedAt >= since && each.receivedAt < until,
      );
      const found = fits.slice(-limit).reverse();
      const through = fits.length > limit ? (found.at(-1)?.seq ?? 1) : reachesOne ? 1 : there.length > 0 ? oldest : seq;
      const looked = gaps.filter(({ from, to }) => Number(from) < seq && Number(to ?? from) >= through);
      return {
        page: {
          ...{ epoch, oldest: kept[service].at(-ring)?.seq ?? 1, through, gaps: looked },
          ...{ entries: found.map((each) => ({ ...each, epoch })) },
          kept: { oldest, from: kept[service].find((each) => each.seq === oldest)?.receivedAt ?? null },
        },
        size: found.length * 100,
      };
    },
    begin: async (service) => {
      const oldest = beginOf(service);
      const from = kept[service].find((each) => each.seq === oldest)?.receivedAt ?? null;
      const before = gaps.filter(({ to, reason }) => reason === "removed" && Number(to) < oldest);
      const removed = before.reduce((sum, { count }) => sum + Number(count), 0);
      return { kept: { oldest, from }, removed, hasHistory: history };
    },
    deliver: (rows, size, lent) => log.deliverEarlier(rows, size, lent),
    changed: () => {},
  });
  const rows = all.begin(
    services.map((service) => {
      const newest = kept[service].slice(-begun).map((each) => (service ? { ...each, service } : each));
      const before = newest[0]?.seq ?? 1;
      return {
        ...{ service, rows: newest },
        earlier:
          before > 1 ? { epoch: "e1", before, oldest: Math.min(before, kept[service].at(-ring)?.seq ?? 1) } : null,
      };
    }),
  );
  log.deliver(rows, 0);
  all.run();
  return { ...self, self, history: all };
}

/** Seqs of what a log holds, what is no entry by its kind. @param {Log} log */
function held({ ring }) {
  return Array.from({ length: ring.length }, (_, index) => {
    const row = ring.row(ring.first + index);
    return row.kind === "entry" ? row.seq : row.kind === "gap" ? row.cause : row.kind;
  });
}
const range = (/** @type {number} */ from, /** @type {number} */ to) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("the ring comes by itself, and history as it is needed, up to the first entry there is", async () => {
  const { log, history, asked } = rig({ "": entries(3000) });
  await turns();
  assert.deepEqual(held(log), range(2901, 3000), "what the ring holds");
  assert.deepEqual(history.standing, { state: "rest", further: 2900, partial: false });
  history.need();
  assert.equal(history.standing.state, "looking");
  await turns();
  assert.deepEqual(held(log), range(1901, 3000));
  const calls = asked.length;
  history.need();
  history.need();
  await turns();
  assert.ok(asked.length <= calls + 2, "one at a time");
  history.need();
  await turns();
  assert.deepEqual(held(log), range(1, 3000));
  assert.deepEqual(history.standing, { state: "end", further: 0, partial: false });
  history.need();
  await turns();
  assert.equal(log.ring.length, 3000);
});

test("what was taken out at the beginning is told as it is elsewhere, beside what is no longer kept", async () => {
  const all = entries(2000).filter(({ seq }) => seq > 400);
  /** @param {number} from @param {number} to @param {number} count @param {string} reason */
  const gap = (from, to, count, reason) => /** @type {Gap} */ ({ type: "gap", from, to, count, reason });
  let reachesOne = true; // or to the first entry alone
  const begun = async (/** @type {Gap[]} */ gaps) => {
    const { log, history } = rig({ "": all }, { gaps, reachesOne });
    await turns();
    for (let time = 0; time < 3; time++) {
      history.need();
      await turns();
    }
    const rows = held(log).length - 1600;
    assert.deepEqual(held(log).slice(rows), range(401, 2000));
    const beginning = Array.from({ length: rows }, (_, at) => log.ring.row(log.ring.first + at));
    return beginning.map((row) => row.kind === "gap" && `${row.cause} ${row.count}`);
  };
  for (const whole of [true, false]) {
    reachesOne = whole;
    assert.deepEqual(await begun([gap(1, 400, 400, "removed")]), ["removed 400"]);
    const [some, more] = [gap(1, 300, 300, "pruned"), gap(301, 400, 100, "removed")];
    assert.deepEqual(await begun([some, more]), ["unkept 300", "removed 100"]);
    const both = await begun([gap(1, 400, 10, "pruned"), gap(1, 400, 390, "removed")]);
    assert.deepEqual(both.toSorted(), ["removed 390", "unkept 10"], "of one stretch, as some of it was taken out");
  }
});

test("gaps lie where they are missing, once each, and what is no longer kept begins the log", async () => {
  const all = entries(2000).filter(({ seq }) => seq > 400 && (seq < 1480 || seq > 1520));
  const gap = (/** @type {number} */ from, /** @type {number | null} */ to, /** @type {string} */ reason) =>
    /** @type {Gap} */ ({ type: "gap", from, to, count: to && to - from + 1, reason });
  const gaps = [gap(1, 400, "pruned"), gap(1480, 1520, "paused"), gap(901, null, "restart")];
  const { log, history } = rig({ "": all }, { gaps });
  await turns();
  for (let time = 0; time < 3; time++) {
    history.need();
    await turns();
  }
  assert.deepEqual(held(log), [
    "unkept",
    ...range(401, 900),
    "restart",
    ...range(901, 1479),
    "paused",
    ...range(1521, 2000),
  ]);
  const first = log.ring.row(log.ring.first);
  assert.ok(first.kind === "gap" && isBeginning(first) && first.count === 400 && first.at === all[0].receivedAt);
  assert.deepEqual([log.facetCounts.gaps, log.facetCounts.missed], [2, 41], "which is no gap");
});

test("without history the page says from when on nothing is kept", async () => {
  const { log, history, asked } = rig({ "": entries(3000) }, { history: false });
  await turns();
  assert.deepEqual(held(log), ["off", ...range(2901, 3000)]);
  const calls = asked.length;
  history.need();
  await turns();
  assert.equal(asked.length, calls, "there is nothing to ask for");
  assert.deepEqual(history.beginnings, [{ service: "", count: 2900, until: 1_002_901, hasHistory: false }]);
});

test("what a filter lets through is looked for by the server, and goes with it", async () => {
  const all = entries(3000, 1, (seq) => ({ message: seq === 7 ? "the seventh" : `step ${seq}` }));
  const { log, history, clock, asked } = rig({ "": all });
  await turns();
  const seventh = new Filter({ text: "seventh" });
  assert.ok(history.ask({ filter: seventh, since: -Infinity, until: Infinity }));
  history.need();
  await turns(5);
  assert.equal(asked.at(-1)?.filter, "", "not while it is being written");
  clock.advance(1000);
  history.need();
  await turns();
  assert.deepEqual(held(log), [7, ...range(2901, 3000)]);
  assert.deepEqual([asked.at(-1)?.filter, asked.at(-1)?.before], ["seventh", 2901], "from where all is there");
  assert.deepEqual(history.standing, { state: "end", further: 0, partial: true });
  assert.equal(history.wholeFrom, log.ring.first + 1);
  assert.equal(history.ask({ filter: seventh, since: -Infinity, until: Infinity }), false);
  assert.ok(history.ask(null));
  await turns();
  assert.deepEqual(held(log), range(2901, 3000), "it was lent");
  history.need();
  await turns();
  assert.deepEqual(held(log), range(1901, 3000), "and the whole goes on");
});

test("a time is fetched by itself, also one far back", async () => {
  const { log, history, clock } = rig({ "": entries(5000) });
  await turns();
  history.ask({ filter: new Filter(), since: 1_001_000, until: 1_002_500 });
  clock.advance(1000);
  history.need();
  await turns();
  assert.deepEqual(held(log), [...range(1000, 2499), ...range(4901, 5000)]);
  assert.equal(history.standing.state, "end");
});

test("leaving a search gives it up, and a busy server is asked again", async () => {
  const { self, log, history, clock, asked } = rig({ "": entries(3000) });
  await turns();
  self.error = Object.assign(new Error("two searches run"), { code: "search_busy", retryAfter: 0.001 });
  history.need();
  await turns(5);
  assert.equal(history.standing.state, "busy");
  self.error = null;
  await turns();
  assert.deepEqual(held(log), range(1901, 3000));
  clock.advance(1000);
  const calls = asked.length;
  history.need();
  history.ask({ filter: new Filter({ text: "nothing" }), since: -Infinity, until: Infinity });
  await turns();
  assert.equal(asked.length, calls + 1);
  assert.deepEqual(held(log), range(1901, 3000), "what comes of it comes too late");
  clock.advance(1000);
  history.need();
  history.halt(true);
  await turns();
  assert.equal(history.standing.state, "halted");
  history.halt(false);
  await turns();
  assert.equal(history.standing.state, "end");
});

test("what is far above is given back, and had again; memory is bounded", async () => {
  const { log, history } = rig({ "": entries(9000) });
  await turns();
  for (let time = 0; time < 6; time++) {
    history.need();
    await turns();
  }
  assert.equal(log.ring.lent, 5000, "no more than there is room for");
  assert.equal(history.standing.state, "full");
  history.far();
  await turns();
  assert.equal(log.ring.lent, 2000);
  assert.deepEqual(held(log), range(6901, 9000));
  assert.deepEqual([history.standing.state, history.standing.further], ["rest", 6900]);
  log.deliver(entries(5, 9001), 0);
  history.need();
  await turns();
  assert.deepEqual(held(log), range(5901, 9005));
});

test("a full ring that goes on drops what was lent, and the next page stands before what is left", async () => {
  const { log, history } = rig({ "": entries(3000) });
  log.ring.maxRows = 200;
  await turns();
  history.need();
  await turns();
  assert.deepEqual(held(log), range(1901, 3000));
  for (let from = 3001; from < 3200; from += 10) log.deliver(entries(10, from), 0);
  assert.equal(log.ring.lent, 0);
  const [first] = /** @type {number[]} */ (held(log));
  assert.deepEqual(held(log), range(first, 3200));
  history.need();
  await turns();
  assert.deepEqual(held(log), range(first - 1000, 3200));
});

test("of several services history is merged by time, whichever rings they have", async () => {
  const quiet = entries(200, 1, (seq) => ({ receivedAt: seq * 1000 }));
  const busy = entries(4000, 1, (seq) => ({ receivedAt: 100_000 + seq * 25 }));
  const { log, history } = rig({ quiet, busy }, { ring: 150, begun: 50 });
  await turns();
  for (let time = 0; time < 8; time++) {
    history.need();
    await turns();
  }
  const rows = Array.from({ length: log.ring.length }, (_, index) => log.ring.row(log.ring.first + index));
  assert.equal(rows.length, 4200);
  assert.ok(
    rows.every((row, index) => {
      const before = rows[index - 1];
      return row.kind === "entry" && (before?.kind !== "entry" || row.receivedAt >= before.receivedAt);
    }),
  );
  history.ask({ filter: new Filter({ text: "message 20" }), since: -Infinity, until: Infinity });
  assert.equal(held(log).length, 4200, "what is all there stays all there");
});
