/** Duration, request, trace and route by all of their spellings: the golden vectors that the server is held to. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse, stringify } from "../../../web/js/lib/exact-json.js";
import { columnOf } from "../../../web/js/log/columns/column-types.js";
import { compile } from "../../../web/js/query/matcher.js";
import { parse as parseQuery } from "../../../web/js/query/language/parser.js";
import { readEntries } from "../../../web/js/stream/entries-parser.js";
import { readMessage } from "../../../web/js/stream/messages.js";

const TEXT = readFileSync(new URL("../../golden/derived.json", import.meta.url), "utf8");
const AT = "2026-05-14T10:30:00.112Z";

/** @typedef {"metadata" | "endpoint" | "request" | "trace" | "route"} Text */
/** @typedef {{[field in Text]?: string} & {duration?: number}} Vector */

/** Each vector with its message: metadata as it is spelled there, and as it is usually. */
const vectors = /** @type {Vector[]} */ (JSON.parse(TEXT)).map((vector) => {
  const { metadata, endpoint } = vector;
  const message = (/** @type {string | undefined} */ json) => {
    const more = (endpoint ? `,"endpoint":"${endpoint}"` : "") + (json ? `,"metadata":${json}` : "");
    const entry = `{"seq":1,"receivedAt":"${AT}","timestamp":"${AT}","level":"info","message":"m"${more}}`;
    return `{"type":"entries","through":1,"entries":[${entry}]}`;
  };
  return {
    name: metadata ?? "none",
    vector,
    texts: [message(metadata), message(metadata && stringify(parse(metadata)))],
  };
});

/** @param {string} text @returns {import("../../../web/js/entry/entry.js").Entry[]} read in both ways */
const readings = (text) =>
  [readEntries(text, "e"), readMessage(` ${text}`, "e")].map((message) => /** @type {any} */ (message).entries[0]);

test("what metadata says is read alike in any spelling, whichever way the message is read", () => {
  assert.ok(vectors.length > 90);
  for (const { name, vector, texts } of vectors) {
    for (const entry of texts.flatMap(readings)) {
      assert.equal(entry.duration, vector.duration ?? -1, name);
      for (const field of /** @type {const} */ (["request", "trace", "route"]))
        assert.equal(columnOf(field)?.text(entry, /** @type {any} */ ({})), vector[field] ?? "", name);
    }
  }
});

test("a query finds it", () => {
  for (const { name, vector, texts } of vectors) {
    const [entry] = readings(texts[0]);
    const matches = (/** @type {string} */ text) => compile(parseQuery(text))(entry);
    for (const field of /** @type {const} */ (["request", "trace", "route"])) {
      const value = vector[field];
      assert.equal(matches(`${field}:*`), value !== undefined, name);
      if (value !== undefined) assert.ok(matches(`${field}="${value.replaceAll('"', '\\"')}"`), name);
    }
    assert.equal(matches("duration:*"), vector.duration !== undefined, name);
    if (vector.duration !== undefined)
      assert.ok(matches(`duration=${vector.duration}`) && !matches(`duration>${vector.duration}`), name);
  }
});
