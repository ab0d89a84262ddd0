import assert from "node:assert/strict";
import test from "node:test";

import { Comparison } from "../../../web/js/panels/marks/comparison.js";
import { Log } from "../../../web/js/log/log.js";
import { Marks } from "../../../web/js/log/marks.js";
import { entry } from "../watching.mjs";

const BEGAN = 1_800_000_000_000;
const never = () => false;

/** @param {number} seed @returns {() => number} [0, 1), by Mulberry32 */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * @typedef {object} Traffic of one route
 * @property {string} path
 * @property {number} rate entries a second
 * @property {number} [median] milliseconds
 * @property {number} [spread] of the logarithm of its durations
 * @property {number} [failing] share of 500s
 * @property {number} [burst] entries that come at once
 */

/** Independent arrivals, log-normal durations. @param {readonly Traffic[]} routes @param {() => number} next */
function traffic(routes, { from = 0, seconds = 0 }, next) {
  const rows = routes.flatMap(({ path, rate, median = 0, spread = 0.5, failing = 0, burst = 1 }) => {
    const found = [];
    for (let at = from; (at -= (Math.log(1 - next()) / rate) * burst) < from + seconds; )
      for (let copy = 0; copy < burst; copy++) {
        const bell = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
        found.push({
          receivedAt: Math.round(BEGAN + at * 1000),
          method: "GET",
          endpoint: path,
          statusCode: next() < failing ? 500 : 200,
          duration: median > 0 ? median * Math.exp(spread * bell) : -1,
        });
      }
    return found;
  });
  return rows.sort((one, other) => one.receivedAt - other.receivedAt).map((fields, seq) => entry(seq + 1, fields));
}

/** A log with a mark at a second. @param {readonly import("../../../web/js/entry/entry.js").Entry[]} rows */
function compared(rows, { markAt = 0, until = 0 }) {
  const log = new Log();
  const marks = new Marks(log);
  const at = BEGAN + markAt * 1000;
  log.deliver(
    rows.filter(({ receivedAt }) => receivedAt < at),
    0,
  );
  const mark = marks.set(at);
  log.deliver(
    rows.filter(({ receivedAt }) => receivedAt >= at),
    0,
  );
  const comparison = new Comparison(log.ring, marks.before(mark), marks.after(mark), at);
  assert.ok(comparison.advance(BEGAN + until * 1000, never));
  return { log, comparison, lines: comparison.judged().lines };
}

/** @param {import("../../../web/js/panels/marks/comparison.js").Line[]} lines @param {string} path */
const of = (lines, path) => lines.find(({ route }) => route === path);

/** Thirteen routes as a shop has them, from four a second to one in twenty. @type {readonly Traffic[]} */
const SHOP = Array.from({ length: 13 }, (_, index) => ({
  path: `/r${"abcdefghijklm"[index]}`,
  rate: 4 / 1.45 ** index,
  median: 20 + 15 * index,
  spread: 0.3 + (index % 4) * 0.3,
  failing: index % 3 === 0 ? 0.04 : 0,
}));

test("of unchanged traffic at most one row in a hundred is flagged, whenever one looks", () => {
  for (const bursts of [1, 6]) {
    const routes = SHOP.map((route, index) => ({ ...route, burst: index % 2 ? bursts : 1 }));
    let [rows, flagged] = [0, 0];
    for (let seed = 1; seed <= 50; seed++) {
      const all = traffic(routes, { seconds: 600 }, random(seed));
      const { comparison } = compared(all, { markAt: 300, until: 310 });
      for (const until of [310, 330, 360, 450, 600]) {
        assert.ok(comparison.advance(BEGAN + until * 1000, never));
        const lines = comparison.judged().lines;
        rows += lines.length;
        flagged += lines.filter(({ changes }) => changes.length > 0).length;
      }
    }
    assert.ok(flagged <= rows / 100, `${flagged} of ${rows} rows, ${bursts} at once`);
  }
});

