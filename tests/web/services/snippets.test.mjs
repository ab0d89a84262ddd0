/** The snippets say what they should, quoted for where they go. That they run is tried in tests/e2e/producers. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import {
  formerLine,
  found,
  GROUPS,
  ingestAddress,
  MIDDLEWARES as OF_MIDDLEWARES,
  NO_HOOK_KEY,
  NO_KEY,
  SNIPPETS,
  snippet,
  snippetsOf,
  startsListener,
} from "../../../web/js/services/snippets/snippets.js";
import { doubleQuote, envQuote, shellQuote } from "../../../web/js/services/snippets/snippet-text.js";

const run = promisify(execFile);
const KEY = `spx_v1_live_ab12CD34ef${"x".repeat(38)}`;
const HOOK_KEY = KEY.replace("live", "hook");
const TARGET = { origin: "http://localhost:4000", key: KEY, hookKey: HOOK_KEY, service: "My shop", ports: {} };
const NASTY = [
  "plain",
  "",
  "it's",
  `"quoted"`,
  "$HOME `id` $(id)",
  "back\\slash",
  "two\nlines",
  "!history",
  "ünï ✓",
  "-n",
  "a;b|c&d>e*?[x]{y}~#",
];
const ORIGINS = ["http://localhost:4000", "http://127.0.0.1:8080", "http://[::1]:4000", "https://logs.example.com"];
const MIDDLEWARES = SNIPPETS.filter(({ group }) => OF_MIDDLEWARES.includes(group));

/** @param {string} id */
const blocks = (id, target = TARGET) => snippet(id).blocks(target);

test("any text is one word of the shell", async () => {
  for (const text of NASTY) {
    const { stdout } = await run("bash", ["-c", `printf '%s' x${shellQuote(text)}`]);
    assert.equal(stdout, `x${text}`);
  }
});

test("any text is one literal to JavaScript and to Python", async () => {
  for (const text of NASTY) assert.equal(new Function(`return ${doubleQuote(text)}`)(), text);
  const list = `[${NASTY.map(doubleQuote).join(", ")}]`;
  const { stdout } = await run("python3", ["-c", `import json; print(json.dumps(${list}))`]);
  assert.deepEqual(JSON.parse(stdout), NASTY);
});

test("any text is one value of a .env file", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "spectrix-env-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, ".env");
  const texts = [KEY, NO_KEY, "", ...ORIGINS, "it's", "a b#c"];
  await writeFile(file, texts.map((text, number) => `T${number}=${envQuote(text)}\n`).join(""));
  const names = texts.map((_, number) => `T${number}`);
  const { stdout } = await run(process.execPath, [
    `--env-file=${file}`,
    "--eval",
    `console.log(JSON.stringify(${JSON.stringify(names)}.map((name) => process.env[name])))`,
  ]);
  assert.deepEqual(JSON.parse(stdout), texts);
});

test("every snippet is told apart, and stands under a tab", () => {
  for (const name of ["id", "blocks"]) assert.equal(new Set(SNIPPETS.map((each) => each[name])).size, SNIPPETS.length);
  for (const group of GROUPS) {
    const labels = snippetsOf(group).map(({ label }) => label);
    assert.equal(new Set(labels).size, labels.length, group);
    assert.ok(labels.length > 0);
  }
  for (const { id } of SNIPPETS) assert.equal(snippet(id).id, id);
  assert.equal(snippet("nothing of that name").id, "express");
});

test("a client is found by its name, its product or what else it is called", () => {
  const ids = (/** @type {string} */ text) => found(text).map(({ id }) => id);
  assert.deepEqual(ids(""), ids("  "));
  assert.equal(ids("").length, SNIPPETS.length);
  assert.deepEqual(ids("pino"), ["pino", "pino-loki", "pino-seq"]);
  assert.deepEqual(ids("Sentry py"), ["sentry-python"]);
  assert.deepEqual(ids("prometheus"), ["alertmanager"]);
  assert.ok(ids("C#").includes("serilog"));
  assert.deepEqual(ids("nothing of that name"), []);
});

