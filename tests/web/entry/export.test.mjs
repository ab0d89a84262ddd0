import assert from "node:assert/strict";
import test from "node:test";
import { prettyJson } from "../../../web/js/entry/entry-json.js";
import { fileName, mediaType, exportParts } from "../../../web/js/entry/export.js";
import { readMessage } from "../../../web/js/stream/messages.js";

/** @param {object} fields @returns {import("../../../web/js/entry/entry.js").Entry} */
function entry(fields, metadata = "") {
  const whole = JSON.stringify({
    seq: 7,
    receivedAt: "2026-11-23T10:30:00.250Z",
    timestamp: "2026-11-23T10:30:00.112Z",
    level: "info",
    message: "hello",
    ...fields,
  });
  const text = metadata ? `${whole.slice(0, -1)},"metadata":${metadata}}` : whole;
  const message = /** @type {any} */ (readMessage(`{"type":"entries","through":7,"entries":[${text}]}`, "e1"));
  return message.entries[0];
}

/**
 * @param {import("../../../web/js/entry/export.js").Format} format
 * @param {...import("../../../web/js/entry/entry.js").Entry} entries
 */
function file(format, ...entries) {
  return [...exportParts(entries, format)].join("");
}

/** Cells of a CSV text as RFC 4180 has them. @param {string} text */
function cells(text) {
  const rows = text.replace(/^\ufeff/, "").split("\r\n");
  return rows.map((row) =>
    [...row.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)]
      .slice(0, -1)
      .map(([, cell]) => cell.replace(/^"([\s\S]*)"$/, "$1").replaceAll('""', '"')),
  );
}

test("NDJSON is what the server sent, digit by digit, a line each", () => {
  const text = file(
    "ndjson",
    entry(
      { source: "api", method: "GET", endpoint: "/x", statusCode: 200, truncated: ["metadata"] },
      '{"id":9007199254740993,"price":1.25}',
    ),
    entry({ message: "two\nlines" }),
  );
  const [first, second, last] = text.split("\n");
  assert.equal(
    first,
    '{"seq":7,"receivedAt":"2026-11-23T10:30:00.250Z","timestamp":"2026-11-23T10:30:00.112Z","level":"info","message":"hello","source":"api","endpoint":"/x","method":"GET","statusCode":200,"metadata":{"id":9007199254740993,"price":1.25},"truncated":["metadata"]}',
  );
  assert.equal(JSON.parse(second).message, "two\nlines");
  assert.equal(last, "");
});

test("an entry for people is the same entry", () => {
  const whole = entry({ source: "api", truncated: ["message"] }, '{"a":{"b":[1,2]}}');
  assert.deepEqual(JSON.parse(prettyJson(whole)), JSON.parse(file("ndjson", whole)));
});

test("CSV: a cell holds whatever a text holds", () => {
  const text = file("csv", entry({ message: 'says "no", twice\r\n', statusCode: 404 }, '{"duration":12.5}'));
  assert.match(text, /^\ufeffseq,timestamp,/);
  assert.ok(text.includes(',"says ""no"", twice\r\n",'));
  assert.ok(text.includes(",404,12.5,"));
});

test("CSV: no text is a formula", () => {
  for (const message of ["=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")']) {
    const row = file("csv", entry({ message })).slice(file("csv").length);
    const cell = row.split(",").slice(9).join(",").replace(/^"/, "");
    assert.equal(cell[0], "'", message);
  }
  assert.deepEqual(cells(file("csv", entry({ message: "a=b" })))[1][9], "a=b");
});

test("the file comes in parts, each entry in one of them", () => {
  const many = Array.from({ length: 2500 }, (_, index) => entry({ message: `entry ${index}` }));
  const made = [...exportParts(many, "ndjson")];
  assert.equal(made.length, 3);
  assert.equal(made.join("").split("\n").length, 2501);
  assert.deepEqual([...exportParts([], "ndjson")], []);
});

test("a file is named after its service and the time", () => {
  const at = Date.parse("2026-11-23T10:30:05Z");
  assert.equal(fileName("Payment Service", "ndjson", at), "payment-service-2026-11-23T103005.ndjson");
  assert.equal(fileName("Zähler/№ 1..", "csv", at), "zähler-1-2026-11-23T103005.csv");
  assert.equal(fileName("../..", "csv", at), "log-2026-11-23T103005.csv");
  assert.match(mediaType("csv"), /^text\/csv/);
});
