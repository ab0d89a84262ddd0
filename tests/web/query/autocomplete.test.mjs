import assert from "node:assert/strict";
import { test } from "node:test";
import { complete } from "../../../web/js/query/autocomplete.js";
import { parse } from "../../../web/js/query/language/parser.js";
import { ValueIndex } from "../../../web/js/query/value-index.js";
import { Ring } from "../../../web/js/log/ring.js";
import { FacetCounts } from "../../../web/js/log/facet-counts.js";
import { entry } from "../watching.mjs";

/** @param {import("../../../web/js/entry/entry.js").Entry[]} entries */
function seenIn(entries, clock = { now: () => 0 }) {
  const ring = new Ring();
  const facetCounts = new FacetCounts(ring);
  ring.append(entries);
  return { ring, seen: new ValueIndex({ ring, facetCounts, clock }) };
}

const { seen } = seenIn([
  entry(1, {
    level: "error",
    source: "api",
    method: "GET",
    endpoint: "/users/1?x=1",
    statusCode: 404,
    metadata: '{"userId":42,"user":{"plan":"pro plan","a.b":true},"list":[1]}',
  }),
  entry(2, {
    level: "info",
    source: "payment service",
    method: "GET",
    endpoint: "/users/2",
    statusCode: 200,
    metadata: `{"userId":43,"text":"${"x".repeat(200)}"}`,
  }),
  entry(3, { level: "info", source: "api", method: "POST", statusCode: 200, metadata: '{"userId":42}' }),
]);

/** Completes where the bar stands. @param {string} text */
function at(text, recent = /** @type {string[]} */ ([])) {
  const caret = text.indexOf("|");
  const plain = text.replace("|", "");
  const { from, to, options } = complete(plain, caret, seen, recent);
  return {
    labels: options.map(({ label }) => label),
    applied: options.map(({ insert }) => plain.slice(0, from) + insert + plain.slice(to)),
    options,
  };
}

test("fields by their beginning, members of metadata by any part of their name", () => {
  assert.deepEqual(at("st|").labels, ["status"]);
  assert.deepEqual(at("le|").applied, ["level:"]);
  assert.deepEqual(at("x -ro|").applied, ["x -route:"]);
  assert.deepEqual(at("(so|) y").applied, ["(source:) y"]);
  assert.deepEqual(at("useri|").applied, ["metadata.userId:"]);
  assert.deepEqual(at("metadata.user.|").applied, ['metadata.user."a.b":', "metadata.user.plan:"]);
  assert.deepEqual(at("zzz|").labels, []);
  assert.ok(at("|").labels.includes("level"));
});

test("values by how often they were seen, put in quotes where they must be", () => {
  assert.deepEqual(at("level:|").labels, ["info", "error"]);
  assert.deepEqual(at("source:p|").applied, ['source:"payment service"']);
  assert.deepEqual(at('source:"pay|').applied, ['source:"payment service"']);
  assert.deepEqual(at("method:|").labels, ["GET", "POST"]);
  assert.deepEqual(at("status:|").labels, ["200", "404", "5xx", "4xx", "2xx"]);
  assert.deepEqual(at("status>=|").labels, ["200", "404"]);
  assert.deepEqual(at("statusCode:4|").labels, ["404", "4xx"]);
  assert.deepEqual(at("route:|").labels, ["/users/:id"]);
  assert.deepEqual(at("endpoint:/users/1|").labels, [], "it stands there");
  assert.deepEqual(at("metadata.userId=|").labels, ["42", "43"]);
  assert.deepEqual(at("METADATA.user.plan:|").applied, ['METADATA.user.plan:"pro plan"']);
  assert.deepEqual(at("metadata.text:|").labels, [], "too long to be of help");
  assert.deepEqual(at("sttaus:|").labels, []);
  assert.deepEqual(at("level:er|ror x").applied, ["level:error x"]);
  assert.deepEqual(at('"a b|').labels, []);
});

test("queries used lately are offered while the line is empty", () => {
  assert.deepEqual(at("|", ["level:error", "timeout"]).labels.slice(0, 3), ["level:error", "timeout", "level"]);
  assert.deepEqual(at("  |", ["level:error"]).applied[0], "level:error");
  assert.ok(!at("ti|", ["timeout"]).labels.includes("timeout"));
});

test("what is offered can be read", () => {
  for (const text of ["level:|", "source:|", "metadata.user.|", "route:|", "metadata.userId:|", "status:|"]) {
    for (const applied of at(text).applied) parse(applied.endsWith(":") ? `${applied}1` : applied);
  }
});

test("only the newest entries are counted, once in a while, and never more than so many keys and values", () => {
  let now = 0;
  const { ring, seen: later } = seenIn(
    Array.from({ length: 1500 }, (_, i) =>
      entry(i, { method: i < 500 ? "OLD" : "NEW", metadata: JSON.stringify({ [`key${i % 300}`]: i, same: i }) }),
    ),
    { now: () => now },
  );
  assert.deepEqual(later.values("method"), [{ value: "NEW", count: 1000 }]);
  assert.equal(later.values("metadata.same").length, 50);
  assert.ok(later.keys().length <= 200);
  ring.append([entry(2000, { method: "PUT" })]);
  assert.equal(later.values("method").length, 1);
  now = 3000;
  assert.equal(later.values("method").length, 2);
});
