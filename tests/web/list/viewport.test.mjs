import assert from "node:assert/strict";
import { test } from "node:test";
import { Filter } from "../../../web/js/query/filter.js";
import { Lines } from "../../../web/js/log/lines.js";
import { Ring } from "../../../web/js/log/ring.js";
import { CollapsedLines } from "../../../web/js/log/collapsed-lines.js";
import { FilteredRows } from "../../../web/js/log/filtered-rows.js";
import { Viewport } from "../../../web/js/list/viewport.js";
import { entries } from "../watching.mjs";

/** A ring of so many rows, looked at through a window of ten rows of 24 px. */
function rig({ rows = 1000, bound = 200_000 } = {}) {
  const ring = new Ring({ rows: bound });
  const filteredRows = new FilteredRows(ring, new Filter());
  const content = { ring, filteredRows, lines: new Lines(filteredRows) };
  ring.observe({
    dropping(from, end) {
      content.filteredRows.dropping(from, end);
      content.lines.dropped();
    },
  });
  const viewport = new Viewport(() => content);
  viewport.height = 240;
  const self = {
    now: 0,
    ring,
    content,
    viewport,
    /** @param {number} count */
    add(count) {
      ring.append(entries(count, ring.end, (seq) => ({ level: seq % 2 ? "error" : "info" })));
      return self.layout();
    },
    layout() {
      content.filteredRows.advance();
      content.lines.advance();
      return viewport.layout();
    },
    /** @param {FilteredRows} filteredRows @param {Lines} [lines] */
    show(filteredRows, lines = new Lines(filteredRows)) {
      Object.assign(content, { filteredRows, lines });
      viewport.refiltered();
    },
    /** Row number at the upper edge, and px of it out of sight. */
    edge: () => [content.lines.rowAt(viewport.top), viewport.scroll % 24],
  };
  self.add(rows);
  return self;
}

test("it follows: the newest row is the last in sight", () => {
  const { add, viewport } = rig();
  assert.deepEqual(add(500), {
    contentHeight: 36_000,
    scroll: 35_760,
    from: 1488,
    to: 1500,
    dueFrom: 1488,
    dueTo: 1500,
  });
  assert.ok(viewport.following);
  assert.equal(viewport.waiting, 0);
});

for (const [lines, expected] of [
  [1, 60],
  [2, 30],
  [5, 30],
  [300, 30],
]) {
  test(`of ten rows in sight, with ${lines} more a frame, ${expected} frames a second are laid out`, () => {
    const { ring, content, viewport, layout } = rig();
    let laid = 0;
    for (let frame = 0; frame < 60; frame++) {
      ring.append(entries(lines, ring.end));
      content.filteredRows.advance();
      if (viewport.isBlur(frame * 16.7)) continue;
      laid++;
      layout();
    }
    assert.equal(laid, expected);
  });
}

/** Rows rush past, 300 a frame, until one is laid out. @param {ReturnType<typeof rig>} rig */
function rushed(rig) {
  for (;;) {
    rig.ring.append(entries(300, rig.ring.end));
    rig.content.filteredRows.advance();
    if (!rig.viewport.isBlur((rig.now += 16.7))) return rig.layout() ?? assert.fail("adrift");
  }
}

test("rows that rush past take turns: three layouts write each once, and who stops there has all of them right", () => {
  const rushing = rig();
  rushed(rushing); // which shows how fast they come
  const written = new Map();
  for (let turn = 0; turn < 3; turn++) {
    const { from, to, dueFrom, dueTo } = rushed(rushing);
    assert.ok(dueTo - dueFrom <= (to - from) / 3 + 1, `${dueTo - dueFrom} of ${to - from}`);
    for (let at = dueFrom; at < dueTo; at++) written.set(at - from, (written.get(at - from) ?? 0) + 1);
  }
  assert.deepEqual(
    [...written].sort(([a], [b]) => a - b),
    Array.from({ length: 12 }, (_, at) => [at, 1]),
  );
  const { viewport, layout } = rushing;
  assert.ok(!viewport.isBlur(1000), "nothing came");
  const { from, to, dueFrom, dueTo } = layout() ?? assert.fail("adrift");
  assert.deepEqual([dueFrom, dueTo], [from, to]);
});

test("a row that is pressed stays where it is seen, though the others took their turn", () => {
  const rushing = rig();
  const { viewport, content, layout } = rushing;
  rushed(rushing);
  const before = rushed(rushing);
  const row = content.lines.rowAt(before.from + 4);
  const top = (before.from + 4 - viewport.base) * 24;
  const distance = top - viewport.scroll;
  rushed(rushing);
  viewport.hold({ row, top: viewport.scroll + distance });
  const after = layout() ?? assert.fail("adrift");
  assert.equal((content.lines.positionOf(row) - viewport.base) * 24 - viewport.scroll, distance);
  assert.deepEqual([after.dueFrom, after.dueTo], [after.from, after.to]);
});

test("a row that is pressed and is not kept any more stays as well", () => {
  const { add, viewport, content, layout } = rig({ bound: 1000 });
  const row = content.lines.rowAt(viewport.top);
  add(2000);
  viewport.hold({ row, top: viewport.scroll });
  assert.ok(viewport.adrift);
  assert.equal(layout(), null);
});

