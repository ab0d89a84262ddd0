import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { QueryError } from "../../../web/js/query/language/error.js";
import { parse } from "../../../web/js/query/language/parser.js";
import { compile } from "../../../web/js/query/matcher.js";
import { readMessage } from "../../../web/js/stream/messages.js";

/** As text, not as objects: an object would have lost the last digits of long numbers. */
const TEXT = readFileSync(new URL("../../golden/queries.json", import.meta.url), "utf8");
const GOLDEN = JSON.parse(TEXT);
const sent = TEXT.slice(TEXT.indexOf("[", TEXT.indexOf('"entries"')), TEXT.indexOf('"matching"'))
  .trim()
  .replace(/,$/, "");
const message = readMessage(`{"type":"entries","through":1000,"entries":${sent}}`, "e");
assert.ok(message?.type === "entries");
const ENTRIES = message.entries;

test("a query finds what it finds at the server", () => {
  for (const { q, matches } of GOLDEN.matching) {
    const query = compile(parse(q, Date.parse(GOLDEN.now)));
    assert.deepEqual(
      ENTRIES.flatMap((entry, index) => (query(entry) ? [index] : [])),
      matches,
      q,
    );
  }
});

test("what cannot be read is told with its place, as at the server", () => {
  for (const { q, from, to, about } of GOLDEN.errors) {
    assert.throws(
      () => parse(q),
      (/** @type {any} */ error) => {
        assert.ok(error instanceof QueryError, q);
        assert.deepEqual([error.from, error.to, error.about], [from, to, about], q);
        return error.message.endsWith(".");
      },
    );
  }
});
