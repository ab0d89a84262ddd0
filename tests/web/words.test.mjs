import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";

const PAGE = new URL("../../web/js/", import.meta.url);

/** What the page used to say, and the field's word for it. @type {readonly [RegExp, string][]} */
const WORDS = [
  [/How to ask/, "Query help"],
  [/Hold the place/, "Pause"],
  [/Everything by name/, "Command palette"],
  [/All keys|Sheet of keys/i, "Shortcuts"],
  [/Only entries with/, "Filter to"],
  [/No entries (?:with|of)/, "Exclude"],
  [/Members of metadata/i, "fields"],
  [/name: "number"|label: "Number"/, "sequence number"],
  [/after the time that the app wrote/, "ingest delay"],
  [/Collapse repeats|Take (?:them|the row's repeats) together/, "Group repeats"],
];

test("the page says the field's words", async () => {
  const files = (await readdir(PAGE, { recursive: true })).filter((name) => name.endsWith(".js"));
  const found = [];
  for (const name of files) {
    const text = await readFile(new URL(name, PAGE), "utf8");
    for (const [old, word] of WORDS) if (old.test(text)) found.push(`${name}: ${old}, say “${word}”`);
  }
  assert.deepEqual(found, []);
  assert.ok(files.length > 100);
});
