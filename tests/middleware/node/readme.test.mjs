/** Each snippet of the README, run as it stands; only ports and the package that stands for Express are others. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { FaultServer } from "../faults.mjs";
import { pathOf, source } from "./support.mjs";

const readme = await readFile(pathOf("middleware/node/README.md"), "utf8");
const snippets = [...readme.matchAll(/^## (.+)\n(?:(?!^## )[^])*?^```(js|cjs)\n([^]*?)^```/gm)];

/** Asks whatever server comes up for /hello, and ends the process as an operator would. */
const VISITOR = `
import net from "node:net";
const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (...parameters) {
  this.once("listening", async () => {
    const { port, family } = this.address();
    const answer = await fetch("http://" + (family === "IPv6" ? "[::1]" : "127.0.0.1") + ":" + port + "/hello");
    if (await answer.text() === "hello") process.kill(process.pid, "SIGTERM");
  });
  return listen.apply(this, parameters);
};`;

test("there is a snippet for each framework", () => {
  const titles = snippets.map(([, title]) => title);
  assert.deepEqual(titles.length, 7, titles.join());
});

for (const [, title = "", kind = "", code = ""] of snippets) {
  test(`README: ${title}`, { timeout: 20_000 }, async () => {
    const server = await FaultServer.start();
    const script = code.replace(/"express"/, '"express5"').replace("3000", "0");
    const type = kind === "cjs" ? "commonjs" : "module";
    const visitor = `--import=data:text/javascript,${encodeURIComponent(VISITOR)}`;
    const child = spawn(process.execPath, [visitor, `--input-type=${type}`, "-e", script], {
      cwd: pathOf("middleware/node"),
      env: { ...process.env, SPECTRIX_API_KEY: "spx_v1_live_test", SPECTRIX_URL: server.baseUrl },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let err = "";
    child.stderr.on("data", (part) => (err += part));
    const [exit, signal] = await new Promise((resolve) => child.once("close", (...end) => resolve(end)));
    await server.close();
    const messages = server.entries.map((entry) => entry.message);
    if (title.startsWith("Own logs")) {
      const expected = ["order paid", "Error: no stock", "from pino", "from winston", "from the console"];
      assert.deepEqual(messages, expected, err);
      assert.equal(exit, 0);
    } else {
      assert.deepEqual(messages, ["GET /hello"], err);
      assert.equal(signal, "SIGTERM", err);
    }
  });
}

test("README: its table has every option, with its default", async () => {
  const { readSettings } = await source("settings");
  const defaults = readSettings({}, {}, { writeLine: assert.fail });
  const rows = [...readme.matchAll(/^\| `(\w+)` \| (.+?) \|/gm)].map(([, name = "", text = ""]) => [name, text]);
  assert.deepEqual(rows.map(([name]) => name).sort(), Object.keys(defaults).sort());
  for (const [name = "", text = ""] of rows) {
    const value = defaults[name];
    if (value !== undefined) assert.ok(text.includes(String(Array.isArray(value) ? "[]" : value)), `${name}: ${text}`);
  }
});
