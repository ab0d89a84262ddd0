import assert from "node:assert/strict";
import { test } from "node:test";
import { Ring } from "../../../web/js/log/ring.js";
import { FacetCounts } from "../../../web/js/log/facet-counts.js";
import { entries, entry } from "../watching.mjs";

test("methods whatever their case, and statuses by class", () => {
  const ring = new Ring();
  const facetCounts = new FacetCounts(ring);
  const codes = [0, 100, 200, 204, 301, 404, 500, 599];
  ring.append(
    codes.map((statusCode, index) => entry(index, { statusCode, method: ["get", "GET", "", "post"][index % 4] })),
  );
  assert.deepEqual(Object.fromEntries(facetCounts.ranking("status")), {
    "": 1,
    "1xx": 1,
    "2xx": 2,
    "3xx": 1,
    "4xx": 1,
    "5xx": 2,
  });
  assert.deepEqual(facetCounts.ranking("method"), [
    ["GET", 4],
    ["", 2],
    ["POST", 2],
  ]);
});

test("of 100,000 sources a few hundred are counted apart, the frequent among them; the sum is right", () => {
  const ring = new Ring({ rows: 150_000 });
  const facetCounts = new FacetCounts(ring);
  const sum = () => facetCounts.ranking("source").reduce((all, [, count]) => all + count, facetCounts.others("source"));
  let seq = 0;
  const add = (/** @type {number} */ count, /** @type {(seq: number) => string} */ source) => {
    ring.append(entries(count, seq, (each) => ({ source: source(each) })));
    seq += count;
    assert.equal(sum(), facetCounts.entries);
    assert.equal(facetCounts.entries, ring.length);
    assert.ok(facetCounts.others("source") >= 0);
  };
  for (let batch = 0; batch < 100; batch++) add(1000, (each) => `source ${each}`);
  assert.ok(facetCounts.ranking("source").length <= 200, `${facetCounts.ranking("source").length} are counted apart`);
  for (let batch = 0; batch < 20; batch++) add(1000, (each) => (each % 2 ? "api" : `late ${each}`));
  assert.deepEqual(facetCounts.ranking("source")[0], ["api", 10_000], "it came late and is found");
  for (let batch = 0; batch < 150; batch++) add(1000, () => "api");
  assert.equal(facetCounts.count("source", "api"), ring.length, "the others have gone with their rows");
  assert.equal(facetCounts.others("source"), 0);
});
