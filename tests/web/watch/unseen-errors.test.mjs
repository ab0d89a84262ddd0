import assert from "node:assert/strict";
import test from "node:test";

import { Filter } from "../../../web/js/query/filter.js";
import { Log } from "../../../web/js/log/log.js";
import { UnseenErrors } from "../../../web/js/watch/reader/unseen-errors.js";
import { titleWith } from "../../../web/js/ui/page-title.js";

/** @param {string} level @param {number} receivedAt @param {string} [message] */
const entry = (level, receivedAt, message = "x") =>
  /** @type {any} */ ({
    kind: "entry",
    level,
    receivedAt,
    timestamp: receivedAt,
    message,
    endpoint: "",
    method: "",
    metadata: "",
    source: "",
    service: "",
    duration: -1,
  });

test("errors count while nobody looks: new ones, that the filter shows", () => {
  const log = new Log();
  /** @type {number[]} */
  const told = [];
  const errors = new UnseenErrors(log, (count) => told.push(count));
  log.deliver([entry("error", 10)], 0);
  errors.away(100);
  log.deliver([entry("error", 99), entry("error", 100), entry("info", 101), entry("error", 102)], 0);
  log.deliver([entry("warn", 103)], 0);
  assert.deepEqual(told, [2]);
  log.setFilter(new Filter({ text: "wanted" }));
  log.deliver([entry("error", 104), entry("error", 105, "wanted")], 0);
  assert.deepEqual(told, [2, 3]);
  errors.back();
  log.deliver([entry("error", 200)], 0);
  errors.back();
  assert.deepEqual([told, errors.count], [[2, 3, 0], 0]);
});

test("the title tells the count, and no figure too long for a tab", () => {
  assert.deepEqual(
    [0, 1, 99, 100].map((count) => titleWith("Watch", count)),
    ["Watch", "(1) Watch", "(99) Watch", "(99+) Watch"],
  );
  assert.equal(titleWith("Watch", 3, "Session ended"), "Session ended · (3) Watch", "nothing more comes");
});
