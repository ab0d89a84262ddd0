import assert from "node:assert/strict";
import { test } from "node:test";
import { ExactNumber, mayRound, parse, stringify } from "../../../web/js/lib/exact-json.js";

test("a number that a double can't hold keeps its digits", () => {
  for (const digits of [
    "9007199254740993",
    "-12345678901234567890",
    "0.12345678901234567891",
    "1e400",
    "1E-400",
    "3.00000000000000000001",
  ]) {
    const value = /** @type {any} */ (parse(`{"n":${digits}}`)).n;
    assert.ok(value instanceof ExactNumber, digits);
    assert.equal(String(value), digits);
    assert.equal(stringify(parse(`{"n":${digits}}`)), `{"n":${digits}}`);
  }
});

test("a number keeps the spelling it came with, and is a plain one where a double spells it alike", () => {
  for (const digits of [
    "1.10",
    "1.0",
    "100.00",
    "-0",
    "1e5",
    "1E+2",
    "-2.5e-3",
    "1e+021",
    "1000000000000000000000",
    "0.00000000000000000000",
  ]) {
    for (const text of [digits, `[${digits}]`, `{"n": ${digits}, "m":1}`, `[1,${digits} ]`]) {
      assert.equal(stringify(parse(text)), text.replaceAll(" ", ""));
    }
    assert.ok(parse(digits) instanceof ExactNumber, digits);
  }
  for (const digits of ["9007199254740991", "1.5", "0.1", "0", "100", "-20.05", "1e+21"])
    assert.equal(/** @type {any} */ (parse(`[${digits}]`))[0], Number(digits), digits);
});

test("what has no such number is not looked at twice", () => {
  for (const text of ['{"at":"2026-11-23T10:30:00.250Z","id":"7e3f-5e2"}', "[0.05,10,100,-1]", '{"version":"1.10"}'])
    assert.equal(mayRound(text), false, text);
});

test("digits inside a text are text, quotes and backslashes included", () => {
  const text = JSON.stringify({ a: '9007199254740993 "9007199254740993', b: "\\", "9007199254740993": '\\"' });
  assert.deepEqual(parse(text), JSON.parse(text));
  assert.ok(mayRound(text));
});

test("case 13: __proto__ is a key like any other", () => {
  const value = /** @type {any} */ (parse('{"__proto__":{"x":9007199254740993},"constructor":1}'));
  assert.deepEqual(Object.keys(value), ["__proto__", "constructor"]);
  assert.equal(/** @type {any} */ ({}).x, undefined);
  assert.equal(value.x, undefined);
  assert.equal(stringify(value), '{"__proto__":{"x":9007199254740993},"constructor":1}');
});

test("what is not JSON is refused, also where rewriting would mend it", () => {
  assert.throws(() => parse("{9007199254740993:1}"), SyntaxError);
  assert.throws(() => parse('[9007199254740993"]'), SyntaxError);
});

test("stringify indents as JSON.stringify does", () => {
  assert.equal(stringify(parse('{"a":[9007199254740993,1]}'), 2), '{\n  "a": [\n    9007199254740993,\n    1\n  ]\n}');
});
