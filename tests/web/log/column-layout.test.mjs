import assert from "node:assert/strict";
import { test } from "node:test";
import { columnOf, FIRST } from "../../../web/js/log/columns/column-types.js";
import { ColumnLayout } from "../../../web/js/log/columns/column-layout.js";
import { Ring } from "../../../web/js/log/ring.js";
import { Preferences } from "../../../web/js/lib/store.js";
import { lineOf } from "../../../web/js/log/row-text.js";
import { dayOf } from "../../../web/js/lib/format.js";
import { nameTags } from "../../../web/js/log/service-colors.js";
import { entry } from "../watching.mjs";

const ids = (/** @type {ColumnLayout} */ columns) => columns.shown.map(({ id }) => id);
const ALONE = FIRST.filter((id) => id !== "service");

/** A browser's storage, and preferences over it. @param {unknown} [kept] */
function shelf(kept) {
  const items = new Map(kept === undefined ? [] : [["spectrix.preferences", JSON.stringify({ columns: kept })]]);
  const storage = {
    getItem: (/** @type {string} */ name) => items.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ value) => void items.set(name, value),
  };
  return { preferences: () => new Preferences(storage) };
}

test("at first, those of every log; the service only where there are several", () => {
  const { preferences } = shelf();
  assert.deepEqual(ids(new ColumnLayout(preferences(), { place: "a" })), ALONE);
  assert.deepEqual(ids(new ColumnLayout(preferences(), { place: "all", several: true })), FIRST);
  assert.ok(new ColumnLayout(preferences()).untouched);
});

test("moved, hidden, shown again at its place, and all of it remembered", () => {
  const { preferences } = shelf();
  const columns = new ColumnLayout(preferences(), { place: "a" });
  let changes = 0;
  columns.addEventListener("change", () => changes++);
  columns.move("duration", 1);
  columns.hide("method");
  columns.resize("source", 90.4);
  assert.deepEqual(ids(columns), ["time", "duration", "level", "message", "status", "source"]);
  assert.equal(changes, 3);
  const later = new ColumnLayout(preferences(), { place: "b" });
  assert.deepEqual(ids(later), ids(columns), "in every service");
  assert.equal(later.widthOf("source"), 90);
  assert.ok(!later.untouched);
  later.show("method");
  assert.deepEqual(ids(later), ["time", "duration", "level", "method", "message", "status", "source"]);
  later.reset();
  assert.deepEqual(ids(later), ALONE);
  assert.equal(later.widthOf("source"), null);
  assert.ok(later.untouched);
});

test("a place beyond the ends is the end, and a move to where it is none", () => {
  const columns = new ColumnLayout(shelf().preferences());
  columns.move("time", -3);
  assert.ok(columns.untouched);
  columns.move("time", 99);
  assert.equal(ids(columns).at(-1), "time");
  columns.move("nothing", 0);
  assert.equal(ids(columns).length, ALONE.length);
});

test("columns of metadata belong to their service; order and widths are common", () => {
  const { preferences } = shelf();
  const a = new ColumnLayout(preferences(), { place: "a" });
  a.show("metadata.user.id");
  a.show("metadata.plan");
  a.show("request");
  a.move("metadata.user.id", 0);
  assert.deepEqual(ids(a), ["metadata.user.id", ...ALONE, "metadata.plan", "request"]);
  const b = new ColumnLayout(preferences(), { place: "b" });
  assert.deepEqual(ids(b), [...ALONE, "request"]);
  b.show("metadata.plan");
  b.move("time", 2); // what b does not show keeps its place
  assert.deepEqual(ids(new ColumnLayout(preferences(), { place: "a" })), [
    "metadata.user.id",
    "level",
    "method",
    "time",
    "message",
    "status",
    "duration",
    "source",
    "metadata.plan",
    "request",
  ]);
  b.hide("metadata.plan");
  const again = new ColumnLayout(preferences(), { place: "a" });
  assert.ok(again.isShown("metadata.plan"), "in a it stays");
  again.reset();
  assert.deepEqual(ids(again), ALONE);
});

