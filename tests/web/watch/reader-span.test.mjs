import assert from "node:assert/strict";
import { test } from "node:test";
import { reading } from "./reading.mjs";

const NOW = 1_800_000_000_000; // of the clock that `reading` has

test("a time goes on with what comes, or ends, and goes to the one before and the next", () => {
  const { state, browser, shown } = reading({ rows: 6, fields: (seq) => ({ receivedAt: NOW - 7000 + seq * 1000 }) });
  state.span.last(3000);
  assert.deepEqual(shown(), ["message 4", "message 5", "message 6"]);
  assert.deepEqual([browser.query, state.span.past, state.span.shifts], ["range=-3s", false, false]);
  state.span.shift(1);
  assert.equal(browser.query, "range=-3s", "it has no next one");
  state.span.between(NOW - 4000, NOW - 2000);
  assert.deepEqual([shown(), state.span.past, state.span.shifts], [["message 3", "message 4"], true, true]);
  state.span.shift(-1);
  assert.deepEqual(shown(), ["message 1", "message 2"]);
  state.span.shift(1);
  state.span.shift(1);
  assert.deepEqual(shown(), ["message 5", "message 6"].slice(0, shown().length));
  state.span.toLive();
  assert.deepEqual([shown().length, state.span.range, state.stand.following], [6, null, true]);
});

test("a full page goes on from what is in sight, without a beginning", () => {
  const { state, browser, shown, draw } = reading({
    rows: 40,
    fields: (seq) => ({ receivedAt: NOW - 50_000 + seq * 1000 }),
  });
  state.place.toStart();
  draw();
  state.span.goOn();
  assert.deepEqual([shown().length, shown().at(-1)], [10, "message 10"]);
  assert.equal(browser.query, `range=-${(NOW - 39_000) / 1000}`);
  assert.deepEqual([state.span.shifts, state.stand.following, state.span.past], [false, false, true]);
  state.span.toLive();
  assert.equal(shown().length, 40);
});

test("the first entries that are kept are a time like any other", async () => {
  const first = async () => ({ since: NOW - 5000, until: NOW - 3000 });
  const { state, shown } = reading({
    rows: 6,
    fields: (seq) => ({ receivedAt: NOW - 7000 + seq * 1000 }),
    doings: { first },
  });
  assert.equal(state.span.offersFirst, false, "the page has all there is");
  await state.span.first();
  assert.deepEqual(shown(), ["message 2", "message 3"]);
});
