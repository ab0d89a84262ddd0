import assert from "node:assert/strict";
import { test } from "node:test";
import { fillFrame, isFrameFull } from "../../../web/js/lib/timing/frame-budget.js";

test("a frame that begins late has no room for what can wait", () => {
  assert.equal(isFrameFull(performance.now() + 1000), false);
  assert.equal(isFrameFull(performance.now() - 10), true);
});

test("a frame is full until it is over, for all that draw in it", async () => {
  const isFull = () => isFrameFull(performance.now() + 1000);
  /** @type {(() => void)[]} */
  const frame = [];
  globalThis.requestAnimationFrame = (drawn) => frame.push(() => drawn(0));
  assert.equal(isFull(), false);
  fillFrame();
  fillFrame();
  assert.equal(isFull(), true);
  assert.equal(frame.length, 1);
  for (const drawn of frame) drawn();
  assert.equal(isFull(), true, "what is drawn later in this frame finds it full as well");
  await new Promise((over) => setTimeout(over, 1));
  assert.equal(isFull(), false);
});
