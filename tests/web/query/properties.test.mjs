/** What holds for any query. The queries come from a generator with a seed: a failure names it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { QueryError } from "../../../web/js/query/language/error.js";
import { parse } from "../../../web/js/query/language/parser.js";
import { pathOf, valueAt } from "../../../web/js/entry/json-path.js";
import { compile } from "../../../web/js/query/matcher.js";
import { Query, readQuery } from "../../../web/js/query/query.js";
import { excludeTerm, includeTerm } from "../../../web/js/query/edit.js";
import { entry } from "../watching.mjs";

const WORDS = [
  "a",
  "level",
  ":",
  "=",
  ">=",
  "error",
  "status",
  "5xx",
  "metadata.a.b",
  '"',
  "\\",
  "/",
  "(",
  ")",
  "-",
  "OR",
  "AND",
  "NOT",
  "*",
  " ",
  " ",
  "x",
  "é",
  "{2}",
  "[",
  "😀",
  "duration>1",
  "source:a",
  "\n",
];
const ENTRIES = [
  entry(1, { level: "error", message: "a x", source: "a", statusCode: 500, metadata: '{"a":{"b":1}}', duration: 5 }),
  entry(2, { message: "é 😀 error", endpoint: "/a/1", metadata: '{"x":"a"}' }),
  entry(3, { level: "debug", message: "OR * -", method: "X" }),
];

/** Mulberry32: small, and the same everywhere. @param {number} seed @returns {() => number} [0, 1) */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @param {(pick: <T>(from: readonly T[]) => T, next: () => number) => void} check */
function each(check, times = 2000) {
  for (let seed = 1; seed <= times; seed++) {
    const next = random(seed);
    try {
      check((from) => from[Math.floor(next() * from.length)], next);
    } catch (error) {
      throw new Error(`with seed ${seed}`, { cause: error });
    }
  }
}

/** @param {<T>(from: readonly T[]) => T} pick @param {() => number} next */
function text(pick, next) {
  return Array.from({ length: Math.floor(next() * 12) }, () => pick(WORDS)).join("");
}

test("any text is a query, or refused with a place in it and a sentence", () => {
  let readable = 0;
  each((pick, next) => {
    const query = text(pick, next);
    const read = readQuery(query);
    if (read instanceof Query) {
      readable++;
      for (const it of ENTRIES) assert.equal(typeof read.matches(it), "boolean");
      for (const pattern of read.sought) assert.ok(pattern.global);
    } else {
      assert.ok(0 <= read.from && read.from <= read.to && read.to <= query.length, query);
      assert.match(read.message, /[.]$/);
    }
  });
  assert.ok(readable > 500, `${readable} could be read: the generator is no good`);
});

test("NOT, AND and OR mean what they say, and every part knows its place", () => {
  let compared = 0;
  each((pick, next) => {
    const [one, other] = [text(pick, next), text(pick, next)];
    const read = [one, other, `(${one}) AND (${other})`, `(${one}) OR (${other})`, `(${one}) -(${other})`].map(
      readQuery,
    );
    // "/a" and "/" make one expression: together they are another query
    if (!read.every((query) => query instanceof Query)) return;
    const [a, b, both, either, without] = read;
    compared++;
    for (const it of ENTRIES) {
      assert.equal(both.matches(it), a.matches(it) && b.matches(it));
      assert.equal(either.matches(it), a.matches(it) || b.matches(it));
      assert.equal(without.matches(it), a.matches(it) && !b.matches(it));
    }
    const { from, to } = parse(one);
    assert.equal(one.slice(from, to), one.trim());
  });
  assert.ok(compared > 150, `${compared} could be compared: the generator is no good`);
});

test("a value that is included or excluded can be read, and holds", () => {
  each((pick, next) => {
    const query = text(pick, next);
    const [field, of] = pick(
      /** @type {const} */ ([
        ["source", "source"],
        ["message", "message"],
        ["method", "method"],
      ]),
    );
    const value = text(pick, next);
    const it = entry(9, { [of]: value });
    const without = compile(parse(excludeTerm(query, field, value)));
    assert.ok(!without(it), `${query} without ${field} ${value}`);
    const withIt = includeTerm(query, field, value);
    assert.equal(includeTerm(withIt, field, value), withIt, "a second press changes nothing");
    parse(withIt);
  });
});

test("a value is read out of JSON as if the JSON had been opened", () => {
  each((pick, next) => {
    const keys = ["a", "b", "", 'q"', "\\", "__proto__", "0", "é", "a\n"];
    /** @type {(depth: number) => unknown} */
    const value = (depth) => {
      if (depth === 0 || next() < 0.4)
        return pick([1, -2.5, 1e21, "", "a", '"', "\\", '\\"', "]}", "{[,", true, null, "é\n"]);
      if (next() < 0.4) return Array.from({ length: Math.floor(next() * 4) }, () => value(depth - 1));
      return Object.fromEntries(Array.from({ length: Math.floor(next() * 5) }, () => [pick(keys), value(depth - 1)]));
    };
    const whole = { a: value(3), [pick(keys)]: value(3) };
    const path = Array.from({ length: 1 + Math.floor(next() * 3) }, () => pick(keys));
    /** @type {any} */
    let expected = whole;
    for (const key of path) {
      const list = Array.isArray(expected);
      expected =
        typeof expected === "object" &&
        expected !== null &&
        Object.hasOwn(expected, key) &&
        (!list || /^\d+$/.test(key))
          ? expected[key]
          : undefined;
    }
    assert.equal(valueAt(JSON.stringify(whole), pathOf(path)), JSON.stringify(expected), JSON.stringify([whole, path]));
  });
});

test("a query has bounds, which are inclusive", () => {
  const about = (/** @type {string} */ query) => {
    const read = readQuery(query);
    return read instanceof QueryError ? read.about : "";
  };
  assert.equal(about("x".repeat(1024)), "");
  assert.equal(about("x".repeat(1025)), "too_long");
  assert.equal(about("x ".repeat(64)), "");
  assert.equal(about("x ".repeat(65)), "too_many_terms");
  assert.equal(about(`${"(".repeat(32)}x${")".repeat(32)}`), "");
  assert.equal(about(`${"(".repeat(33)}x${")".repeat(33)}`), "too_deep");
  assert.equal(about(`${"NOT ".repeat(33)}x`), "too_deep");
});

test("what is looked for anywhere is marked: words, phrases and expressions, but not what must not be there", () => {
  const sought = new Query('charge "a b" /x+y/i -never level:error (one OR NOT two)').sought;
  assert.deepEqual(sought.map(String), ["/charge/gi", "/a b/gi", "/x+y/giu", "/one/gi"]);
});

test("a key is found where it stands, not where a text or something nested looks like it", () => {
  for (const whole of [
    { a: '"b":1', b: 2 },
    { a: ',"b":1', b: 2 },
    { 'a"b': 1, b: 2 },
    { ab: 1, b: 2 },
    { ab: { b: 1 }, b: 2 },
    { x: { b: 1 }, b: 2 },
    { a: [{ b: 1 }], b: 2 },
    { a: "{", b: 2 },
    { b: 2, a: { b: 1 } },
    { a: "b", b: 2 },
    { "b\\": 1, b: 2 },
  ]) {
    assert.equal(valueAt(JSON.stringify(whole), pathOf(["b"])), "2", JSON.stringify(whole));
  }
  assert.equal(valueAt('{"a":{"b":1}}', pathOf(["b"])), undefined);
});
