import assert from "node:assert/strict";
import { test } from "node:test";
import { Filter } from "../../../web/js/query/filter.js";
import { actionOf } from "../../../web/js/watch/commands/key-map.js";
import { watchCommands } from "../../../web/js/watch/commands/palette-commands.js";
import { entry } from "../watching.mjs";
import { stepOut } from "../../../web/js/watch/commands/step-out.js";
import { reading } from "./reading.mjs";

const levels = (/** @type {number} */ seq) => ({ level: seq % 5 === 0 ? "error" : "info" });

test("a filter is written into the address, and one that the address says is taken from there", () => {
  const { state, browser, shown, noted } = reading({ query: "level=error", rows: 10, fields: levels });
  assert.deepEqual(shown(), ["message 5", "message 10"]);
  assert.equal(state.watch.filter.text, "level:error", "what is ticked is a term of the query");
  state.setQuery("message:10");
  assert.deepEqual(shown(), ["message 10"]);
  assert.equal(browser.query, "q=message%3A10");
  const { changes } = noted;
  state.setQuery("message:10");
  assert.equal(noted.changes, changes, "the same again changes nothing");
  browser.location.hash = "#/services/svc/watch?level=info";
  state.readAddress();
  assert.equal(shown().length, 8);
  assert.equal(browser.query, "level=info");
  state.setFilter(state.watch.filter.choose("level", state.watch.filter.choice("level").toggle("error")));
  assert.equal(browser.query, "q=%28level%3Ainfo+OR+level%3Aerror%29");
  state.clearFilter();
  assert.deepEqual([shown().length, browser.query, noted.focus], [10, "", ["list"]]);
});

test("a time in the address is what alone is shown, until all is asked for", async () => {
  const { state, browser, shown, run } = reading({
    query: "range=1000-1001",
    rows: 4,
    fields: (seq) => ({ receivedAt: 999_000 + seq * 500 }),
  });
  assert.deepEqual(shown(), ["message 2", "message 3"]);
  assert.deepEqual([state.span.outside, state.span.past, state.stand.following], [2, true, false]);
  await run("whole");
  assert.deepEqual([shown().length, browser.query, state.span.range], [4, "", null]);
  state.span.between(1_000_000, 1_001_000);
  assert.deepEqual([shown().length, browser.query], [2, "range=1000-1001"]);
  await run("follow");
  assert.deepEqual([shown().length, state.stand.following], [4, true]);
});

test("steps go from row to row, to errors round and round, and to gaps", async () => {
  const { state, watch, add, run } = reading({ rows: 10, fields: levels });
  watch.deliver([/** @type {any} */ ({ kind: "gap", cause: "slow", count: 3, from: 11, to: 13, at: 1_000_010 })], 0);
  add(20, levels);
  await run("next-error");
  assert.equal(state.place.current, 4, "without a row, forward begins at the oldest");
  await run("next-error");
  assert.equal(state.place.current, 9);
  await run("previous-error");
  await run("previous-error");
  assert.equal(watch.ring.row(state.place.current ?? -1).kind, "entry");
  assert.ok((state.place.current ?? 0) > 20, "from the first one back to the last");
  await run("gap");
  assert.equal(state.place.current, 10);
  await run("down");
  assert.deepEqual([state.place.current, state.place.following], [11, false]);
  await run("up");
  await run("up");
  assert.equal(state.place.current, 9);
  await run("page-down");
  assert.equal(state.place.current, 18);
  await run("start");
  assert.equal(state.place.viewport.top, 0);
  await run("follow");
  assert.equal(state.place.following, true);
});

test("an entry opens and is left: the address names it, and the steps take it along", async () => {
  const { state, browser, noted, run } = reading({ rows: 5 });
  state.place.select(2);
  await run("detail");
  assert.equal(state.openEntry.entry?.seq, 3);
  assert.match(browser.query, /entry=e1\.3/);
  assert.deepEqual(noted.focus.splice(0), ["detail"]);
  await run("down");
  assert.equal(state.openEntry.entry?.seq, 4);
  assert.equal(state.entryLink, "http://localhost/#/services/svc/watch?entry=e1.4");
  await run("copy-json");
  assert.equal(JSON.parse(noted.copied[0]).message, "message 4");
  await run("back");
  assert.deepEqual([state.openEntry.entry, browser.query, noted.focus], [null, "", ["list"]]);
  await run("back");
  assert.equal(state.place.current, null, "the next step lets go of the row");
});

