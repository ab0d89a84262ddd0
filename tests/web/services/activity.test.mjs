import assert from "node:assert/strict";
import test from "node:test";

import { inOrder, watchedOf } from "../../../web/js/services/overview/activity.js";

/** @param {string} name @param {number} rate @param {number} errorShare @param {number} [heard] s; -1: never */
const service = (name, rate, errorShare, heard = -1) =>
  /** @type {any} */ ({
    id: name,
    name,
    stats: { rate, errorShare, lastReceivedAt: heard < 0 ? null : new Date(heard * 1000).toISOString() },
  });

const ALL = [
  service("idle 10", 0, 0),
  service("idle 9", 0, 0),
  service("heard", 0, 0, 50),
  service("busy", 100, 0, 60),
  service("failing", 2, 0.5, 60),
  service("failed", 0, 0.4, 40),
];
const names = (/** @type {readonly {name: string}[]} */ services) => services.map(({ name }) => name).join(", ");

test("services in order of errors, of what comes in, of when they were heard, each falling back on the others", () => {
  assert.equal(names(inOrder(ALL, "errors")), "failing, failed, busy, heard, idle 9, idle 10");
  assert.equal(names(inOrder(ALL, "rate")), "busy, failing, failed, heard, idle 9, idle 10");
  assert.equal(names(inOrder(ALL, "heard")), "failing, busy, heard, failed, idle 9, idle 10");
  assert.equal(names(inOrder(ALL, "name")), "busy, failed, failing, heard, idle 9, idle 10");
});

test("of fifty services the busy one is watched; a chosen set holds as long as any of it is there", () => {
  const fifty = Array.from({ length: 50 }, (_, index) => service(`s${index}`, index === 40 ? 9 : 0, 0));
  const { watched, isChosen } = watchedOf(fifty, [], 12);
  assert.deepEqual([watched[0].name, watched.length, isChosen], ["s40", 12, false]);
  assert.equal(names(watchedOf(fifty, ["s3", "gone", "s7"], 12).watched), "s3, s7");
  assert.equal(watchedOf(fifty, ["gone"], 12).watched[0].name, "s40");
});
