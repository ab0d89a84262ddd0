import assert from "node:assert/strict";
import { test } from "node:test";
import { Memo } from "../../../web/js/lib/memo.js";

test("a text that comes again is made once, however many others there were", () => {
  const made = new Map();
  const memo = new Memo((text) => {
    made.set(text, (made.get(text) ?? 0) + 1);
    return text.length;
  });
  for (let n = 0; n < 100_000; n++) {
    assert.equal(memo.of("often"), 5);
    memo.of(`once ${n}`);
  }
  assert.equal(made.get("often"), 1);
  memo.of("once 99999");
  assert.equal(made.get("once 99999"), 1);
  memo.of("once 1");
  assert.equal(made.get("once 1"), 2, "what nobody asked for was forgotten");
  const long = "x".repeat(1000);
  memo.of(long);
  memo.of(long);
  assert.equal(made.get(long), 2, "a long one takes no room");
});
