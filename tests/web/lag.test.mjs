import assert from "node:assert/strict";
import test from "node:test";

import { Lag } from "../../web/js/lag.js";
import { Ring } from "../../web/js/ring.js";

/** @param {number[]} lags */
const entries = (lags) => lags.map((lag) => /** @type {any} */ ({ kind: "entry", timestamp: 1000, receivedAt: 1000 + lag }));

test("median and least of the newest entries", () => {
  const ring = new Ring();
  const lag = new Lag(ring);
  assert.deepEqual([lag.known, lag.median, lag.least], [0, NaN, NaN]);
  ring.append(entries([30, 10, 20]));
  assert.deepEqual([lag.known, lag.median, lag.least], [3, 20, 10]);
  ring.append([{ kind: "gap", cause: "slow", from: 1, to: 2, count: 2, at: 0 }]);
  assert.equal(lag.known, 3);
  ring.append(entries(Array.from({ length: 500 }, () => -70)));
  assert.deepEqual([lag.known, lag.median, lag.least], [101, -70, -70], "the older ones are forgotten");
});