test("where an entry takes the window, a step back in the browser leaves it, and the panel stays", () => {
  const { state, browser } = reading({ rows: 5, narrow: true });
  state.openPanel("errors");
  state.showSample({ row: 4, latest: /** @type {any} */ (state.watch.ring.row(4)) });
  state.openPanel("routes");
  assert.match(browser.query, /panel=routes&entry=e1\.5/);
  state.openEntry.close();
  assert.deepEqual([state.openEntry.entry, browser.query], [null, "panel=routes"]);
});

test("the entry of the address is sought in the log, then at the server, and what is gone is told", async () => {
  const live = (/** @type {ReturnType<typeof reading>} */ { watch }) => {
    const subscriber = /** @type {any} */ (watch.subscriber);
    subscriber.phase = "live";
    return watch;
  };
  const here = reading({ query: "entry=e1.3", rows: 5 });
  await here.state.openEntry.seek();
  assert.equal(here.state.openEntry.entry, null, "not before everything has come");
  live(here);
  await here.state.openEntry.seek();
  assert.deepEqual([here.state.openEntry.entry?.seq, here.state.place.current], [3, 2]);

  const there = reading({ query: "entry=e1.3", fetch: async ({ seq }) => entry(seq) });
  live(there);
  await there.state.openEntry.seek();
  assert.equal(there.state.openEntry.entry?.seq, 3);

  const gone = reading({ query: "entry=e1.3", fetch: async () => null });
  live(gone);
  await gone.state.openEntry.seek();
  assert.match(gone.state.problem, /not kept any more/);

  const refused = reading({
    query: "entry=e1.3",
    fetch: async () => {
      throw new Error("why not");
    },
  });
  live(refused);
  await refused.state.openEntry.seek();
  assert.equal(refused.state.problem, "why not");

  const late = reading({ query: "entry=e1.3", fetch: async ({ seq }) => entry(seq) });
  live(late);
  const seeking = late.state.openEntry.seek();
  late.state.stop();
  await seeking;
  assert.equal(late.state.openEntry.entry, null);
});

test("marks are set, stepped through, named, shown alone and cleared", async () => {
  const { state, add, shown, run } = reading({ rows: 2 });
  await run("mark");
  add(2, (seq) => ({ message: `later ${seq}` }));
  await run("mark");
  assert.deepEqual(shown(), ["message 1", "message 2", 1, "later 4", "later 5", 2]);
  await run("previous-mark");
  await run("previous-mark");
  assert.equal(state.marks.chosen?.row.number, 1);
  await run("only-mark");
  assert.deepEqual(shown(), [1, "later 4", "later 5", 2]);
  assert.equal(state.span.outside, 2);
  await run("mark");
  assert.deepEqual(shown(), [3], "only what followed a mark goes on from the new one");
  await run("only-mark");
  assert.equal(shown().length, 7);
  const [first] = state.marks.marks.list;
  await state.marks.grant({ do: "name", mark: first });
  assert.equal(first.row.name, "a name");
  await state.marks.grant({ do: "only", mark: first });
  assert.equal(shown().length, 5);
  await state.marks.grant({ do: "clear", mark: first });
  assert.deepEqual([shown().length, state.span.mark], [6, null]);
  await state.marks.grant({ do: "clear", mark: null });
  assert.deepEqual(shown(), ["message 1", "message 2", "later 4", "later 5"]);
});

test("the list is cleared and brought back, and going to a row outside brings everything", async () => {
  const { state, add, shown, run } = reading({ rows: 3 });
  await run("clear");
  add(1);
  assert.deepEqual([shown(), state.span.outside], [["message 4"], 3]);
  state.steps.to(0);
  assert.deepEqual([shown().length, state.place.current, state.span.clearedAt], [4, 0, 0]);
  await run("clear");
  await run("clear");
  assert.equal(shown().length, 4);
});

test("an entry is shown among all those around it, and the filter comes back", async () => {
  const { state, shown, run } = reading({ query: "level=error", rows: 20, fields: levels });
  assert.equal(state.surroundings.offered, false);
  state.place.select(9);
  state.openPanel("routes");
  await run("context");
  assert.deepEqual([shown().length, state.panel, state.place.current], [20, "log", 9]);
  await run("back");
  assert.equal(shown().length, 4);
});

