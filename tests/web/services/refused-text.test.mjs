/** What is said of a stream key whose requests bring nothing. */
import assert from "node:assert/strict";
import test from "node:test";
import { droppedText, refusedText } from "../../../web/js/services/refused-text.js";

const NOW = Date.parse("2026-05-14T10:30:10.000Z");
const REFUSED = {
  requests: 12,
  since: "2026-05-14T10:29:00.000Z",
  at: "2026-05-14T10:30:07.000Z",
  code: "invalid_json",
  detail: "The body is not JSON.",
  sample: "<html>",
};

test("how many, what was wrong, when, and the last one's beginning", () => {
  assert.deepEqual(refusedText(REFUSED, NOW), {
    words: "12 requests with lines we could not read, the last 3 s ago",
    last: "<html>",
    isSample: true,
  });
});

test("one alone, of which nothing was read, for a reason that this page does not know", () => {
  assert.deepEqual(refusedText({ ...REFUSED, requests: 1, code: "new_code", sample: "" }, NOW), {
    words: "1 request refused, the last 3 s ago",
    last: "The body is not JSON.",
    isSample: false,
  });
});

test("spans that are no entries are told once, with their number", () => {
  assert.equal(droppedText(1204), "1,204 spans left out: of a trace, only the spans of requests are entries");
  assert.equal(droppedText(1), "1 span left out: of a trace, only the spans of requests are entries");
});
