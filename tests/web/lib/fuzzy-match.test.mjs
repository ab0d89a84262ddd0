import assert from "node:assert/strict";
import test from "node:test";

import { ranked } from "../../../web/js/lib/fuzzy-match.js";

const all = [
  "Pause or resume",
  "Follow the newest",
  "Set a mark",
  "Clear the filter",
  "Go to the query",
  "Show the marks",
  "Export what is shown as CSV",
].map((title) => ({ id: title, title, group: "Watch" }));
const titles = (/** @type {string} */ query, /** @type {string[]} */ recent = []) =>
  ranked(all, query, recent).map(({ item }) => item.title);

/**
 * Where the letters stand that are found in a title; null: it is not found.
 * @param {string} query
 * @param {string} title
 */
const at = (query, title) => {
  const [found] = ranked([{ id: "", title, group: "" }], query, []);
  return found ? [...found.at] : null;
};

test("a few letters find it, and say where they stand", () => {
  assert.deepEqual(at("ctf", "Clear the filter"), [0, 6, 10]);
  assert.deepEqual(at("mark", "Set a mark"), [6, 7, 8, 9]);
  assert.equal(at("xyz", "Set a mark"), null);
  assert.equal(at("mar", "Streams of a customer, Payment Service"), null, "not strewn");
  assert.deepEqual(at("clfil", "Clear the filter"), [0, 1, 10, 11, 12]);
  assert.deepEqual(at("ilte", "Clear the filter"), [11, 12, 13, 14]);
  assert.deepEqual(at("ser", "Streams, services"), [9, 10, 11], "the way back from where it leads nowhere");
  assert.equal(at(`${"a".repeat(30)}b`, "a ".repeat(200)), null, "at once, however many ways there are");
  assert.equal(at("kram", "Set a mark"), null, "in order");
  assert.deepEqual(
    at("filter clear", "Clear the filter"),
    [0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15],
    "words in any order",
  );
  assert.deepEqual(at("", "anything"), []);
});

test("the best stands first", () => {
  assert.deepEqual(titles("mark"), ["Set a mark", "Show the marks"]);
  assert.equal(titles("csv")[0], "Export what is shown as CSV");
  assert.equal(titles("gq")[0], "Go to the query");
  assert.deepEqual(titles("zzz"), []);
});

test("what was used last stands first, without a query and among equals", () => {
  assert.deepEqual(titles("").slice(0, 2), ["Pause or resume", "Follow the newest"]);
  assert.deepEqual(titles("", ["Clear the filter", "Set a mark"]).slice(0, 3), [
    "Clear the filter",
    "Set a mark",
    "Pause or resume",
  ]);
  assert.deepEqual(titles("mark", ["Show the marks"]), ["Show the marks", "Set a mark"]);
  assert.equal(titles("watch")[0], "Pause or resume", "its group counts as well");
});
