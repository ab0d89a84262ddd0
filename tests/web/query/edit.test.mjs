import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../../../web/js/query/language/parser.js";
import { compile } from "../../../web/js/query/matcher.js";
import { excludeTerm, includeTerm, spellPath, spellTerm } from "../../../web/js/query/edit.js";
import { entry } from "../watching.mjs";

test("a value is added as a term, quoted where it must be", () => {
  assert.equal(includeTerm("", "status", "404"), "status:404");
  assert.equal(excludeTerm("timeout", "path", "/healthz"), 'timeout -path="/healthz"');
  assert.equal(excludeTerm("", "path", "/a b"), '-path="/a b"');
  assert.equal(
    includeTerm("/x", "path", "/a"),
    'path="/a" /x',
    "a slash behind a slash would make a regular expression of both",
  );
  assert.equal(includeTerm("", "message", 'say "hi" \\ (x)'), 'message="say \\"hi\\" \\\\ (x)"');
  assert.equal(includeTerm("", "metadata.userId", "42"), "metadata.userId=42");
  assert.equal(includeTerm("", "source", "*"), 'source:"*"');
  assert.equal(includeTerm("", "source", ""), "-source:*", "nothing there");
  assert.equal(excludeTerm("", "source", ""), "source:*");
  assert.equal(spellPath(["user", "a.b", 'say "hi"', "0"]), 'metadata.user."a.b"."say \\"hi\\"".0');
  assert.equal(includeTerm("", "message", "x".repeat(900)).length, "message:".length + 200);
});

test("a term that says the contrary, or asks for another value, goes; everything else stays as it was typed", () => {
  assert.equal(includeTerm("level:warn  charge", "level", "error"), "charge level:error");
  assert.equal(includeTerm("-status:404", "status", "404"), "status:404");
  assert.equal(excludeTerm("a status:404 b", "status", "404"), "a b -status:404");
  assert.equal(includeTerm("-source:api", "source", "worker"), "-source:api source:worker");
  assert.equal(includeTerm("-source:*", "source", "worker"), "source:worker");
  assert.equal(excludeTerm("-source:api", "source", "worker"), "-source:api -source:worker");
  assert.equal(includeTerm("status>=400 x", "status", "404"), "status>=400 x status:404");
  assert.equal(includeTerm("metadata.a=1 metadata.b=2", "metadata.a", "3"), "metadata.b=2 metadata.a=3");
  assert.equal(includeTerm("metadata.a!=1", "metadata.a", "1"), "metadata.a=1");
  assert.equal(includeTerm("x AND level:warn AND y", "level", "info"), "x AND y level:info");
  assert.equal(includeTerm("level:warn AND y", "level", "info"), "y level:info");
  assert.equal(includeTerm("NOT level:info", "level", "info"), "level:info");
});

test("what it says already is not said twice", () => {
  assert.equal(includeTerm("x level=Error", "level", "error"), "x level=Error");
  assert.equal(excludeTerm("NOT status:404 y", "status", "404"), "NOT status:404 y");
});

test("alternatives stay together, groups are left alone, and what can't be read is replaced", () => {
  assert.equal(includeTerm("a OR b", "level", "error"), "(a OR b) level:error");
  assert.equal(includeTerm("(a OR b)", "level", "error"), "(a OR b) level:error");
  assert.equal(excludeTerm("(level:error OR x) y", "level", "error"), "(level:error OR x) y -level:error");
  assert.equal(includeTerm("(level:warn x)", "level", "error"), "(level:warn x) level:error");
  assert.equal(includeTerm("x (level:warn) y", "level", "error"), "x y level:error");
  assert.equal(includeTerm('"open', "level", "error"), "level:error");
});

test("whatever the value, the term finds its entry, and excluded it does not", () => {
  for (const value of [
    "",
    "*",
    "/a/",
    "-x",
    "OR",
    "a b",
    '"',
    "\\",
    "()",
    "x:y",
    "é😀",
    "1e3",
    "0042",
    "null",
    "//",
    'a"b\\c d',
    "\n",
    "i/",
  ]) {
    for (const field of ["source", "message", "method", "path", "metadata.k"]) {
      const it = entry(1, {
        source: value,
        message: value,
        method: value,
        endpoint: value,
        metadata: JSON.stringify({ k: value }),
      });
      assert.ok(compile(parse(spellTerm(field, value)))(it), `${field} ${JSON.stringify(value)}`);
      assert.ok(!compile(parse(excludeTerm("", field, value)))(it), `-${field} ${JSON.stringify(value)}`);
    }
  }
});
