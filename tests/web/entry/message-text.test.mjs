import assert from "node:assert/strict";
import { test } from "node:test";
import { messageText } from "../../../web/js/entry/message-text.js";

test("what a message says beyond its request", () => {
  const cases = [
    ["GET /a", "GET", "/a", ""],
    ["/a", "GET", "/a", ""],
    ["GET /a failed: gone", "GET", "/a", "failed: gone"],
    ["GET /abc", "GET", "/a", "GET /abc"],
    ["/a", "", "/a", ""],
    ["/a is slow", "", "/a", "is slow"],
    ["GET /a", "", "", "GET /a"],
    ["GET /a 503", "GET", "/a", ""],
    ["GET /a 200", "GET", "/a", "200"],
    ["GET /a 503 again", "GET", "/a", "503 again"],
    ["503", "GET", "/a", "503"],
  ];
  for (const [message, method, endpoint, expected] of cases)
    assert.equal(messageText({ message, method, endpoint, statusCode: 503 }), expected, message);
});
