import assert from "node:assert/strict";
import { test } from "node:test";
import { Preferences } from "../../../web/js/lib/store.js";
import { entries } from "../watching.mjs";
import { reading } from "./reading.mjs";

/** A storage as a browser has. */
function storage() {
  /** @type {Map<string, string>} */
  const kept = new Map();
  return {
    getItem: (/** @type {string} */ name) => kept.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ text) => void kept.set(name, text),
  };
}

/** A browser with a tab: each page in it is opened over what the one before left. */
function opened() {
  const [browser, session] = [storage(), storage()];
  const open = (/** @type {any} */ options = {}) => {
    const page = reading({ preferences: new Preferences(browser), tab: new Preferences(session), ...options });
    page.state.kept.start();
    return page;
  };
  return { open, forgetTab: () => session.setItem("spectrix.preferences", "{}") };
}

/** All that the server had is there. @param {ReturnType<typeof reading>} page */
function arrived({ watch }) {
  Object.defineProperty(watch.subscriber, "phase", { value: "live", configurable: true });
  watch.dispatchEvent(new Event("state"));
}

/** What stands at the top. @param {ReturnType<typeof reading>} page */
function top({ state, watch, draw }) {
  draw();
  const { viewport } = state.place;
  const row = watch.ring.row(watch.lines.rowAt(viewport.top));
  return row.kind === "entry" ? row.message : row.kind;
}

test("after a reload the page stands at the entry that was read, wherever it comes to stand", () => {
  const { open, forgetTab } = opened();
  const first = open({ rows: 100 });
  first.state.place.select(30);
  const at = top(first);
  const { scroll } = first.state.place.viewport;
  first.state.rest();

  const second = open();
  second.add(40, (seq) => entries(1, 60 + seq)[0]);
  arrived(second);
  assert.match(second.state.kept.place.gone, /kept no longer, nor \d+ entries after it/);
  second.state.place.follow();
  assert.equal(second.state.kept.place.gone, "", "once one goes elsewhere it was read");
  second.state.rest();

  const third = open();
  third.add(10, (seq) => entries(1, 90 + seq)[0]);
  assert.deepEqual([third.state.stand.seeking, third.state.stand.following], [false, true], "it was left following");
  third.state.stop();

  first.state.rest();
  const fourth = open();
  fourth.add(40, (seq) => entries(1, 60 + seq)[0]);
  assert.deepEqual([fourth.state.stand.seeking, fourth.state.stand.following], [true, true]);
  fourth.watch.deliverEarlier(entries(60, 1), 0);
  assert.deepEqual([top(fourth), fourth.state.stand.seeking, fourth.state.stand.following], [at, false, false]);
  assert.equal(fourth.state.place.viewport.scroll, scroll, "to the pixel");
  fourth.state.stop();

  forgetTab();
  const back = open({ rows: 100 });
  assert.equal(top(back), at, "in another tab too");
});

test("who goes elsewhere meanwhile is not called back", () => {
  const { open } = opened();
  const first = open({ rows: 100 });
  first.state.place.select(30);
  first.draw();
  first.state.rest();
  const second = open();
  second.add(40, (seq) => entries(1, 60 + seq)[0]);
  second.state.place.toStart();
  second.watch.deliverEarlier(entries(60, 1), 0);
  assert.deepEqual([second.state.stand.seeking, top(second)], [false, "message 61"]);
});

test("a paused page that is reloaded is paused still, and counts what came since", async () => {
  const { open, forgetTab } = opened();
  const first = open({ rows: 50 });
  await first.run("pause");
  first.add(7);
  const at = top(first);
  assert.deepEqual([first.state.stand.paused, first.state.stand.waiting], [true, 7]);
  first.state.rest();
  for (const coming of ["a reload", "coming back"]) {
    if (coming === "coming back") forgetTab();
    const again = open();
    assert.ok(again.state.stand.paused, "from the beginning");
    again.add(60, (seq) => entries(1, seq)[0]);
    assert.deepEqual([coming, again.state.stand.waiting, top(again)], [coming, 10, at]);
    again.add(5);
    assert.deepEqual([again.state.stand.paused, again.state.stand.waiting, top(again)], [true, 15, at]);
    again.state.rest();
    again.state.stop();
  }
  const late = open();
  late.add(20, (seq) => entries(1, 200 + seq)[0]);
  arrived(late);
  assert.deepEqual([late.state.stand.paused, late.state.stand.waiting], [true, 20]);
  assert.match(late.state.kept.place.gone, /All that is kept came since the pause/);
  await late.run("pause");
  assert.deepEqual([late.state.stand.following, late.state.kept.place.gone], [true, ""]);
});

test("of several services each is told from the others; what is spoiled is as good as nothing", () => {
  const { open } = opened();
  const services = ["a", "b"].map((id) => ({ id, name: id }));
  const of = (/** @type {number} */ seq) => ({ service: seq % 2 ? "a" : "b", seq: 1 + (seq >> 1), message: `m${seq}` });
  const first = open({ services, rows: 60, fields: of });
  first.state.place.select(20);
  const at = top(first);
  first.state.rest();
  const again = open({ services });
  again.add(60, of);
  assert.equal(top(again), at);
  for (const spoiled of [null, 3, { svc: 4 }, { svc: { reading: { seq: "x" }, held: [] } }]) {
    const tab = new Preferences(null);
    tab.set("places", spoiled);
    const page = reading({ tab, rows: 3 });
    page.state.stop();
  }
});
