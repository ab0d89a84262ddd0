import assert from "node:assert/strict";
import { test } from "node:test";
import { PanelCounts } from "../../../web/js/panels/panel-counts.js";
import { offeredPanels } from "../../../web/js/panels/panel-list.js";
import { reading } from "../watch/reading.mjs";

/** @param {number} seq */
function mixed(seq) {
  const failed = seq % 5 === 0;
  return {
    endpoint: seq % 3 === 0 ? "" : `/users/${seq}`,
    method: seq % 3 === 0 ? "" : ["GET", "PUT"][seq % 2],
    level: failed ? "error" : "info",
    message: failed ? `pool ${seq} is ${seq % 2 ? "empty" : "gone"}` : "",
  };
}

test("tabs say how much they lead to: of what the log shows, as it is filtered, as entries come and go", () => {
  const { state, watch, add } = reading({ rows: 30, fields: mixed });
  const told = () => {
    watch.advance(Infinity);
    assert.ok(state.counts.advance(() => false));
    return Object.fromEntries(offeredPanels(state.worth).map(({ id, badge }) => [id, badge?.(state.worth)]));
  };
  assert.deepEqual(told(), { log: 30, routes: 2, errors: 2, marks: "" }, "an entry of no request is of no route");
  state.setQuery("method:PUT");
  assert.deepEqual(told(), { log: 10, routes: 1, errors: 1, marks: "" });
  state.setQuery("level:info");
  assert.deepEqual(told(), { log: 24, routes: 2, errors: 0, marks: "" });
  state.clearFilter();
  add(5, (seq) => ({ ...mixed(seq), endpoint: "/new", method: "GET" }));
  state.marks.set();
  assert.deepEqual(told(), { log: 35, routes: 3, errors: 2, marks: 1 });
  watch.ring.maxRows = 4;
  add(1, () => ({ endpoint: "/last", method: "GET" }));
  assert.deepEqual(told().routes, 2);
});

test("counting goes on where it was left when its time was up", () => {
  const { watch } = reading({ rows: 1000, fields: (seq) => ({ endpoint: `/a${seq}`, method: "GET" }) });
  const counts = new PanelCounts(watch);
  let slices = 1;
  while (!counts.advance(() => true)) slices++;
  assert.ok(slices > 2);
  assert.equal(counts.routes, 1000);
  counts.stop();
});
