import assert from "node:assert/strict";
import { test } from "node:test";
import { Brush } from "../../../web/js/chart/brush.js";
import { Span } from "../../../web/js/log/span.js";
import { TimeAxis } from "../../../web/js/chart/time-axis.js";

const NOW = 1_764_066_600_500;
const SECOND = 1_764_066_600;
const LONG_AGO = NOW - 3_600_000;

test("the axis shows the last five minutes up to the second that is now", () => {
  const axis = new TimeAxis();
  axis.follow(NOW, LONG_AGO);
  assert.deepEqual([axis.since, axis.until, axis.step, axis.bars], [SECOND - 299, SECOND + 1, 1, 300]);
  assert.equal(axis.barOf(SECOND), 299);
  assert.equal(axis.secondOf(0), axis.since);
});

test("where less is kept, it shows less; and does not go to and fro where about as much is kept all the time", () => {
  const axis = new TimeAxis();
  const lengths = [10, 61, 59, 121, 80, 400, 100, 76, 74, 1].map((age) => {
    axis.follow(NOW, NOW - age * 1000);
    return axis.until - axis.since;
  });
  assert.deepEqual(lengths, [60, 120, 120, 300, 300, 300, 300, 300, 120, 60]);
});

test("a range that is shown stands still; one from the address is in the middle, a long one in larger bars", () => {
  const axis = new TimeAxis();
  axis.follow(NOW, LONG_AGO);
  axis.hold(new Span({ since: (SECOND - 20) * 1000, until: (SECOND - 10) * 1000 }), NOW + 60_000);
  assert.equal(axis.until, SECOND + 1);
  axis.hold(new Span({ since: (SECOND - 3600) * 1000, until: (SECOND - 3590) * 1000 }), NOW);
  assert.deepEqual([axis.since, axis.until], [SECOND - 3745, SECOND - 3445]);
  const fresh = new TimeAxis();
  fresh.hold(new Span({ since: (SECOND - 10) * 1000, until: SECOND * 1000 }), NOW);
  assert.equal(fresh.until, SECOND + 1);
  for (const days of [0.1, 1, 30, 3000]) {
    const range = new Span({ since: (SECOND - days * 86_400) * 1000, until: SECOND * 1000 });
    fresh.hold(range, NOW);
    assert.ok(
      fresh.bars <= 302 && fresh.since * 1000 <= range.since && fresh.until * 1000 >= range.until,
      `${days} days in ${fresh.bars} bars`,
    );
  }
});

test("a stretch is drawn either way, in whole bars, and stays where it is while the axis moves on", () => {
  const axis = new TimeAxis();
  axis.follow(NOW, LONG_AGO);
  const brush = new Brush(axis);
  assert.equal(brush.stretch, null);
  brush.to(SECOND - 50.4);
  brush.to(SECOND - 60.7, true);
  assert.deepEqual(brush.stretch, { since: SECOND - 61, until: SECOND - 50 });
  assert.ok(brush.open);
  axis.follow(NOW + 10_000, LONG_AGO);
  assert.deepEqual(brush.stretch, { since: SECOND - 61, until: SECOND - 50 });
  brush.to(SECOND + 1e6, true);
  assert.deepEqual(brush.stretch, { since: SECOND - 51, until: axis.until }, "no further than the axis");
  brush.clear();
  assert.ok(brush.place === null && !brush.open);
});

test("by keys: from nowhere to the newest, on by a bar, with Shift a stretch, and without it none", () => {
  const axis = new TimeAxis();
  axis.follow(NOW, LONG_AGO);
  const brush = new Brush(axis);
  brush.move(-1);
  assert.deepEqual(brush.stretch, { since: SECOND, until: SECOND + 1 });
  brush.move(-1);
  brush.move(-2, true);
  assert.deepEqual(brush.stretch, { since: SECOND - 3, until: SECOND });
  brush.move(10);
  assert.deepEqual(brush.stretch, { since: SECOND, until: SECOND + 1 });
  brush.to(axis.since);
  brush.move(-10);
  assert.equal(brush.place, axis.since);
});
