import assert from "node:assert/strict";
import { test } from "node:test";
import { Preferences } from "../../../web/js/lib/store.js";
import { watchCommands } from "../../../web/js/watch/commands/palette-commands.js";
import { reading } from "./reading.mjs";

const fields = (/** @type {number} */ seq) => ({
  level: seq % 5 === 0 ? "error" : "info",
  source: seq % 2 ? "worker" : "api",
});
/** What the page says it leaves out. @param {ReturnType<typeof reading>} page */
function counted(page) {
  page.draw();
  const { muted, mutedErrors, mutedBy, hidden, entries, looked, outside } = page.watch.filteredRows;
  assert.equal(looked, hidden + muted + outside + entries, "each is counted once");
  return { muted, mutedErrors, mutedBy, hidden, entries };
}

test("what is muted is left out and counted exactly, whatever the filter, the stretch and what comes and goes", () => {
  const page = reading({ rows: 20, fields });
  const { state, watch, add, shown } = page;
  const { mutes } = state.kept;
  mutes.add("source:worker");
  assert.deepEqual(counted(page), { muted: 10, mutedErrors: 2, mutedBy: [10], hidden: 0, entries: 10 });
  mutes.add("level:error");
  assert.deepEqual(counted(page), { muted: 12, mutedErrors: 4, mutedBy: [10, 2], hidden: 0, entries: 8 });
  assert.ok(!shown().includes("message 3") && shown().includes("message 4"));
  add(10, fields);
  assert.deepEqual(counted(page), { muted: 18, mutedErrors: 6, mutedBy: [15, 3], hidden: 0, entries: 12 });
  watch.deliverEarlier([], 0);
  state.setQuery("level:error");
  assert.deepEqual(counted(page), { muted: 6, mutedErrors: 6, mutedBy: [3, 3], hidden: 24, entries: 0 });
  state.clearFilter();
  state.span.between(1_000_000, 1_000_011);
  assert.deepEqual(counted(page).muted, 18);
  assert.deepEqual(watch.filteredRows.histogram.bars(1000, 1001).heights, [12], "the chart shows what the log does");
  state.span.all();
  state.place.select(3);
  state.surroundings.toggle();
  watch.ring.clear();
  assert.deepEqual(counted(page).muted, 0, "and what goes is taken back");
});

test("mutes are taken back one by one, and the palette mutes the row that is chosen", async () => {
  const page = reading({ rows: 20, fields: (seq) => ({ ...fields(seq), method: "GET", endpoint: `/r${seq % 4}` }) });
  const { state, run } = page;
  const offered = () => watchCommands(state).flatMap(({ id }) => (/mute/.test(id) ? [id] : []));
  assert.deepEqual(offered(), []);
  state.place.select(2);
  assert.deepEqual(offered(), ["mute", "mute-always"]);
  await run("mute");
  page.noted.marked = "source";
  await run("mute-always");
  assert.deepEqual(
    state.kept.mutes.list.map(({ text, always }) => [text, always]),
    [
      ["source:worker", true],
      ['route:"/r3"', false],
    ],
  );
  assert.equal(counted(page).muted, 10);
  state.kept.mutes.remove(state.kept.mutes.list[0]);
  assert.deepEqual(counted(page).mutedBy, [5]);
  state.kept.mutes.add('route:"/r3"', { always: true });
  assert.deepEqual(
    state.kept.mutes.list.map(({ always }) => always),
    [true],
    "what is muted always is not muted twice",
  );
  state.kept.mutes.add('route:"/r3"');
  await run("unmute");
  assert.deepEqual([state.kept.mutes.list, counted(page).muted], [[], 0]);
});

test("always is for the service in this browser, a session for the tab; another's are its own", () => {
  const [preferences, tab] = [new Preferences(null), new Preferences(null)];
  const first = reading({ preferences, tab, rows: 4, fields });
  first.state.kept.mutes.add("source:worker", { always: true });
  first.state.kept.mutes.add("level:error");
  const texts = (/** @type {any} */ options) => {
    const page = reading({ rows: 4, fields, ...options });
    return page.state.kept.mutes.list.map(({ text }) => text);
  };
  assert.deepEqual(texts({ preferences, tab }), ["source:worker", "level:error"], "after a reload");
  assert.deepEqual(texts({ preferences }), ["source:worker"], "in another tab");
  assert.deepEqual(texts({ preferences, tab, shared: true }), [], "a log that was shared is not this service's");
  const services = ["svc", "other"].map((id) => ({ id, name: id }));
  const several = reading({
    ...{ services, preferences, tab, rows: 8 },
    fields: (seq) => ({ ...fields(seq), service: seq % 4 < 2 ? "svc" : "other" }),
  });
  assert.deepEqual(counted(several), { muted: 2, mutedErrors: 1, mutedBy: [2, 0], hidden: 0, entries: 6 });
  several.state.kept.mutes.add("source:api", { service: "other", always: true });
  assert.deepEqual(counted(several).muted, 4, "of that service alone");
  assert.equal(first.state.kept.mutes.list.length, 2);
  first.state.stop();
  preferences.set("mutes", { svc: ["(", 3, "message:1"], x: "spoiled" });
  assert.deepEqual(
    several.state.kept.mutes.list.map(({ text }) => text),
    ["message:1", "level:error"],
  );
});

test("errors that are muted are not told; there is an end to how many are muted", () => {
  const page = reading({ rows: 1 });
  const { mutes } = page.state.kept;
  mutes.add("message:noise");
  page.state.looked(true);
  const receivedAt = page.watch.serverTime + 1;
  page.add(2, (seq) => ({ level: "error", receivedAt, message: seq % 2 ? "noise" : "news" }));
  assert.deepEqual(page.noted.errors, [1]);
  for (let index = 0; index < 60; index++) mutes.add(`message:m${index}`);
  assert.equal(mutes.list.length, 50);
  assert.match(page.state.problem, /At most 50/);
  mutes.remove(mutes.list[0]);
  mutes.add("message:x");
  assert.deepEqual([mutes.list.length, page.state.problem], [50, ""]);
});
