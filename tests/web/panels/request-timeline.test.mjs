import assert from "node:assert/strict";
import test from "node:test";

import { requestTimeline } from "../../../web/js/panels/request/request-timeline.js";
import { entry } from "../watching.mjs";

const at = (/** @type {number} */ timestamp, fields = {}) => entry(timestamp, { timestamp, ...fields });
const written = (/** @type {import("../../../web/js/entry/entry.js").Entry} */ { timestamp }) => timestamp;

test("entries of all services stand in the order of time, each with its bar and the silence before it", () => {
  const { moments, ...sum } = requestTimeline(
    [
      at(1400, { service: "shop", duration: 400, statusCode: 500, message: "POST /pay" }),
      at(1010, { service: "shop", message: "begins" }),
      at(1350, { service: "pay", duration: 200, message: "charge" }),
      at(1360, { service: "pay", level: "error", message: "EPAY" }),
    ],
    [],
    written,
  );
  assert.deepEqual(
    moments.map(({ row, start, at: time, quiet, failed }) => [
      row.kind === "entry" ? row.message : row.kind,
      start,
      time,
      quiet,
      failed,
    ]),
    [
      ["begins", 1010, 1010, 0, false],
      ["charge", 1150, 1350, 140, false],
      ["EPAY", 1360, 1360, 10, true],
      ["POST /pay", 1000, 1400, 0, true],
    ],
  );
  assert.deepEqual(sum, { since: 1000, until: 1400, failures: 2, services: 2 });
});

test("entries of one moment stand as they are numbered, and what is missing then is told", () => {
  const gap = (/** @type {number} */ time) =>
    /** @type {const} */ ({ kind: "gap", cause: "slow", from: 1, to: 2, count: 2, at: time });
  const one = { timestamp: 1000, message: "one" };
  const { moments } = requestTimeline(
    [entry(8, { ...one, message: "two" }), entry(7, one)],
    [gap(1500), gap(9000)],
    written,
  );
  assert.deepEqual(
    moments.map(({ row }) => (row.kind === "entry" ? row.message : row.kind)),
    ["one", "two", "gap"],
  );
  assert.deepEqual(requestTimeline([], [gap(1)], written).moments, []);
});
