import assert from "node:assert/strict";
import test from "node:test";
import { isExposed } from "../../../web/js/lib/plain-http.js";
import { arrival } from "../../../web/js/services/first-entry.js";

const before = { accepted: 5, rejected: 2 };
const used = { lastUsedAt: "2026-11-22T10:00:00.000Z" };

test("a key that was not used waits, whatever others send", () => {
  assert.equal(arrival(before, { accepted: 9, rejected: 2 }, { lastUsedAt: null }), "waiting");
  assert.equal(arrival(before, { accepted: 9, rejected: 2 }, undefined), "waiting");
});

test("a used key waits for an accepted entry, and says so when all were rejected", () => {
  assert.equal(arrival(before, before, used), "waiting");
  assert.equal(arrival(before, { accepted: 5, rejected: 3 }, used), "rejected");
  assert.equal(arrival(before, { accepted: 6, rejected: 3 }, used), "received");
});

test("a restart, which begins the counts again, hides nothing", () => {
  assert.equal(arrival(before, { accepted: 1, rejected: 0 }, used), "received");
  assert.equal(arrival(before, { accepted: 0, rejected: 0 }, used), "waiting");
});

test("only plain HTTP that leaves the machine is exposed", () => {
  const open = (/** @type {string} */ url) => isExposed(new URL(url));
  assert.equal(open("http://localhost:4000"), false);
  assert.equal(open("http://127.0.0.1:4000"), false);
  assert.equal(open("http://[::1]:4000"), false);
  assert.equal(open("https://logs.example.org"), false);
  assert.equal(open("http://192.168.1.5:4000"), true);
  assert.equal(open("http://127.0.0.1.example.org"), true);
});