test("no more columns of metadata than can be read: the first goes", () => {
  const columns = new ColumnLayout(shelf().preferences(), { place: "a" });
  for (let i = 0; i < 14; i++) columns.show(`metadata.m${i}`);
  assert.ok(!columns.isShown("metadata.m1"));
  assert.deepEqual(
    ids(columns).slice(ALONE.length),
    Array.from({ length: 12 }, (_, i) => `metadata.m${i + 2}`),
  );
});

test("the message stays, and takes the room that is left", () => {
  const columns = new ColumnLayout(shelf().preferences());
  columns.hide("message");
  columns.resize("message", 100);
  assert.ok(columns.untouched);
  assert.deepEqual(
    ["time", "message", "status"].map((id) => columns.edgeOf(id)),
    ["end", "end", "start"],
    "edges lie towards it",
  );
});

test("a width within reason, and the tracks that come of it", () => {
  const columns = new ColumnLayout(shelf().preferences());
  for (const id of ["method", "status", "duration"]) columns.hide(id);
  columns.resize("time", 1);
  columns.resize("level", 99_999);
  assert.deepEqual(columns.tracks, {
    tracks:
      "28px 1600px minmax(20ch, 1fr) calc(0ch + clamp(0px, (100% - (28px + 1600px + 36ch + 0ch + 3 * var(--gap) + (16ch - 0ch))) * 999, (16ch - 0ch)))",
    least: "28px + 1600px + 20ch + 0ch",
  });
  columns.resize("time", null);
  assert.equal(columns.widthOf("time"), null);
});

test("another page of this browser has changed them", () => {
  const preferences = shelf().preferences();
  const [one, other] = [new ColumnLayout(preferences), new ColumnLayout(preferences)];
  one.hide("source");
  assert.ok(!other.isShown("source"));
  other.stop();
  one.show("source");
  assert.ok(!other.isShown("source"), "it has stopped listening");
});

test("what was spoiled costs its part and no more", () => {
  for (const kept of [
    7,
    null,
    "time",
    { order: "time" },
    { order: ["time"] },
    { order: [1, {}, "message"], widths: { time: "wide", level: 1e9, message: 80, x: 50 }, members: { a: 3 } },
  ]) {
    const columns = new ColumnLayout(shelf(kept).preferences(), { place: "a" });
    assert.ok(columns.isShown("message"), JSON.stringify(kept));
    assert.equal(columns.widthOf("time"), null);
    assert.equal(columns.widthOf("message"), null);
    assert.doesNotMatch(columns.tracks.tracks, /NaN|undefined|wide/);
  }
  const columns = new ColumnLayout(
    shelf({ order: ["message", "metadata.gone"], members: { a: ["metadata.kept", "nonsense"] } }).preferences(),
    { place: "a" },
  );
  assert.deepEqual(ids(columns), ["message", "metadata.kept"]);
});

test("what a column says of an entry", () => {
  const one = entry(7, {
    timestamp: Date.UTC(2026, 10, 25, 10, 30, 0, 112),
    message: "GET /users/7?x=1 done",
    method: "GET",
    endpoint: "/users/7?x=1",
    statusCode: 404,
    duration: 1200,
    service: "s",
    metadata: '{"user":{"id":9007199254740993,"a b":1.10},"requestId":"r-1","tags":["x","y"],"__proto__":"p"}',
  });
  const reader = {
    zone: /** @type {const} */ ("utc"),
    today: dayOf(one.timestamp, "utc"),
    service: nameTags([{ id: "s", name: "Shop" }]),
  };
  const said = (/** @type {string} */ id) => columnOf(id)?.text(one, reader);
  assert.deepEqual(
    [
      "service",
      "time",
      "message",
      "status",
      "duration",
      "number",
      "route",
      "request",
      "trace",
      "metadata.user.id",
      'metadata.user."a b"',
      "metadata.tags",
      "metadata.tags.1",
      "metadata.__proto__",
      "metadata.none",
    ].map(said),
    [
      "Shop",
      "10:30:00.112",
      "/users/7?x=1  done",
      "404",
      "1.2 s",
      "7",
      "/users/:id",
      "r-1",
      "",
      "9007199254740993",
      "1.10",
      '["x","y"]',
      "y",
      "p",
      "",
    ],
  );
  assert.equal(
    columnOf("time")?.text(one, { ...reader, today: dayOf(one.timestamp + 86_400_000, "utc") }),
    "2026-11-25 10:30:00.112",
  );
  for (const id of ["", "path", "metadata", "metadata.", "nothing", `metadata.${"x".repeat(300)}`])
    assert.equal(columnOf(id), undefined, id);
});

