import assert from "node:assert/strict";
import { test } from "node:test";
import { watchCommands } from "../../../web/js/watch/commands/palette-commands.js";
import { stepOut } from "../../../web/js/watch/commands/step-out.js";
import { reading } from "./reading.mjs";

/** A server that keeps views. @param {any[]} [kept] */
function keeper(kept = []) {
  return {
    kept,
    list: async () => kept.slice(),
    save: async (/** @type {any} */ view) => {
      if (kept.some(({ name }) => name === view.name)) throw new Error("that name is taken");
      kept.push({ id: `v${kept.length}`, ...view });
      return kept.at(-1);
    },
    remove: async (/** @type {string} */ id) =>
      void kept.splice(
        kept.findIndex((each) => each.id === id),
        1,
      ),
  };
}

test("what is shown is saved under a name, and comes back with its query, its columns and its time", async () => {
  const views = keeper([{ id: "other", name: "elsewhere", service: "b", query: "x", columns: null, range: null }]);
  const { state, shown, noted } = reading({
    views,
    query: "level=error&level=warn&q=a OR b",
    rows: 6,
    fields: (seq) => ({
      level: seq % 2 ? "error" : "info",
      message: seq < 4 ? `a ${seq}` : "c",
      receivedAt: seq * 1000,
    }),
  });
  assert.deepEqual(shown(), ["a 1", "a 3"]);
  state.columns.show("route");
  state.span.between(2000, 5000);
  noted.name = "Trouble";
  await state.views.save();
  const saved = views.kept[1];
  assert.equal(saved.query, "(a OR b) (level:error OR level:warn)");
  assert.equal(saved.range, "1970-01-01T00:00:02.000Z/1970-01-01T00:00:05.000Z");
  assert.ok(saved.columns.includes("route") && saved.service === "svc");
  assert.deepEqual(
    state.views.list.map(({ name }) => name),
    ["Trouble"],
    "those of other services are not offered",
  );
  state.clearFilter();
  state.span.all();
  state.columns.reset();
  assert.equal(shown().length, 6);
  watchCommands(state)
    .find(({ group, title }) => group === "View" && title === "Trouble")
    ?.run();
  assert.deepEqual([shown(), state.columns.isShown("route")], [["a 3"], true]);
  await state.views.remove(state.views.list[0]);
  assert.deepEqual([state.views.list, views.kept.length], [[], 1]);
});

test("a view's time may count back from now, and one without a time shows all again", async () => {
  const view = { id: "1", name: "n", service: null, query: "", columns: null };
  const views = keeper();
  const { state, watch } = reading({ views, rows: 1 });
  state.views.show({ ...view, range: "-15m" });
  const { ago, since, until } = state.span.range ?? {};
  assert.deepEqual([ago, since, until], [15 * 60_000, 1_800_000_000_000 - 15 * 60_000, Infinity]);
  const clock = /** @type {import("../watching.mjs").FakeClock} */ (watch.clock);
  clock.advance(60_000);
  assert.equal(state.span.range?.since, since, "nothing that is read goes away");
  await state.views.save();
  state.views.show(views.kept[0]);
  assert.deepEqual([views.kept[0].range, state.span.range?.since], ["-900s", Number(since) + 60_000]);
  state.views.show({ ...view, range: null });
  assert.equal(state.span.range, null);
});

test("what can't be had says why, and a shared log has none", async () => {
  const views = { ...keeper(), list: () => Promise.reject(new Error("no answer")) };
  const { state } = reading({ views });
  await state.views.load();
  assert.equal(state.problem, "no answer");
  const shared = reading({ shared: true });
  await shared.state.views.save();
  assert.ok(!shared.state.views.offered && !watchCommands(shared.state).some(({ id }) => id === "save-view"));
});

test("a time without an end is kept as one, and is none that counts back", async () => {
  const views = keeper();
  const { state } = reading({ views, rows: 1 });
  state.span.between(2000, Infinity);
  await state.views.save();
  assert.equal(views.kept[0].range, "1970-01-01T00:00:02.000Z/");
  state.span.all();
  state.views.show(views.kept[0]);
  assert.deepEqual([state.span.range?.since, state.span.range?.until], [2000, Infinity]);
});

