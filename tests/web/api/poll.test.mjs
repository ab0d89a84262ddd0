import assert from "node:assert/strict";
import test from "node:test";
import { ApiError } from "../../../web/js/api/client.js";
import { poll } from "../../../web/js/api/poll.js";

/** A page that is shown and hidden by hand. */
function page() {
  /** @type {Set<() => void>} */
  const listeners = new Set();
  let hidden = false;
  return {
    sight: {
      hidden: () => hidden,
      onChange(/** @type {() => void} */ listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    /** @param {boolean} next */
    hide(next) {
      hidden = next;
      for (const listener of [...listeners]) listener();
    },
    listeners,
  };
}

/** Lets what was promised settle; the timers stand still meanwhile. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("asks at once, and again a pause after each answer", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let asked = 0;
  const asking = poll(async () => (asked += 1), 1000, page().sight);
  assert.equal(asked, 1);
  t.mock.timers.tick(5000);
  assert.equal(asked, 1, "the pause begins with the answer");
  await settle();
  t.mock.timers.tick(999);
  assert.equal(asked, 1);
  t.mock.timers.tick(1);
  assert.equal(asked, 2);
  asking.stop();
});

test("failures double the pause up to ten seconds; an answer ends that", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let fails = true;
  let asked = 0;
  const asking = poll(
    async () => {
      asked += 1;
      if (fails) throw new ApiError({ status: 0, code: "unreachable", title: "", detail: "" });
    },
    1000,
    page().sight,
  );
  for (const pause of [2000, 4000, 8000, 10_000, 10_000]) {
    const before = asked;
    await settle();
    t.mock.timers.tick(pause - 1);
    assert.equal(asked, before);
    t.mock.timers.tick(1);
    assert.equal(asked, before + 1);
  }
  fails = false;
  asking.now();
  await settle();
  const before = asked;
  t.mock.timers.tick(1000);
  assert.equal(asked, before + 1);
  asking.stop();
});

test("a hidden page asks nothing, a shown one at once", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sight, hide } = page();
  /** @type {AbortSignal[]} */
  const signals = [];
  const asking = poll(async (signal) => signals.push(signal), 1000, sight);
  await settle();
  hide(true);
  t.mock.timers.tick(60_000);
  assert.equal(signals.length, 1);
  hide(false);
  assert.equal(signals.length, 2);
  asking.stop();
});

test("hiding and stopping abort the call under way, and leave nothing behind", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sight, hide, listeners } = page();
  /** @type {AbortSignal[]} */
  const signals = [];
  const asking = poll(
    (signal) => {
      signals.push(signal);
      return new Promise(() => {});
    },
    1000,
    sight,
  );
  hide(true);
  assert.equal(signals[0].aborted, true);
  hide(false);
  asking.stop();
  assert.equal(signals[1].aborted, true);
  t.mock.timers.tick(60_000);
  assert.equal(signals.length, 2);
  assert.equal(listeners.size, 0);
});
