import assert from "node:assert/strict";
import test from "node:test";

import { bindAttendance } from "../../../web/js/watch/attendance.js";
import { FakeClock } from "../watching.mjs";

test("whoever moves or types is at the page; it is told now and then, not with every move", () => {
  const [clock, page] = [new FakeClock(), new EventTarget()];
  let told = 0;
  const unbind = bindAttendance(page, () => told++, clock);
  for (const name of ["pointermove", "pointermove", "keydown"]) page.dispatchEvent(new Event(name));
  assert.equal(told, 1);
  clock.advance(5000);
  page.dispatchEvent(new Event("scroll"));
  assert.equal(told, 1, "a list that follows scrolls by itself");
  page.dispatchEvent(new Event("wheel"));
  assert.equal(told, 2);
  unbind();
  clock.advance(5000);
  page.dispatchEvent(new Event("keydown"));
  assert.equal(told, 2);
});
