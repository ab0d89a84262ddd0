import assert from "node:assert/strict";
import test from "node:test";
import { Choice, Filter } from "../../../web/js/query/filter.js";
import { describeFilter, wireFilter } from "../../../web/js/query/server-filter-text.js";

test("what is wanted is listed, what is not is a term of the query", () => {
  assert.deepEqual(wireFilter(new Filter()), {});
  assert.deepEqual(wireFilter(new Filter({ levels: new Choice(["error"], true) })), { levels: ["error"] });
  assert.deepEqual(wireFilter(new Filter({ levels: new Choice(["debug"]) })), { levels: ["error", "warn", "info"] });
  assert.deepEqual(wireFilter(new Filter({ sources: new Choice(["api", ""], true), text: "timeout" })), {
    sources: ["api", ""],
    q: "timeout",
  });
  assert.deepEqual(wireFilter(new Filter({ sources: new Choice(['say "hi"', ""]) })), {
    q: '-source:"say \\"hi\\"" source:*',
  });
  assert.deepEqual(wireFilter(new Filter({ sources: new Choice(["worker"]), text: "a OR b" })), {
    q: '(a OR b) -source:"worker"',
  });
});

test("a filter is told in one line", () => {
  const filter = new Filter({
    levels: new Choice(["error", "warn"], true),
    sources: new Choice(["api", ""], true),
    text: "time out",
  });
  assert.equal(describeFilter(filter), "error, warn · api, no source · time out");
});
