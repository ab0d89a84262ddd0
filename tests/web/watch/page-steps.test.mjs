import assert from "node:assert/strict";
import { test } from "node:test";
import { entry } from "../watching.mjs";
import { stepOut } from "../../../web/js/watch/commands/step-out.js";
import { reading } from "./reading.mjs";

const fields = (/** @type {number} */ seq) => ({
  level: seq % 2 ? "error" : "info",
  metadata: `{"requestId":"r${seq % 3}"}`,
});

/** @param {ReturnType<typeof reading>} page */
const live = (page) => {
  Object.defineProperty(page.watch.subscriber, "phase", { value: "live" });
  return page;
};

/** What a reader sees, in short. @param {ReturnType<typeof reading>} page */
const seen = ({ state, watch }) => ({
  text: watch.filter.text,
  panel: state.panel,
  entry: state.openEntry.entry?.seq ?? null,
  request: state.request.value,
  timed: state.span.range !== null,
});

test("back and forward walk what was opened, filtered and chosen, and the page stands as it stood there", () => {
  const page = live(reading({ rows: 9, fields }));
  const { state, browser } = page;
  const stands = [seen(page)];
  const steps = [
    () => state.setQuery("level:error"),
    () => state.openPanel("errors"),
    () => state.showSample({ row: 6, latest: /** @type {any} */ (state.watch.ring.row(6)) }),
    () => state.showTogether({ field: "request", value: "r1" }),
    () => state.span.between(1_000_000, 1_001_000),
    () => state.views.show({ id: "v", name: "v", service: null, query: "message", columns: null, range: null }),
  ];
  for (const [index, step] of steps.entries()) {
    step();
    stands.push(seen(page));
    assert.equal(browser.steps.length, index + 2, `one step: ${step}`);
  }
  assert.deepEqual(stands[4], { text: "request:r1", panel: "request", entry: 7, request: "r1", timed: false });
  for (let at = steps.length - 1; at >= 0; at--) {
    browser.go(-1);
    assert.deepEqual([at, seen(page)], [at, stands[at]]);
  }
  for (let at = 1; at <= steps.length; at++) {
    browser.go(1);
    assert.deepEqual([at, seen(page)], [at, stands[at]]);
  }
  browser.go(-steps.length);
  assert.deepEqual([seen(page), browser.steps.length], [stands[0], steps.length + 1], "nothing was written on the way");
});

test("what is left by its own door is no step more, and what is typed is one", () => {
  const page = live(reading({ rows: 9, fields }));
  const { state, browser } = page;
  state.setQuery("m", "typing");
  state.setQuery("me", "typing");
  state.address.settle();
  assert.deepEqual(browser.steps, ["", "*q=me"]);
  state.setQuery("mes", "typing");
  assert.deepEqual(browser.steps, ["", "q=me", "*q=mes"], "what is typed anew is another");
  state.openPanel("routes");
  state.openPanel("log");
  assert.deepEqual(browser.steps, ["", "q=me", "*q=mes", "q=mes&panel=routes"]);
  page.draw();
  state.place.select(3);
  state.steps.open();
  state.steps.step(1);
  state.steps.step(1);
  assert.deepEqual([seen(page).entry, browser.steps.length], [6, 4]);
  state.openEntry.close();
  assert.deepEqual([seen(page).entry, browser.query], [null, "q=mes"]);
  state.showTogether({ field: "trace", value: "t" });
  state.request.leave();
  assert.deepEqual([seen(page).text, browser.query], ["mes", "q=mes"]);
  state.clearFilter();
  browser.go(-1);
  assert.equal(seen(page).text, "mes", "a filter that was cleared is there again");
  assert.deepEqual(browser.steps, ["", "q=me", "*q=mes", ""]);
});

test("what is done while a step back is on its way is a step from where that leads", () => {
  const page = live(reading({ rows: 9, fields, narrow: true }));
  const { state, browser } = page;
  state.place.select(3);
  state.steps.open();
  browser.slow = true;
  state.showTogether({ field: "request", value: "r1" });
  assert.deepEqual(seen(page), { text: "request:r1", panel: "request", entry: null, request: "r1", timed: false });
  browser.arrive();
  assert.deepEqual(browser.steps, ["", "*q=request%3Ar1&panel=request"]);
  assert.deepEqual(seen(page).request, "r1");
});

test("after a reload the request, the panel and the entry are there, and the chip leads back still", async () => {
  const first = live(reading({ query: "q=message", rows: 9, fields }));
  first.state.span.between(1_000_000, 1_001_000);
  first.state.openPanel("errors");
  first.state.showTogether({ field: "request", value: "r1" });
  first.state.place.select(3);
  first.state.steps.open();
  const page = live(reading({ browser: first.browser, rows: 9, fields }));
  await page.state.openEntry.seek();
  assert.deepEqual(seen(page), seen(first));
  page.state.openEntry.close();
  page.state.request.leave();
  assert.deepEqual(seen(page), { text: "message", panel: "errors", entry: null, request: "", timed: true });
  assert.match(first.browser.query, /^q=message&range=1000-1001&panel=errors$/);
  const linked = reading({ query: "q=trace%3Aabc&panel=request", rows: 1 });
  assert.deepEqual(seen(linked).request, "abc", "an address alone says it too");
  stepOut(linked.state);
  assert.deepEqual(seen(linked).text, "");
  assert.deepEqual(seen(reading({ query: "q=trace%3Aabc", rows: 1 })).request, "", "a query is a query");
});

test("of several services the address names the entry's", async () => {
  const services = ["a", "b"].map((id) => ({ id, name: id }));
  const page = live(
    reading({ services, rows: 4, fields: (seq) => ({ service: seq % 2 ? "a" : "b", seq: 1 + (seq >> 1) }) }),
  );
  page.state.place.select(2);
  page.state.steps.open();
  assert.equal(page.browser.query, "entry=e1.2%40a");
  const again = live(reading({ services, browser: page.browser, fetch: async ({ seq }) => entry(seq) }));
  await again.state.openEntry.seek();
  assert.deepEqual([again.state.openEntry.entry?.service, again.state.openEntry.entry?.seq], ["a", 2]);
  again.browser.go(-1);
  assert.equal(again.state.openEntry.entry, null);
});
