/** The snippets run as pasted: each is handed to what it is meant for. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createServer } from "node:http";
import { once } from "node:events";
import test from "node:test";
import { promisify } from "node:util";
import { curl, doubleQuote, express, ingestAddress, python, shellQuote } from "../../web/js/snippets.js";

const run = promisify(execFile);
const KEY = "spx_v1_live_ab12CD34ef" + "x".repeat(38);
const TARGET = { origin: "http://localhost:4000", key: KEY };
const NASTY = ["plain", "", "it's", `"quoted"`, "$HOME `id` $(id)", "back\\slash", "two\nlines", "!history", "ünï ✓", "-n", "a;b|c&d>e*?[x]{y}~#"];

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

test("curl is one line that sends one entry with the key", async () => {
  const line = curl(TARGET);
  assert.ok(!line.includes("\n"));
  const { stdout } = await run("bash", ["-c", `curl() { printf '%s\\0' "$@"; }; ${line}`]);
  const words = stdout.split("\0").slice(0, -1);
  assert.equal(words[0], ingestAddress(TARGET.origin));
  assert.ok(words.includes(`Authorization: Bearer ${KEY}`));
  const entry = JSON.parse(words[words.indexOf("-d") + 1]);
  assert.equal(entry.level, "info");
  assert.ok(entry.message);
});

test("Express: one line of .env, one changed line, the lines in the app", () => {
  const [env, middleware, app] = express(TARGET);
  assert.equal(env.code, `SPECTRIX_API_KEY=${KEY}`);
  assert.equal(middleware.code, 'const API_BASE_URL = "http://localhost:4000/api/v1";');
  assert.match(app.code, /apiKey: process\.env\.SPECTRIX_API_KEY/);
  assert.ok(!app.code.includes(KEY), "the key stays out of the code");
});

test("Python sends batches, prints what was refused, and keeps what it could not deliver", async (t) => {
  const answers = [503, 200, 400, 200];
  /** @type {{ key: string | undefined, messages: string[] }[]} */
  const got = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      const messages = JSON.parse(body).logs.map((/** @type {{ message: string }} */ log) => log.message);
      got.push({ key: request.headers.authorization, messages });
      const status = answers.shift() ?? 200;
      const rejected = [{ index: 0, field: "message", reason: "missing_message" }];
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(JSON.stringify(status === 200 ? { accepted: 1, rejected: 1, errors: rejected } : { code: "told" }));
      if (answers.length === 0) server.emit("done");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address && typeof address === "object");
  const code = python({ origin: `http://127.0.0.1:${address.port}`, key: KEY }).replace("time.sleep(1)", "time.sleep(0.01)");
  const producer = spawn("python3", ["-u", "-c", code]);
  t.after(async () => {
    producer.kill();
    server.closeAllConnections();
    server.close();
  });
  let printed = "";
  producer.stdout.on("data", (part) => (printed += part));
  producer.stderr.on("data", (part) => (printed += part));
  await once(server, "done");
  producer.kill();
  await once(producer, "close");

  assert.ok(got.every(({ key }) => key === `Bearer ${KEY}`));
  const [refused, delivered, dropped, next] = got.map(({ messages }) => messages);
  assert.deepEqual(delivered.slice(0, refused.length), refused, "a 503 keeps the batch");
  assert.ok(next.every((message) => !delivered.includes(message) && !dropped.includes(message)), "nothing is sent twice");
  assert.match(printed, /Spectrix refused: 503/);
  assert.match(printed, /Spectrix refused: 400/);
  assert.match(printed, /Spectrix rejected an entry: .*missing_message/);
  assert.doesNotMatch(printed, /Traceback/);
});

test("Python goes on while the server is away", async (t) => {
  const code = python({ origin: "http://127.0.0.1:1", key: KEY }).replace("time.sleep(1)", "time.sleep(0.01)");
  const producer = spawn("python3", ["-u", "-c", code]);
  t.after(() => producer.kill());
  let printed = "";
  while (printed.split("trying again").length < 4) printed += String((await once(producer.stdout, "data"))[0]);
  assert.equal(producer.exitCode, null);
});