test("what did change is named: slower, failing, more, gone, new", () => {
  const next = random(7);
  const changed = SHOP.map((route, index) => {
    if (index === 1) return { ...route, median: 819 };
    if (index === 2) return { ...route, failing: 0.3 };
    if (index === 4) return { ...route, rate: route.rate * 4 };
    return index === 5 ? { ...route, rate: 1e-9 } : route;
  });
  const slow = SHOP.map((route, index) => (index === 1 ? { ...route, median: 102 } : route));
  const since = traffic([...changed, { path: "/new", rate: 0.1 }], { from: 120, seconds: 60 }, next);
  const { lines, comparison } = compared([...traffic(slow, { seconds: 120 }, next), ...since], {
    markAt: 120,
    until: 180,
  });
  assert.deepEqual(
    lines.filter(({ changes }) => changes.length > 0).map(({ route, changes }) => [route, ...changes]),
    [
      ["/rc", "failing"],
      ["/new", "new"],
      ["/rb", "slower"],
      ["/re", "more"],
      ["/rf", "gone"],
    ],
  );
  assert.equal(comparison.width, 60_000, "as long on both sides");
  const { now, was } = /** @type {any} */ (of(lines, "/rb"));
  assert.ok(was.p50 > 80 && was.p50 < 130 && now.p50 > 650 && now.p50 < 1000, JSON.stringify({ was, now }));
});

test("a median of 102 that became 819 is slower, by twenty of each; by fewer it is too early to tell", () => {
  const rows = (/** @type {number} */ count) =>
    Array.from({ length: 2 * count }, (_, index) =>
      entry(index + 1, {
        receivedAt: BEGAN + index * 1000,
        method: "GET",
        endpoint: "/a",
        statusCode: 200,
        duration: (index < count ? 102 : 819) * (0.7 + 0.6 * ((index * 7) % 10) * 0.1),
      }),
    );
  const [line] = compared(rows(20), { markAt: 20, until: 40 }).lines;
  assert.deepEqual([line.changes, line.few], [["slower"], 0]);
  const [early] = compared(rows(8), { markAt: 8, until: 16 }).lines;
  assert.deepEqual([early.changes, early.few], [[], 8]);
});

test("shares are compared, not counts: twice the traffic with twice the errors fails no more often", () => {
  const next = random(3);
  const rows = [
    ...traffic([{ path: "/a", rate: 5, failing: 0.1 }], { seconds: 60 }, next),
    ...traffic([{ path: "/a", rate: 15, failing: 0.1 }], { from: 60, seconds: 60 }, next),
  ];
  assert.deepEqual(compared(rows, { markAt: 60, until: 120 }).lines[0].changes, ["more"]);
});

test("the windows are of one length: the shorter side's", () => {
  const rows = traffic([{ path: "/a", rate: 5 }], { seconds: 100 }, random(5));
  const short = compared(rows, { markAt: 90, until: 96 }).comparison;
  assert.equal(short.width, 6000);
  assert.ok(short.was.entries > 15 && short.was.entries < 50, `${short.was.entries}`);
  const long = compared(rows, { markAt: 10, until: 100 }).comparison;
  assert.ok(long.width > 9000 && long.width <= 10_000);
  assert.ok(long.now.entries < 80, `${long.now.entries}`);
});

test("with nothing before the mark, nothing counts as new", () => {
  const rows = traffic([{ path: "/a", rate: 5 }], { seconds: 30 }, random(5));
  const { comparison, lines } = compared(rows, { markAt: 0, until: 30 });
  assert.equal(comparison.compares, false);
  assert.deepEqual([lines[0].changes, lines[0].few, lines[0].now.count], [[], 0, rows.length]);
});

test("a long log is counted a slice at a time, and what it came too late for is said", () => {
  const log = new Log();
  const marks = new Marks(log);
  const rows = (/** @type {number} */ count, /** @type {number} */ from) =>
    Array.from({ length: count }, (_, index) => entry(from + index, { receivedAt: BEGAN + from + index }));
  log.deliver(rows(5000, 0), 0);
  const mark = marks.set(BEGAN + 5000);
  log.deliver(rows(700, 5000), 0);
  const comparison = new Comparison(log.ring, marks.before(mark), marks.after(mark), mark.row.at);
  let turns = 1;
  while (!comparison.advance(BEGAN + 10_000, () => true)) turns++;
  assert.ok(turns > 15 && turns < 60, `${turns}`);
  assert.deepEqual([comparison.was.entries, comparison.now.entries], [5000, 700]);
  log.deliver(rows(1000, 5700), 0);
  comparison.advance(BEGAN + 10_000, () => true);
  log.ring.clear();
  log.deliver(rows(3, 6700), 0);
  assert.ok(comparison.advance(BEGAN + 10_000, never));
  const { entries, lost } = comparison.now;
  assert.deepEqual([entries + lost, lost > 500], [1703, true], "what was counted stays counted");
});

