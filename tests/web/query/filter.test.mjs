import assert from "node:assert/strict";
import { test } from "node:test";
import { Choice, Filter } from "../../../web/js/query/filter.js";
import { entry } from "../watching.mjs";

test("an empty filter lets everything through", () => {
  const filter = new Filter();
  assert.ok(filter.empty);
  assert.ok(filter.matches(entry(1)));
  assert.equal(filter.toQuery(), "");
});

test("levels and sources: OR within, AND between", () => {
  const filter = new Filter()
    .choose("level", new Choice(["error", "warn"], true))
    .choose("source", new Choice(["api"], true));
  assert.equal(filter.text, "(level:error OR level:warn) source:api");
  assert.ok(filter.matches(entry(1, { level: "warn", source: "API" })));
  assert.ok(filter.choice("source").has("API") && filter.choice("source").toggle("API").all, "case does not matter");
  assert.ok(filter.matches(entry(1, { level: "warn", source: "api" })));
  assert.ok(!filter.matches(entry(1, { level: "info", source: "api" })));
  assert.ok(!filter.matches(entry(1, { level: "error", source: "worker" })));
});

test("an unticked source is out, one that comes later is in; a wanted one keeps later ones out", () => {
  const without = new Choice().toggle("worker");
  assert.ok(!without.has("worker") && without.has("api") && without.has("new") && without.has(""));
  assert.ok(without.toggle("worker").all);
  const only = new Choice().toggleOnly("api");
  assert.ok(only.has("api") && !only.has("new"));
  assert.ok(only.toggle("worker").has("worker"));
  assert.ok(only.toggle("api").all);
  assert.ok(only.toggleOnly("api").all);
});

test("words are sought in every field, in any case", () => {
  const it = entry(1, {
    message: "Charge FAILED (a.b)",
    source: "Pay",
    endpoint: "/api/x",
    method: "POST",
    metadata: '{"userId":42,"name":"Zoë"}',
  });
  for (const text of ["failed", '"(A.B)"', "pay", '"/API/"', "post", '"\\"userid\\":42"', "ZOË", "failed pay"])
    assert.ok(new Filter({ text }).matches(it), text);
  for (const text of ["a+b", "axb", ".*", "[", "failed -pay"]) assert.ok(!new Filter({ text }).matches(it), text);
});

test("while the text can't be read, what was read last goes on to hold", () => {
  const filter = new Filter({ text: "level:error" });
  const typing = filter.with({ text: "level:error (" });
  assert.equal(typing.text, "level:error (");
  assert.equal(typing.error?.about, "missing_operand");
  assert.ok(typing.matches(entry(1, { level: "error" })) && !typing.matches(entry(1, { level: "info" })));
  assert.ok(typing.selectsAs(filter));
  const read = typing.with({ text: "level:error (pay)" });
  assert.equal(read.error, null);
  assert.ok(!read.selectsAs(typing));
  assert.ok(typing.with({ services: new Choice(["a"]) }).error, "another part of the filter has changed, not the text");
  assert.ok(new Filter({ text: "status:" }).empty, "nothing was read before: nothing is hidden");
  assert.equal(Filter.fromQuery(typing.toQuery()).text, "level:error (");
});

test("a filter survives the address", () => {
  const filter = new Filter({ text: "x & y", services: new Choice(["a"]) })
    .choose("level", new Choice(["debug"]))
    .choose("source", new Choice(["a b", "", "ü&="], true));
  assert.equal(filter.text, 'x & y -level:debug (source:"a b" OR -source:* OR source:ü&=)');
  const again = Filter.fromQuery(filter.toQuery());
  assert.equal(again.text, filter.text);
  for (const facet of /** @type {const} */ (["level", "source", "service"]))
    assert.deepEqual(again.choice(facet), filter.choice(facet));
  assert.equal(
    Filter.fromQuery("level=error&level=warn&-source=api&q=a OR b").text,
    "(a OR b) (level:error OR level:warn) -source:api",
    "an address of before has become terms",
  );
  assert.ok(Filter.fromQuery("tab=log").empty);
});

test("with() leaves the former filter as it was", () => {
  const filter = new Filter({ text: "a" });
  assert.equal(filter.with({ text: "b" }).text, "b");
  assert.equal(filter.text, "a");
});