test("a line for the clipboard has the columns in their order, with escapes seen", () => {
  const ring = new Ring();
  const one = entry(7, { message: "red \u001b[31m\u202e", level: "warn", metadata: '{"plan":"pro\\n"}', source: "" });
  const columns = ["metadata.plan", "level", "source", "message"].flatMap((id) => columnOf(id) ?? []);
  const at = Date.UTC(2026, 10, 25, 10, 30, 0, 112);
  const reader = { zone: /** @type {const} */ ("utc"), today: dayOf(at, "utc"), service: nameTags([]) };
  const gap = /** @type {const} */ ({ kind: "gap", cause: "slow", from: 1, to: 2, count: 2, at: 0 });
  ring.append([one, gap, entry(8, { timestamp: at })]);
  assert.equal(lineOf(ring, 0, null, columns, reader), "pro\\n\twarn\tred \\x1b[31m\\u202e");
  assert.equal(lineOf(ring, 1, null, columns, reader), "-- gap: 2 entries not received (this page was too slow) --");
  const run = { first: 0, last: 2, count: 1200, open: false };
  assert.equal(
    lineOf(ring, 0, run, columns, reader),
    "pro\\n\twarn\tred \\x1b[31m\\u202e\t× 1,200 – 2026-11-25 10:30:00.112",
  );
  assert.equal(
    lineOf(ring, 0, { ...run, open: true }, columns.slice(0, 1), reader),
    "pro\\n",
    "each stands for itself",
  );
});

test("in a wide window the message stands last, until the reader says otherwise", () => {
  const columns = new ColumnLayout(shelf().preferences(), { place: "a" });
  const wide = ["time", "level", "status", "duration", "source", "method", "message"];
  columns.wide = true;
  assert.deepEqual(ids(columns), wide);
  assert.ok(columns.untouched);
  columns.show("metadata.plan");
  assert.deepEqual(ids(columns), [...wide.slice(0, -2), "metadata.plan", ...wide.slice(-2)]);
  columns.hide("metadata.plan");
  columns.move("status", 0);
  assert.deepEqual(ids(columns), ["status", "time", "level", "duration", "source", "method", "message"]);
  columns.wide = false;
  assert.equal(ids(columns)[0], "status", "what the reader has said holds in every window");
  columns.reset();
  assert.deepEqual(ids(columns), ALONE);
});

test("what is changed in columns that are lent goes with them, and the reader's own are there as they were", () => {
  const { preferences } = shelf();
  const keep = preferences();
  const columns = new ColumnLayout(keep, { place: "a" });
  columns.show("metadata.user");
  columns.resize("source", 90);
  const own = [ids(columns), columns.widthOf("source")];
  const kept = keep.get("columns");
  columns.giveBack();
  assert.deepEqual([columns.lent, keep.get("columns")], [null, kept], "the reader's own can't be given back");
  let changes = 0;
  columns.addEventListener("change", () => changes++);
  columns.lend(["level", "metadata.plan"]);
  assert.deepEqual(
    [ids(columns), columns.lent, columns.widthOf("source")],
    [["level", "metadata.plan", "message"], ["level", "metadata.plan", "message"], null],
  );
  columns.show("source");
  columns.move("message", 0);
  columns.hide("level");
  columns.resize("source", 40);
  assert.deepEqual(columns.lent, ["message", "metadata.plan", "source"]);
  assert.deepEqual([columns.chosen, keep.get("columns")], [columns.lent, kept]);
  keep.set("columns", { ...kept, widths: { source: 77 } }); // by another tab
  changes = 0;
  columns.giveBack();
  assert.deepEqual([ids(columns), columns.widthOf("source"), columns.lent, changes], [own[0], 77, null, 1]);
  columns.lend([...ALONE]);
  assert.deepEqual(columns.chosen, ALONE, "what is lent was chosen by somebody, though it be what one begins with");
});