test("a shared log begins with its link's columns and time, and leaves the reader's own columns alone", () => {
  const shared = reading({ shared: true, rows: 6, fields: (seq) => ({ message: `m${seq}`, receivedAt: seq * 1000 }) });
  const { state, watch, preferences, browser, shown } = shared;
  const own = state.columns.shown.map(({ id }) => id);
  watch.subscriber.view = { columns: ["metadata.user", "message", "metadata.user", "?"], from: 2500, to: 4000 };
  watch.dispatchEvent(new Event("state"));
  const columns = () => state.columns.shown.map(({ id }) => id);
  assert.deepEqual(
    [columns(), shown()],
    [
      ["metadata.user", "message"],
      ["m2", "m3"],
    ],
  );
  assert.equal(browser.steps.length, 1, "there is nothing to go back to");
  state.clearFilter();
  assert.equal(columns()[0], "metadata.user", "a filter of the reader's own is not what brought them");
  state.columns.show("level");
  state.columns.move("message", 0);
  preferences.set("columns", null);
  state.span.all();
  watch.dispatchEvent(new Event("state"));
  assert.deepEqual([columns()[0], columns().length, shown().length], ["message", 3, 6], "it goes on from there");
  const mine = reading({ preferences });
  assert.deepEqual(
    mine.state.columns.shown.map(({ id }) => id),
    own,
  );
  const later = reading({ shared: true, query: "range=1-2" });
  later.watch.subscriber.view = { columns: null, from: 0, to: Infinity };
  later.watch.dispatchEvent(new Event("state"));
  assert.deepEqual([later.state.span.range?.until, later.state.columns.chosen], [2000, null], "nor does a reload");
});

/** @param {ReturnType<typeof reading>} page */
const columnsOf = ({ state }) => state.columns.shown.map(({ id }) => id);
const VIEW = { id: "v", name: "v", service: null, query: "message", columns: ["level", "message"], range: null };
const IN_VIEW = "q=message&column=level&column=message";

test("a view lends its columns: Back, Forward and a reload stand with them, and the own ones stay as they were", () => {
  const page = reading({ rows: 3 });
  const { state, browser, preferences } = page;
  state.columns.show("metadata.user");
  const [own, kept] = [columnsOf(page), preferences.get("columns")];
  state.views.show(VIEW);
  assert.deepEqual([columnsOf(page), browser.steps], [VIEW.columns, ["", `*${IN_VIEW}`]], "it is one step");
  browser.go(-1);
  assert.deepEqual([columnsOf(page), browser.query], [own, ""]);
  browser.go(1);
  assert.deepEqual([columnsOf(page), browser.query], [VIEW.columns, IN_VIEW]);
  const again = reading({ browser, preferences, rows: 3 });
  assert.deepEqual(columnsOf(again), VIEW.columns);
  again.state.views.show({ ...VIEW, query: "", columns: ["message", "source"] });
  again.state.views.show({ ...VIEW, columns: null });
  assert.deepEqual(
    [columnsOf(again), browser.query],
    [own, "q=message"],
    "a view without columns takes the reader's own",
  );
  browser.go(-1);
  assert.deepEqual([columnsOf(again), browser.query], [["message", "source"], "column=message&column=source"]);
  assert.deepEqual(preferences.get("columns"), kept);
});

test("columns that are changed while a view is shown are changed there alone, and saved as one more", async () => {
  const views = keeper();
  const page = reading({ views, rows: 3 });
  const { state, browser, preferences } = page;
  const own = columnsOf(page);
  state.views.show(VIEW);
  state.columns.show("metadata.a,b&c");
  state.columns.move("message", 0);
  const { query } = browser;
  assert.equal(browser.steps.length, 2, "they are no step");
  assert.deepEqual(columnsOf(reading({ query })), ["message", "level", "metadata.a,b&c"], "a reload stands with them");
  await state.views.save();
  assert.deepEqual(views.kept[0].columns, ["message", "level", "metadata.a,b&c"]);
  state.showTogether({ field: "request", value: "r" });
  assert.deepEqual(columnsOf(page), views.kept[0].columns, "one request is looked at with them");
  state.request.leave();
  const command = (/** @type {string} */ id) => watchCommands(state).find((each) => each.id === id);
  assert.equal(command("columns:reset"), undefined);
  command("columns:own")?.run();
  assert.deepEqual([columnsOf(page), browser.query], [own, "q=message"]);
  assert.deepEqual([preferences.get("columns"), command("columns:own")], [undefined, undefined]);
});

test("a filter that is cleared leaves its view, as one step; what is typed does not", () => {
  const page = reading({ rows: 3 });
  const { state, browser } = page;
  const own = columnsOf(page);
  state.views.show(VIEW);
  state.setQuery("", "typing");
  state.setQuery("a", "typing");
  assert.deepEqual(columnsOf(page), VIEW.columns);
  state.address.settle();
  state.clearFilter();
  assert.deepEqual([columnsOf(page), browser.steps.at(-1), browser.steps.length], [own, "*", 4]);
  browser.go(-1);
  assert.deepEqual(columnsOf(page), VIEW.columns);
  page.noted.inQuery = true;
  stepOut(state);
  assert.deepEqual([columnsOf(page), browser.query, browser.steps.length], [own, "", 4]);
});
