import assert from "node:assert/strict";
import test from "node:test";

import { appClockText, appDelayText, browserClockText } from "../../../web/js/stream/time/clock-skew-text.js";
import { IngestLag } from "../../../web/js/watch/reader/ingest-lag.js";
import { Ring } from "../../../web/js/log/ring.js";

/** @param {number[]} lags */
const entries = (lags) =>
  lags.map((lag) => /** @type {any} */ ({ kind: "entry", timestamp: 1000, receivedAt: 1000 + lag }));

test("median and least of the newest entries", () => {
  const ring = new Ring();
  const lag = new IngestLag(ring);
  assert.deepEqual([lag.known, lag.median, lag.least], [0, NaN, NaN]);
  ring.append(entries([30, 10, 20]));
  assert.deepEqual([lag.known, lag.median, lag.least], [3, 20, 10]);
  ring.append([{ kind: "gap", cause: "slow", from: 1, to: 2, count: 2, at: 0 }]);
  assert.equal(lag.known, 3);
  ring.append(entries(Array.from({ length: 500 }, () => -70)));
  assert.deepEqual([lag.known, lag.median, lag.least], [101, -70, -70], "the older ones are forgotten");
});

test("clocks are compared in words", () => {
  const app = (/** @type {number} */ median, /** @type {number} */ least, known = 101) =>
    [appDelayText({ known, median, least }), appClockText({ known, least })].join(" ");
  assert.equal(app(NaN, NaN, 0), " ");
  assert.match(app(120, 80, 1), /^The ingest delay is 120 ms \(median of the last 1 entry\)\. The app's clock agrees/);
  assert.match(app(-70_000, -71_000), /1 min before .* clock is ahead of the server's, by 1 min or more/);
  assert.match(
    app(61_000, 60_000),
    /delay is 1 min .* None arrives in less than 1 min: they are held back on their way, or the app's clock is behind/,
  );
  assert.match(browserClockText(40), /agrees/);
  assert.match(browserClockText(2000), /2\.0 s behind the server's/);
  assert.match(browserClockText(-7_200_000), /2 h ahead of the server's/);
});
