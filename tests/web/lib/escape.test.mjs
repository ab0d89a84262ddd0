import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { isPlain, segments, visible } from "../../../web/js/lib/escape.js";

test("an ordinary text is one segment and is plain", () => {
  for (const text of ["GET /api/users", "日本語 ñ é 👩‍👩‍👧 עברית العربية", "a\u200db", "x²"]) {
    assert.ok(isPlain(text), text);
    assert.deepEqual(segments(text), [{ text, escaped: false }]);
  }
  assert.deepEqual(segments(""), []);
});

test("an ANSI sequence is one visible escape", () => {
  assert.deepEqual(segments("\x1b[31mred\x1b[0m!"), [
    { text: "\\x1b[31m", escaped: true },
    { text: "red", escaped: false },
    { text: "\\x1b[0m", escaped: true },
    { text: "!", escaped: false },
  ]);
  assert.deepEqual(segments("\x1b]0;title\x07x")[0], { text: "\\x1b]0;title\\x07", escaped: true });
  assert.deepEqual(segments("\x1b]8;;http://evil\x1b\\x")[0], { text: "\\x1b]8;;http://evil\\x1b\\", escaped: true });
});

test("every control and direction mark becomes something that can be seen", () => {
  const hostile = [];
  for (let code = 0; code < 0x20; code++) hostile.push(code);
  for (let code = 0x7f; code < 0xa0; code++) hostile.push(code);
  hostile.push(0x61c, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069, 0xfeff);
  hostile.push(0xad, 0x180e, 0x206a, 0x206f);
  for (let code = 0xe0000; code < 0xe0080; code++) hostile.push(code);
  for (const code of hostile) {
    const text = `a${String.fromCodePoint(code)}b`;
    assert.ok(!isPlain(text), code.toString(16));
    const shown = visible(text);
    assert.ok(isPlain(shown) && shown.length > 2, `${code.toString(16)} -> ${shown}`);
  }
  assert.equal(visible("a\u202eb"), "a\\u202eb");
  assert.equal(visible("ok\u{e0048}\u{e0069}"), "ok\\U000e0048\\U000e0069");
  assert.deepEqual(segments("ok\u{e0048}\u{e0069}\u{1f600}"), [
    { text: "ok", escaped: false },
    { text: "\\U000e0048\\U000e0069", escaped: true },
    { text: "\u{1f600}", escaped: false },
  ]);
  assert.equal(visible("\x9b31m"), "\\x9b31m");
  assert.equal(visible("\0\n\t\x7f"), "\\x00\\n\\t\\x7f");
});

test("where a text may have lines, line ends and tabs stay", () => {
  assert.deepEqual(segments("a\r\n\tb\rc", { lines: true }), [
    { text: "a\n\tb", escaped: false },
    { text: "\\r", escaped: true },
    { text: "c", escaped: false },
  ]);
});

test("a long hostile text costs no more than its length", () => {
  // Where each place was looked at once more for each other, it would take an hour.
  const script = `
    import { segments } from ${JSON.stringify(import.meta.resolve("../../../web/js/lib/escape.js"))};
    segments("\\x1b[" + "0;".repeat(1_000_000) + "\\x1b]".repeat(500_000));`;
  execFileSync(process.execPath, ["--input-type=module", "-e", script], { timeout: 60_000 });
});
