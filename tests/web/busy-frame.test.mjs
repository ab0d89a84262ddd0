import assert from "node:assert/strict";
import { test } from "node:test";
import { fillFrame, isFrameFull } from "../../web/js/busy-frame.js";

test("a frame is full until it is over, for all that draw in it", async () => {
  /** @type {(() => void)[]} */
  const frame = [];
  globalThis.requestAnimationFrame = (drawn) => frame.push(() => drawn(0));
  assert.equal(isFrameFull(), false);
  fillFrame();
  fillFrame();
  assert.equal(isFrameFull(), true);
  assert.equal(frame.length, 1);
  for (const drawn of frame) drawn();
  assert.equal(isFrameFull(), true, "what is drawn later in this frame finds it full as well");
  await new Promise((over) => setTimeout(over, 1));
  assert.equal(isFrameFull(), false);
});