test("while a full ring is followed, nothing scrolls; a reader who leaves the end has the rows there are", () => {
  const { add, ring, content, viewport, layout } = rig({ bound: 5120 });
  add(5000);
  const full = ring.length;
  add(20);
  const before = add(0);
  for (const count of [7, 1, 300, 11]) {
    const { contentHeight, scroll } = add(count) ?? assert.fail("adrift");
    assert.deepEqual([contentHeight, scroll], [before?.contentHeight, before?.scroll], `${ring.length} of ${full}`);
    assert.equal(content.lines.rowAt(viewport.bottom - 1), ring.end - 1);
  }
  viewport.toStart();
  assert.equal(layout()?.contentHeight, ring.length * 24);
  assert.equal(content.lines.rowAt(viewport.top), ring.first);
});

test("what is too fast to be read waits for a frame that is free, but not for long", () => {
  const { ring, content, viewport, layout } = rig();
  assert.ok(!viewport.isBlur(1000, true));
  layout();
  ring.append(entries(500, ring.end));
  content.filteredRows.advance();
  assert.ok(viewport.isBlur(1047, true));
  assert.ok(!viewport.isBlur(1047), "a free one");
  assert.ok(viewport.isBlur(1094, true));
  assert.ok(!viewport.isBlur(1096, true), "long enough");
  viewport.refiltered();
  assert.ok(!viewport.isBlur(1097, true), "what the reader asked for does not wait");
  content.filteredRows = new FilteredRows(ring, new Filter());
  content.lines = new Lines(content.filteredRows);
  ring.append(entries(5, ring.end));
  assert.ok(viewport.isBlur(1134, true), "what is searched is shown bit by bit");
  assert.ok(!viewport.isBlur(1148, true), "also in a full frame");
});

test("what can be read is laid out with every frame, and so is what the reader asks for", () => {
  const { add, viewport, layout } = rig();
  assert.ok(!viewport.isBlur(1000));
  layout();
  for (let frame = 1; frame < 5; frame++) {
    add(5);
    assert.ok(!viewport.isBlur(1000 + frame));
  }
  add(500);
  layout();
  viewport.scrolledTo(100);
  assert.ok(!viewport.isBlur(1010), "scrolled up");
  viewport.follow();
  assert.ok(!viewport.isBlur(1011), "back at the end");
  layout();
  viewport.refiltered();
  assert.ok(!viewport.isBlur(1012), "with another filter");
});

test("fewer rows than there is room for stand at the top", () => {
  assert.deepEqual(rig({ rows: 3 }).layout(), { contentHeight: 72, scroll: 0, from: 0, to: 3, dueFrom: 0, dueTo: 3 });
});

test("scrolled up, the row at the top stays while rows come", () => {
  const { add, viewport, edge } = rig();
  assert.ok(viewport.scrolledTo(2410));
  assert.deepEqual(edge(), [100, 10]);
  add(5000);
  assert.deepEqual(edge(), [100, 10]);
  assert.equal(viewport.scroll, 2410);
  assert.ok(!viewport.following);
  assert.equal(viewport.waiting, 6000 - 111);
});

test("and while rows are dropped, though the offset changes", () => {
  const { add, viewport, edge } = rig({ bound: 1000 });
  viewport.scrolledTo(900 * 24 + 5);
  for (let i = 0; i < 8; i++) {
    add(100);
    assert.deepEqual(edge(), [900, 5]);
  }
  assert.ok(viewport.scroll < 200 * 24);
});

test("the layout's own offset is not the reader's doing; back at the end it follows again", () => {
  const { add, viewport } = rig();
  assert.equal(viewport.scrolledTo(viewport.scroll + 0.5), false);
  viewport.scrolledTo(100);
  assert.ok(!viewport.following);
  viewport.scrolledTo(1000 * 24 - 240);
  assert.ok(viewport.following);
  assert.equal(add(10)?.scroll, 1010 * 24 - 240);
});

test("what is read and not kept any more stays until the reader moves", () => {
  const { add, viewport } = rig({ bound: 1000 });
  viewport.scrolledTo(24);
  assert.equal(add(2000), null);
  assert.ok(viewport.adrift);
  viewport.scrolledTo(48);
  assert.ok(!viewport.adrift);
  assert.ok(viewport.layout());
  viewport.follow();
  assert.ok(viewport.following);
});

test("a pause holds the place and the end, and counts what waits", () => {
  const { add, viewport, edge } = rig();
  viewport.pause();
  const [row] = edge();
  const layout = add(214);
  assert.equal(layout?.contentHeight, 24_000);
  assert.deepEqual(edge(), [row, 0]);
  assert.equal(viewport.waiting, 214);
  viewport.scrolledTo(100);
  viewport.scrolledTo(24_000 - 240);
  assert.ok(viewport.paused, "at its end a pause stays one");
  viewport.follow();
  assert.ok(viewport.following && !viewport.paused);
  assert.equal(add(0)?.scroll, 1214 * 24 - 240);
});

