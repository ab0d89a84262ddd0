import assert from "node:assert/strict";
import { test } from "node:test";
import { levelWord } from "../../../web/js/entry/level-word.js";

/** @param {unknown} originalLevel @param {"error" | "debug"} [level] */
const word = (originalLevel, level = "error") =>
  levelWord({ level, metadata: JSON.stringify({ a: 1, originalLevel, b: { originalLevel: "fatal" } }) });

test("what is worse than an error is called fatal, as the app called it by word or number", () => {
  for (const said of ["fatal", "CRITICAL", "panic", "emerg", 60, "60", 21, 50, 0, 600])
    assert.equal(word(said), "fatal");
  for (const said of ["odd", 18, 55, 300, {}, undefined]) assert.equal(word(said), "error");
  assert.equal(word("trace", "debug"), "debug");
  assert.equal(levelWord({ level: "error", metadata: "" }), "error");
});
