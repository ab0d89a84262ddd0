import assert from "node:assert/strict";
import { test } from "node:test";
import { reading } from "./reading.mjs";

const error =
  (/** @type {number} */ at, message = "pool is empty") =>
  () => ({ level: "error", receivedAt: at, message });

test("errors that come in are told to those who do not see the page: how many, the latest, not too often", () => {
  const { state, watch, add, noted } = reading({ rows: 1, fields: () => ({ level: "error" }) });
  const clock = /** @type {import("../watching.mjs").FakeClock} */ (watch.clock);
  state.news.tick();
  assert.deepEqual(noted.announced, [], "what was there is no news");
  /** @type {any} */ (watch.subscriber).phase = "live";
  state.news.tick();
  add(2, error(watch.serverTime));
  add(1, error(watch.serverTime, "disk is full"));
  add(3, () => ({ level: "info", receivedAt: watch.serverTime }));
  state.news.tick();
  assert.deepEqual(noted.announced, ["3 new errors: disk is full"]);
  add(1, error(watch.serverTime));
  state.news.tick();
  assert.equal(noted.announced.length, 1, "not yet again");
  clock.advance(5000);
  state.news.tick();
  state.news.tick();
  assert.deepEqual(noted.announced.slice(1), ["1 new error: pool is empty"]);
  state.setQuery("something else");
  add(1, error(watch.serverTime));
  clock.advance(5000);
  state.news.tick();
  assert.equal(noted.announced.length, 2, "what the filter hides is not wanted");
});
