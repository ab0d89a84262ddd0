import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LONGEST, messagePattern } from "../../../web/js/entry/message-pattern.js";

test("what differs from one to the next is folded, what tells them apart is not", () => {
  const { patterns: cases } = JSON.parse(readFileSync(new URL("../../golden/failures.json", import.meta.url), "utf8"));
  for (const [message, expected] of cases) assert.equal(messagePattern(message), expected, message);
});

test("a shape is its own shape, so that what was folded once stays together", () => {
  for (const message of ["order 1 of 2", 'a "b" c', "x 1.5s, 10.0.0.1", "it's '4' o'clock"])
    assert.equal(messagePattern(messagePattern(message)), messagePattern(message));
});

test("it is bounded, whatever comes", () => {
  const nasty = [
    "x".repeat(1e6),
    "1/".repeat(1e5),
    '"'.repeat(1e5),
    "'".repeat(1e5),
    "::".repeat(1e5),
    "a1:".repeat(1e5),
    "=".repeat(1e5),
    " ".repeat(1e6),
    `${"-".repeat(1e5)}1`,
  ];
  for (const text of nasty) assert.ok(messagePattern(text).length <= LONGEST + 1, text.slice(0, 10));
  assert.equal(
    messagePattern(`${"a ".repeat(200)}1`),
    messagePattern(`${"a ".repeat(200)}2`),
    "what differs behind the beginning is one",
  );
});