test("each has the address and what it is let in by, whatever the address", () => {
  for (const origin of ORIGINS) {
    const { hostname } = new URL(origin);
    for (const { id, listener, hook, blocks: make } of SNIPPETS) {
      const all = make({ ...TARGET, origin }).map(({ code }) => code);
      const text = all.join("\n");
      if (!listener) assert.ok(text.includes(hostname), `${id}: ${text}`);
      assert.ok(!/undefined|NaN|\[object/.test(text), `${id}: ${text}`);
      assert.equal(text.includes(HOOK_KEY), Boolean(hook), id);
      assert.equal(text.includes(KEY), !hook && !listener, id);
    }
  }
});

test("what sends to a listener says its port, and the setting that starts it", () => {
  for (const { id, listener, blocks: make } of SNIPPETS) {
    if (!listener) continue;
    const usual = { syslog: "5140", fluent: "24224" }[listener];
    const text = (/** @type {object} */ ports) =>
      make({ ...TARGET, ports })
        .map(({ code }) => code)
        .join("\n");
    assert.ok(text({}).includes(usual), id);
    assert.ok(text({ [listener]: 7999 }).includes("7999"), id);
    assert.equal(startsListener(TARGET, listener), `spectrix-lite serve --${listener} '${usual}=My shop'`);
  }
});

test("curl is one line that sends one entry with the key", async () => {
  const [{ code, title }] = blocks("curl");
  assert.equal(title, "");
  assert.ok(!code.includes("\n"));
  const words = await wordsOfCurl(code);
  assert.equal(words[0], ingestAddress(TARGET.origin));
  assert.ok(words.includes(`Authorization: Bearer ${KEY}`));
  const entry = JSON.parse(words[words.indexOf("-d") + 1]);
  assert.equal(entry.level, "info");
  assert.ok(entry.message);
});

for (const { id, group } of MIDDLEWARES) {
  test(`${id}: one line that gets the file, .env, and the lines in the app`, async () => {
    for (const origin of ORIGINS) {
      const [file, env, ...app] = blocks(id, { ...TARGET, origin });
      assert.deepEqual(await wordsOfCurl(file.code), [
        "-O",
        `${origin}/sdk/${group === "Node" ? "spectrix.mjs" : "spectrix.py"}`,
      ]);
      assert.equal(file.code.includes("'"), origin.includes("["), "no quotes where none are needed");
      assert.equal(env.title, ".env");
      assert.deepEqual(env.code.split("\n"), [`SPECTRIX_API_KEY=${KEY}`, `SPECTRIX_URL=${origin}/api/v1`]);
      assert.ok(app.length > 0);
      for (const { title, note, code } of app) {
        assert.match(title, group === "Node" ? /\.js$/ : /\.py$/);
        assert.ok(note);
        assert.ok(!code.includes(KEY) && !code.includes(origin), "key and address stay out of the code");
      }
    }
  });
}

test("where no key is at hand, words stand in its place that .env and shells take as they are", async () => {
  for (const { id } of SNIPPETS) {
    const { listener, hook, group } = snippet(id);
    const all = blocks(id, { ...TARGET, key: NO_KEY, hookKey: NO_HOOK_KEY })
      .map(({ code }) => code)
      .join("\n");
    if (!listener) assert.ok(all.includes(hook ? NO_HOOK_KEY : NO_KEY), id);
    if (OF_MIDDLEWARES.includes(group)) assert.ok(!all.includes(`"${NO_KEY}"`));
  }
});

test("the files that the snippets name are those that the server gives out", async () => {
  const table = await readFile(new URL("../../../spectrix_lite/api/sdk.py", import.meta.url), "utf8");
  for (const { id } of MIDDLEWARES) {
    const [{ title, note = "" }] = blocks(id);
    for (const name of [title, ...(note.match(/spectrix\.\w+/g) ?? [])]) assert.ok(table.includes(`"${name}"`), name);
  }
});

test("the README says the same lines", async () => {
  const readme = await readFile(new URL("../../../README.md", import.meta.url), "utf8");
  for (const [id, language] of [
    ["express", "js"],
    ["fastapi", "python"],
  ]) {
    const [file, , app] = blocks(id);
    assert.ok(readme.includes(`\`\`\`sh\n${file.code}\n\`\`\``), file.code);
    const [, lines = ""] = new RegExp(`\`\`\`${language}\\n([^]*?)\\n\`\`\``).exec(readme) ?? [];
    const said = lines.split("\n").filter(Boolean);
    assert.equal(said.length, 2);
    for (const line of said) assert.ok(app.code.split("\n").includes(line), line);
  }
  assert.ok(readme.includes(formerLine(TARGET)));
});

test("an app with the former middleware file changes one line of it", () => {
  assert.equal(formerLine(TARGET), 'const API_BASE_URL = "http://localhost:4000/api/v1";');
});

/** What a shell hands to curl. @param {string} line */
async function wordsOfCurl(line) {
  const { stdout } = await run("bash", ["-c", `curl() { printf '%s\\0' "$@"; }; ${line}`]);
  return stdout.split("\0").slice(0, -1);
}
