import assert from "node:assert/strict";
import test from "node:test";
import { Choice, Filter } from "../../../web/js/query/filter.js";
import { askedOf, wireFilter } from "../../../web/js/query/server-filter-text.js";

test("the server is told the query, which holds what is ticked", () => {
  assert.deepEqual(wireFilter(new Filter()), {});
  assert.deepEqual(wireFilter(new Filter({ text: " " })), {});
  const filter = new Filter({ text: "a OR b" })
    .choose("level", new Choice(["debug"]))
    .choose("source", new Choice([""]));
  assert.deepEqual(wireFilter(filter), { q: "(a OR b) -level:debug source:*" });
  assert.deepEqual(askedOf({ filter, since: 0, until: Infinity }), {
    q: "(a OR b) -level:debug source:*",
    from: "1970-01-01T00:00:00.000Z",
  });
  assert.deepEqual(askedOf({ filter: null, since: -Infinity, until: Infinity }), {});
});
