import assert from "node:assert/strict";
import { test } from "node:test";
import { StableOrder } from "../../../web/js/panels/stable-order.js";

/** @typedef {{key: string, n: number}} Line */
/** @param {string} text "a3 b1" @returns {Line[]} */
const lines = (text) =>
  text
    .split(" ")
    .filter(Boolean)
    .map((each) => ({ key: each[0], n: Number(each.slice(1)) }));
const told = (/** @type {Line[]} */ arranged) => arranged.map(({ key, n }) => `${key}${n}`).join(" ");
const down = (/** @type {Line} */ one, /** @type {Line} */ other) => other.n - one.n;
const up = (/** @type {Line} */ one, /** @type {Line} */ other) => one.n - other.n;

test("it is sorted anew at a slow beat, and at once when another order is asked for", () => {
  const order = new StableOrder();
  const arrange = (/** @type {string} */ text, /** @type {number} */ now, by = "down", held = false) =>
    told(order.arrange(lines(text), { by, compare: by === "down" ? down : up, held, now }));
  assert.equal(arrange("a1 b2", 0), "b2 a1");
  assert.equal(arrange("a3 b2", 1000), "b2 a3", "not yet");
  assert.equal(arrange("a3 b2", 3000), "a3 b2");
  assert.equal(arrange("a3 b2 c9", 3001), "a3 b2 c9", "what is new comes last");
  assert.equal(arrange("a3 c9", 3002), "a3 c9", "what is gone is gone");
  assert.equal(arrange("a3 b1 c9", 3003, "up"), "b1 a3 c9");
  assert.equal(arrange("a3 b1 c9", 3004, "down", true), "c9 a3 b1", "asked for, also while it is held");
  order.forget();
  assert.equal(arrange("a3 b4", 3005), "b4 a3");
});

test("nothing moves while it is held, for as long as that is", () => {
  const order = new StableOrder();
  const arrange = (/** @type {string} */ text, /** @type {number} */ now, held = true) =>
    told(order.arrange(lines(text), { by: "n", compare: down, held, now }));
  arrange("a1 b2 c3", 0, false);
  assert.equal(arrange("a9 b2 c3", 60_000), "c3 b2 a9");
  assert.equal(arrange("a9 c3 e5 d7", 61_000), "c3 b2 a9 d7 e5", "one that is gone keeps its place");
  assert.equal(arrange("a9 c3 d8 e5", 62_000), "c3 b2 a9 d8 e5");
  assert.equal(arrange("a9 c3 d8 e5", 63_000, false), "a9 d8 e5 c3");
});
