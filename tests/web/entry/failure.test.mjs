import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { failureOf, hasFailed, stackOf } from "../../../web/js/entry/failure.js";
import { entry } from "../watching.mjs";

test("a failure has the level error, or a status of 500 and above", () => {
  assert.deepEqual(
    [
      ["error", 0],
      ["error", 200],
      ["info", 503],
      ["warn", 499],
      ["warn", 0],
    ].map(([level, statusCode]) => hasFailed(entry(1, /** @type {any} */ ({ level, statusCode })))),
    [true, true, true, false, false],
  );
});

test("what went wrong: the error in the metadata, else the message, else the answer", () => {
  const golden = JSON.parse(readFileSync(new URL("../../golden/failures.json", import.meta.url), "utf8"));
  /** @type {[fields: object, metadata: unknown, expected: [string, string, string]][]} */
  const cases = golden.failures;
  for (const [fields, metadata, [told, name, words]] of cases) {
    const given = entry(1, { level: "error", ...fields, metadata: metadata ? JSON.stringify(metadata) : "" });
    assert.deepEqual(failureOf(given), { told, name, words }, JSON.stringify([fields, metadata]));
  }
});

test("what the middlewares send for an error is read", () => {
  const golden = JSON.parse(readFileSync(new URL("../../golden/middleware/errors.json", import.meta.url), "utf8"));
  for (const { name, given, expect } of golden) {
    const sent = entry(1, { level: expect.level, message: expect.message, metadata: JSON.stringify(expect.metadata) });
    assert.deepEqual(failureOf(sent), { told: "error", name: given.name, words: given.message }, name);
    assert.equal(stackOf(sent), given.stack);
  }
  assert.equal(stackOf(entry(1)), "");
});