test("a value of the current row becomes a term: the marked one, else what tells most", async () => {
  const { state, noted, run, preferences } = reading({
    rows: 3,
    fields: () => ({ method: "GET", endpoint: "/users/7", statusCode: 404 }),
  });
  state.place.select(1);
  await run("include");
  assert.equal(state.watch.filter.query.text, 'route:"/users/:id"');
  state.clearFilter();
  noted.marked = "status";
  await run("exclude");
  assert.equal(state.watch.filter.query.text, "-status:404");
  noted.marked = "number";
  state.clearFilter();
  await run("include");
  assert.equal(state.watch.filter.query.text, 'route:"/users/:id"', "no term tells a number");
  assert.ok(preferences.get("recentQueries").includes("-status:404"));
  state.terms.narrow({ terms: "level:error", service: "svc" });
  assert.equal(state.watch.filter.services.has("other"), false);
});

test("what was ticked off comes back where a term asks for it", () => {
  const { state } = reading({ query: "level=error", rows: 1 });
  state.terms.add({ field: "level", value: "info", exclude: false });
  assert.equal(state.watch.filter.query.text, "level:info");
  state.setQuery("(level:error OR level:warn) x -source:api");
  state.terms.add({ field: "level", value: "info", exclude: false });
  state.terms.add({ field: "source", value: "API", exclude: false });
  assert.equal(state.watch.filter.query.text, "x level:info source:API");
});

test("one step back at a time: of the query, the sheet, the panel, a time", async () => {
  const { state, noted, run, browser } = reading({ query: "range=1-2&panel=routes&q=x", rows: 1 });
  state.showSheet(true);
  noted.inQuery = true;
  await run("back");
  assert.equal(state.watch.filter.empty, true);
  await run("back");
  assert.deepEqual(noted.focus, ["list"]);
  noted.inQuery = false;
  await run("back");
  assert.deepEqual([state.sheet, state.panel], [false, "routes"]);
  await run("back");
  assert.deepEqual([state.panel, Boolean(state.span.range)], ["log", true]);
  await run("back");
  assert.deepEqual([state.span.range, browser.query], [null, ""]);
});

test("one thing at a time is done, and what went wrong is told until the next", async () => {
  /** @type {((error: Error) => void)[]} */
  const rejects = [];
  const { state, noted, run } = reading({
    doings: { createKey: () => new Promise((_, reject) => rejects.push(reject)) },
  });
  const made = state.actions.createKey();
  assert.equal(state.actions.busy, true);
  await state.actions.sendTest();
  assert.deepEqual(noted.done, []);
  rejects[0](new Error("no room"));
  await made;
  assert.deepEqual([state.problem, state.actions.busy], ["no room", false]);
  await run("share");
  await state.actions.sendTest();
  assert.equal(state.problem, "");
  assert.deepEqual(noted.done.slice(0, 1), ["share"]);
});

test("a pause holds back what comes, and repeats stand as one where the reader wants it", async () => {
  const { state, add, shown, run, preferences } = reading({
    rows: 30,
    fields: (seq) => ({ message: "x".repeat(seq) }),
  });
  await run("pause");
  add(5);
  assert.deepEqual(state.stand, { following: false, paused: true, waiting: 5, adrift: false, seeking: false });
  await run("pause");
  assert.equal(state.place.following, true);
  add(5, () => ({ message: "again" }));
  const all = shown().length;
  await run("collapse");
  assert.equal(preferences.get("collapse"), true);
  assert.equal(shown().length, all - 4);
  state.place.select(39);
  await run("detail");
  assert.deepEqual([shown().length, state.openEntry.entry], [all, null], "the first press opens the run");
  await run("fold");
  assert.equal(shown().length, all - 4);
});

test("errors that come in while nobody looks are told, and a shared log offers less", () => {
  const own = reading({ rows: 1 });
  own.state.looked(true);
  const later = own.watch.serverTime + 1;
  own.add(1, () => ({ level: "error", receivedAt: later }));
  own.state.looked(false);
  assert.deepEqual(own.noted.errors, [1, 0]);
  const titles = (/** @type {ReturnType<typeof reading>} */ { state }) =>
    watchCommands(state).map(({ title }) => title);
  assert.ok(titles(own).includes("Share this log by a link"));
  own.state.showTogether({ field: "request", value: "1" });
  assert.ok(titles(own).includes("Show This request"));
  const shared = reading({ rows: 1, shared: true });
  assert.ok(!titles(shared).some((title) => /Share|Renew|Rejected/.test(title)));
  shared.state.place.select(0);
  shared.state.steps.open();
  assert.equal(shared.state.entryLink, "");
  const several = reading({
    services: [
      { id: "a", name: "A" },
      { id: "b", name: "B" },
    ],
  });
  assert.ok(!titles(several).includes("Share this log by a link"));
});