test("a row is brought into sight from afar with some above it, else with the least movement", () => {
  const { viewport, layout, edge } = rig();
  viewport.reveal(503);
  layout();
  assert.deepEqual(edge(), [499, 16]);
  viewport.reveal(495);
  layout();
  assert.deepEqual(edge(), [495, 0]);
  viewport.reveal(500);
  layout();
  assert.deepEqual(edge(), [495, 0]);
  viewport.scrolledTo(500 * 24);
  viewport.reveal(505);
  layout();
  assert.deepEqual(edge(), [500, 0]);
  viewport.reveal(510);
  layout();
  assert.deepEqual(edge(), [501, 0]);
});

test("with another filter the reader stays at the row, or at the next one shown", () => {
  const { show, viewport, ring, layout, edge } = rig();
  viewport.scrolledTo(100 * 24);
  show(new FilteredRows(ring, new Filter({ text: "level:error" }), viewport.origin));
  layout();
  assert.deepEqual(edge(), [101, 0]);
  show(new FilteredRows(ring, new Filter(), viewport.origin));
  layout();
  assert.deepEqual(edge(), [100, 0]);
});

test("rows of another height: the same row is at the top", () => {
  const { viewport, layout, content } = rig();
  viewport.scrolledTo(100 * 24 + 7);
  viewport.resizeRows(44);
  layout();
  assert.equal(content.lines.rowAt(viewport.top), 100);
  assert.equal(viewport.scroll, 4400);
});

test("it never asks for more rows than its capacity", () => {
  const { viewport, layout } = rig();
  for (const scroll of [0, 1, 23, 5000.5, 23_760]) {
    viewport.scrolledTo(scroll);
    const { from, to } = /** @type {import("../../../web/js/list/viewport.js").Layout} */ (layout());
    assert.ok(to - from <= viewport.capacity);
  }
});

/** A rig whose rows come in runs of five of a level. @param {number} rows */
function repeating(rows, bound = 200_000) {
  const self = rig({ rows: 0, bound });
  const add = (/** @type {number} */ count) => {
    self.ring.append(
      entries(count, self.ring.end, (seq) => ({
        level: Math.floor(seq / 5) % 2 ? "error" : "info",
        message: "the same",
      })),
    );
    return self.layout();
  };
  const collapse = (/** @type {number | undefined} */ origin) => {
    self.show(self.content.filteredRows, new CollapsedLines(self.ring, self.content.filteredRows, origin));
    return self.layout();
  };
  add(rows);
  return { ...self, add, collapse };
}

test("repeats are collapsed and opened around the row that is read", () => {
  const { viewport, content, layout, collapse, edge } = repeating(1000);
  viewport.scrolledTo(500 * 24);
  viewport.keeping(505, () => collapse(505));
  layout();
  assert.equal(
    content.lines.positionOf(505) * 24 - (viewport.scroll + viewport.base * 24),
    5 * 24,
    "as far down as before",
  );
  assert.deepEqual(viewport.runAt(content.lines.positionOf(505)), { first: 505, last: 509, count: 5, open: false });
  viewport.keeping(505, () => content.lines.unfold(content.lines.positionOf(505), true));
  layout();
  assert.deepEqual([viewport.scroll - (content.lines.positionOf(505) - viewport.base) * 24, edge()[0]], [-5 * 24, 480]);
});

test("a run that grows in sight moves nothing; below, its rows wait", () => {
  const { viewport, content, add, collapse } = repeating(1003);
  collapse(undefined);
  assert.ok(viewport.following);
  viewport.scrolledTo(100 * 24);
  const before = [viewport.scroll, content.lines.rowAt(viewport.top)];
  assert.equal(viewport.waiting, 1003 - 550);
  add(200);
  assert.deepEqual([viewport.scroll, content.lines.rowAt(viewport.top)], before);
  assert.equal(viewport.waiting, 1203 - 550);
});

test("paused within a run, what it goes on with waits and is not counted", () => {
  const { viewport, content, add, collapse } = repeating(1003);
  collapse(undefined);
  viewport.pause();
  const { end } = viewport;
  add(1);
  assert.equal(viewport.end, end, "its line stays");
  assert.equal(viewport.waiting, 1);
  assert.deepEqual(viewport.runAt(end - 1), { first: 1000, last: 1002, count: 3, open: false });
  add(40);
  assert.deepEqual([viewport.end, viewport.waiting, viewport.runAt(end - 1)?.count], [end, 41, 3]);
  viewport.follow();
  assert.equal(viewport.runAt(content.lines.end - 1)?.first, 1040);
});

test("a run at the top whose beginning is dropped is still what is read", () => {
  const { viewport, content, ring, layout, collapse } = repeating(1000, 1000);
  collapse(undefined);
  viewport.scrolledTo(5);
  assert.equal(content.lines.rowAt(viewport.top), 0);
  ring.append(entries(1, ring.end, () => ({ message: "another" })));
  layout();
  assert.equal(ring.first, 4);
  assert.ok(!viewport.adrift);
  assert.deepEqual([content.lines.rowAt(viewport.top), viewport.scroll], [4, 5], "what is left of the run");
});
