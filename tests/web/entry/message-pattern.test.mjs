import assert from "node:assert/strict";
import { test } from "node:test";
import { LONGEST, messagePattern } from "../../../web/js/entry/message-pattern.js";

test("what differs from one to the next is folded, what tells them apart is not", () => {
  const cases = [
    ["Charge of order 48213 failed after 2.4s: timed out", "Charge of order # failed after #s: timed out"],
    ["took 1,204 ms (12%), -3 left.", "took # ms (#), # left."],
    ['no such table "users" in `shop`', 'no such table "…" in `…`'],
    ["can't open 'foo bar' for O'Brien", "can't open '…' for O'Brien"],
    ['an unmatched " stays, 3 times', 'an unmatched " stays, # times'],
    ["user 550e8400-e29b-41d4-a716-446655440000 is gone", "user # is gone"],
    ["commit 9f8e7d6c5b4a by a.b+c@example.com", "commit # by #"],
    ["key cus_NffrFeUfNV2Hib9qXyZ1 was a facade", "key # was a facade"],
    ["at 0x7ffe12 in libc.so.6", "at # in libc.so.#"],
    ["connect ECONNREFUSED 127.0.0.1:5432", "connect ECONNREFUSED #"],
    ["connect ECONNREFUSED ::1:5432", "connect ECONNREFUSED #"],
    ["2026-11-25T10:30:00.112Z started", "# started"],
    ["userId=42 tx=9f8e7d6c5b4a3f2e", "userId=# tx=#"],
    [
      "https://pay.example.com/charges/42?x=1 and http://10.0.0.7:80",
      "https://pay.example.com/charges/:id?… and http://#:#",
    ],
    ["open /app/db/client.js:203:11", "open /app/db/client.js:#:#"],
    ["GET /users/42/orders/7", "GET /users/:id/orders/:id"],
    ["either/or, 3/5", "either/or, #"],
    ["  one\t two\n  and a stack 12", "one two"],
    ["", ""],
    ["Zahlung über 12 € — 😀 fehlgeschlagen", "Zahlung über # € — 😀 fehlgeschlagen"],
  ];
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