test("the palette's commands act on the state", () => {
  const { state, preferences } = reading({ rows: 10, fields: levels });
  state.terms.add({ field: "level", value: "warn", exclude: false });
  const run = (/** @type {string} */ id) =>
    watchCommands(state)
      .find((command) => command.id === id)
      ?.run();
  run("clear-filter");
  run("level:error");
  assert.equal(state.watch.filter.query.text, "level:error");
  run("query:level:warn");
  assert.equal(state.watch.filter.query.text, "level:warn");
  run("panel:errors");
  assert.equal(state.panel, "errors");
  run("column:route");
  assert.ok(state.columns.isShown("route"));
  run("columns:reset");
  assert.ok(!state.columns.isShown("route"));
  preferences.set("recentQueries", []);
  assert.ok(!watchCommands(state).some(({ group }) => group === "Recent query"));
});

test("a key means an action: letters can be switched off, and rows have to be in sight", () => {
  const press = (/** @type {string} */ key, more = {}) => ({ key, capsLock: false, shift: false, ...more });
  const reader = { letterKeys: true, seesRows: true };
  assert.equal(actionOf(press("m"), reader)?.id, "mark");
  assert.equal(actionOf(press("M", { capsLock: true }), reader)?.id, "mark", "Caps Lock is not what was meant");
  assert.equal(actionOf(press("E", { shift: true }), reader)?.id, "previous-error");
  assert.equal(actionOf(press("ArrowDown", { shift: true }), reader), undefined, "Shift is the browser's");
  assert.equal(actionOf(press(" ", { shift: true }), reader), undefined);
  assert.equal(actionOf(press("F6"), reader)?.id, "region");
  assert.equal(actionOf(press("F6", { shift: true }), reader)?.id, "previous-region");
  assert.equal(actionOf(press("m"), { ...reader, letterKeys: false }), undefined);
  assert.equal(actionOf(press(" "), { ...reader, letterKeys: false })?.id, "pause");
  assert.equal(actionOf(press("ArrowDown"), { ...reader, seesRows: false }), undefined);
  assert.equal(actionOf(press("e"), { ...reader, seesRows: false })?.id, "next-error");
});

test("what is left is heard no longer", () => {
  const { state, watch, noted, preferences } = reading({ rows: 1 });
  state.stop();
  const { changes } = noted;
  preferences.set("zone", "utc");
  watch.setFilter(new Filter({ text: "x" }));
  watch.advance(Infinity);
  assert.equal(noted.changes, changes);
});

test("a mark is set above the row, or where something came at a time; the comparison begins there", async () => {
  const { state, run, shown } = reading({ rows: 10 });
  await run("mark-row");
  assert.equal(state.marks.marks.list.length, 0, "without a row there is no place for it");
  state.place.select(4);
  await run("mark-row");
  state.marks.setAt(1_000_002);
  assert.deepEqual(
    state.marks.marks.list.map(({ at, row }) => [at, row.at]),
    [
      [1, 1_000_002],
      [4, 1_000_005],
    ],
  );
  assert.equal(shown().length, 10, "no row is added");
  await run("only-mark");
  assert.deepEqual(shown()[0], "message 2");
  await run("next-mark");
  assert.equal(state.place.current, 4);
});

test("one request takes the place of the filter, asks the other services, and leads back", async () => {
  /** @type {string[]} */
  const asked = [];
  const { state, shown, browser } = reading({
    query: "level=error&q=boom",
    rows: 6,
    fields: (seq) => ({ metadata: `{"requestId":"r${seq % 2}"}`, message: `message ${seq}` }),
    fetchOthers: async (q) => {
      asked.push(q);
      return { entries: [entry(90, { service: "other" })], services: [{ id: "other", name: "Other" }] };
    },
  });
  assert.deepEqual(shown(), []);
  state.showTogether({ field: "request", value: "r1" });
  assert.deepEqual(shown(), ["message 1", "message 3", "message 5"]);
  assert.deepEqual([state.panel, asked, state.request.elsewhere.asking], ["request", ["request:r1"], true]);
  assert.deepEqual(state.panels.map(({ id }) => id).slice(0, 2), ["log", "request"]);
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(state.request.elsewhere.entries.length, 1);
  state.showTogether({ field: "request", value: "r0" });
  assert.deepEqual(shown(), ["message 2", "message 4", "message 6"]);
  stepOut(state);
  assert.deepEqual([state.panel, state.watch.filter.text, shown()], ["log", "boom level:error", []]);
  assert.equal(browser.query, "q=boom+level%3Aerror");
  state.showTogether({ field: "trace", value: "t" });
  state.setQuery("something else");
  assert.deepEqual([state.panel, state.request.isShown], ["log", false], "another query is no request");
});