/** Errors as a shop has them: of kinds from one in two seconds to one in five minutes. */
const FAULTS = Array.from({ length: 12 }, (_, index) => ({
  path: `/f${"abcdefghijkl"[index]}`,
  rate: 0.5 / 1.7 ** index,
  failing: 1,
}));
const told = (/** @type {ReturnType<typeof traffic>} */ rows) =>
  rows.map((row) =>
    row.statusCode < 500 ? row : { ...row, message: `no answer from ${row.endpoint.slice(1)} for ${row.seq}` },
  );
const errorsOf = (/** @type {Comparison} */ comparison) =>
  comparison.judged().errors.map(({ kind, changes, few }) => [kind.words, ...changes, few].join(" "));

test("of unchanged kinds of errors at most one in a hundred is flagged, whenever one looks", () => {
  for (const bursts of [1, 4]) {
    const faults = FAULTS.map((fault, index) => ({ ...fault, burst: index % 2 ? bursts : 1 }));
    let [rows, flagged] = [0, 0];
    for (let seed = 1; seed <= 50; seed++) {
      const all = told(traffic([{ path: "/busy", rate: 3, burst: bursts }, ...faults], { seconds: 600 }, random(seed)));
      const { comparison } = compared(all, { markAt: 300, until: 310 });
      for (const until of [310, 330, 360, 450, 600]) {
        assert.ok(comparison.advance(BEGAN + until * 1000, never));
        const { errors } = comparison.judged();
        rows += errors.length;
        flagged += errors.filter(({ changes }) => changes.length > 0).length;
      }
    }
    assert.ok(rows > 1000 && flagged <= rows / 100, `${flagged} of ${rows} kinds, ${bursts} at once`);
  }
});

test("a kind of error is new, gone, more or less often; by too few it is too early to tell", () => {
  const kind = (/** @type {string} */ path, /** @type {number} */ rate) => ({ path, rate, failing: 1 });
  const busy = { path: "/busy", rate: 5 };
  const before = [busy, kind("/old", 0.5), kind("/rising", 0.4), kind("/falling", 2), kind("/rare", 0.1)];
  const after = [busy, kind("/rising", 2), kind("/falling", 0.3), kind("/rare", 0.1), kind("/fresh", 0.2)];
  const next = random(11);
  const rows = told([...traffic(before, { seconds: 240 }, next), ...traffic(after, { from: 240, seconds: 80 }, next)]);
  const { comparison } = compared(rows, { markAt: 240, until: 320 });
  const [first, ...more] = errorsOf(comparison);
  assert.equal(first, "no answer from fresh for # new 0");
  assert.deepEqual(
    more.slice(0, 3).map((each) => each.replace("no answer from ", "").replace(" for #", "")),
    ["rising more 0", "falling fewer 0", "old gone 0"],
  );
  assert.match(more[3], /^no answer from rare for # (\d|1\d)$/);
});

test("neither more traffic nor less makes an error another", () => {
  const next = random(5);
  const both = [{ path: "/a", rate: 4, failing: 0.25 }];
  const rows = told([
    ...traffic(both, { seconds: 100 }, next),
    ...traffic([{ ...both[0], rate: 12 }], { from: 100, seconds: 100 }, next),
  ]);
  const { comparison } = compared(rows, { markAt: 100, until: 200 });
  assert.deepEqual(errorsOf(comparison), ["no answer from a for # 0"]);
  assert.deepEqual(comparison.judged().lines[0].changes, ["more"]);
});

test("an exception and its 500 are one error, whichever came first, and on both sides of the mark", () => {
  const request = (/** @type {number} */ id, /** @type {boolean} */ answersFirst) => {
    const metadata = `{"requestId":"r${id}"}`;
    const told = [
      { level: "error", message: "ValueError: no such card", method: "", statusCode: 0, metadata },
      { level: "error", message: "GET /pay 500", method: "GET", endpoint: "/pay", statusCode: 500, metadata },
    ];
    return answersFirst ? told.reverse() : told;
  };
  const rows = Array.from({ length: 60 }, (_, id) => request(id, id % 2 === 0))
    .flat()
    .map((fields, index) => entry(index + 1, { ...fields, receivedAt: BEGAN + index * 500 }));
  const alone = entry(121, {
    message: "",
    method: "GET",
    endpoint: "/pay",
    statusCode: 500,
    receivedAt: BEGAN + 60_000,
  });
  const { comparison } = compared([...rows, alone], { markAt: 30, until: 61 });
  assert.deepEqual(
    comparison.judged().errors.map(({ kind, now, was }) => [kind.told, now.count, was.count]),
    [
      ["status", 1, 0],
      ["message", 30, 30],
    ],
  );
  assert.deepEqual([comparison.now.errors, comparison.was.errors], [31, 30]);
});
