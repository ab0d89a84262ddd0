import assert from "node:assert/strict";
import { test } from "node:test";
import { Mutes } from "../../../web/js/log/mutes.js";
import { Query } from "../../../web/js/query/query.js";
import { excluding } from "../../../web/js/query/exclusion.js";
import { entries } from "../watching.mjs";

const QUERIES = [
  ...["", "level:error", "level:error OR source:api", "-source:api /mess\\w+ 1/", "(message 1) OR 2", "source:a( b"],
  ...['path:/a/b "say (so"', "/1/", "path:/r", "-(a OR b) -NOT", 'metadata."a b"=1', "statu:5", "message:)"],
];
const ALL = entries(60, 1, (seq) => ({
  level: seq % 5 ? "info" : "error",
  source: seq % 2 ? "worker" : "api",
  endpoint: `/r/${seq % 4}`,
  method: "GET",
}));

/** @param {string} text */
function read(text) {
  try {
    return new Query(text);
  } catch {
    return null;
  }
}

test("one query finds what the page shows that leaves out what is muted", () => {
  const readable = QUERIES.filter(read);
  assert.ok(readable.length >= 8, `${readable}`);
  for (const text of readable)
    for (const first of readable.slice(1))
      for (const second of readable.slice(1)) {
        const muted = [first, second].map((each) => ({ text: each, service: "", always: false }));
        const [mutes, query] = [new Mutes(muted), new Query(text)];
        const one = excluding(text, [first, second]);
        assert.ok(one !== null, `${text} without ${first}, ${second}`);
        const shown = ALL.filter((entry) => query.matches(entry) && mutes.indexOf(entry) < 0);
        assert.deepEqual(ALL.filter(new Query(one).matches), shown, one);
      }
});

test("without mutes a query stays as it is, and what can't be one query is none", () => {
  assert.equal(excluding("level:error OR x", []), "level:error OR x");
  assert.equal(excluding("", ["source:worker"]), "-(source:worker)");
  const long = Array.from({ length: 50 }, (_, index) => `message:"what nobody wants to see, the ${index}th of it"`);
  assert.equal(excluding("level:error", long), null, "too long");
  const many = Array.from({ length: 64 }, (_, index) => `w${index}`);
  assert.equal(excluding("level:error", many), null, "too many terms");
});
