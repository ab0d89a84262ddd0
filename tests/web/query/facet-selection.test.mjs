import assert from "node:assert/strict";
import { test } from "node:test";
import { Choice, Filter } from "../../../web/js/query/filter.js";
import { withChoice } from "../../../web/js/query/facet-selection.js";
import { wireFilter } from "../../../web/js/query/server-filter-text.js";
import { entry } from "../watching.mjs";

const only = (/** @type {string[]} */ ...values) => new Choice(values, true);
const without = (/** @type {string[]} */ ...values) => new Choice(values);

test("what is ticked is a term of the query, and everything else stays as it was typed", () => {
  assert.equal(withChoice("", "method", without("GET")), "-method:GET");
  assert.equal(withChoice("charge  level:error", "status", only("5xx")), "charge  level:error status:5xx");
  assert.equal(withChoice("-method:GET x", "method", without("GET", "PUT")), "x -method:GET -method:PUT");
  assert.equal(withChoice("-method:GET x", "method", without()), "x");
  assert.equal(
    withChoice("x AND method:GET AND y", "method", only("GET", "PUT")),
    "x AND y (method:GET OR method:PUT)",
  );
  assert.equal(withChoice("(method:GET OR method:PUT) y", "method", only("PUT")), "y method:PUT");
  assert.equal(withChoice("method:GET OR method:PUT", "method", only("PUT")), "method:PUT");
  assert.equal(withChoice("a OR b", "status", only("")), "(a OR b) -status:*");
  assert.equal(withChoice("a OR b", "status", without()), "a OR b");
  assert.equal(withChoice("", "status", without("", "5xx")), "status:* -status:5xx");
  assert.equal(
    withChoice("status>=500 status:404 method:/^P/", "status", only("4xx")),
    "status>=500 status:404 method:/^P/ status:4xx",
  );
  assert.equal(withChoice('"open', "method", only("GET")), "method:GET");
});

test("what was typed is ticked", () => {
  const choice = (/** @type {string} */ text, /** @type {"method" | "status"} */ facet) => {
    const { values, only: alone } = new Filter({ text }).choice(facet);
    return [alone ? "only" : "but", ...values];
  };
  assert.deepEqual(choice("method:get x", "method"), ["only", "GET"]);
  assert.deepEqual(choice("(method:GET OR method=PUT OR -method:*)", "method"), ["only", "GET", "PUT", ""]);
  assert.deepEqual(choice("NOT method:GET method!=PUT method:*", "method"), ["but", "GET", "PUT", ""]);
  assert.deepEqual(choice("(method:GET OR method:PUT) -method:PUT", "method"), ["only", "GET"]);
  assert.deepEqual(choice("status:5XX", "status"), ["only", "5xx"]);
  for (const text of [
    "status>=500",
    "status:404",
    "method:/GET/",
    "x OR status:5xx",
    "(status:5xx x)",
    "(status:5xx OR method:GET)",
  ]) {
    assert.deepEqual([choice(text, "status"), choice(text, "method")], [["but"], ["but"]], text);
  }
});

test("ticking on and off comes back to the query as it was; here and at the server, what is ticked passes", () => {
  const statuses = { "2xx": 204, "3xx": 301, "4xx": 404, "5xx": 503, "": 0 };
  for (const text of ["", "charge", "a OR charge"]) {
    let filter = new Filter({ text });
    for (const value of ["5xx", "", "2xx"]) filter = filter.choose("status", filter.choice("status").toggle(value));
    for (const [value, statusCode] of Object.entries(statuses)) {
      assert.equal(
        filter.matches(entry(1, { statusCode, message: "charge" })),
        filter.choice("status").has(value),
        value,
      );
    }
    filter = filter.choose("status", filter.choice("status").toggleOnly("4xx"));
    filter = filter.choose("status", filter.choice("status").toggle("3xx"));
    assert.deepEqual([...filter.choice("status").values], ["4xx", "3xx"]);
    assert.equal(wireFilter(filter).q, filter.text);
    assert.equal(Filter.fromQuery(filter.toQuery()).text, filter.text);
    filter = filter.choose("status", filter.choice("status").toggle("3xx").toggleOnly("4xx"));
    assert.ok(filter.text === text || filter.text === `(${text})`, filter.text);
  }
});

test("whatever an app calls its method, ticked it is found and unticked it is not", () => {
  for (const method of ["M-SEARCH", "a b", '"', "*", "(", "/x/", "é", "OR", "-", "x:y"]) {
    const value = method.toUpperCase();
    const filter = new Filter().choose("method", only(value, "GET"));
    assert.ok(filter.error === null && filter.matches(entry(1, { method })), method);
    assert.deepEqual([...filter.choice("method").values], [value, "GET"]);
    assert.ok(!new Filter({ text: "" }).choose("method", without(value)).matches(entry(1, { method })), method);
  }
});
