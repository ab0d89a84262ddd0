/**
 * What the middleware costs an Express "hello" app under load: without, with ours, and with the seed's where its file
 * is beside the repository (../shared/seed/spectrix.middleware.ts).
 *
 *   node bench/middleware.mjs [--seconds 24] [--connections 16] [--express 5]
 *
 * Each app is a process of its own; they take turns of half a second, so that whatever else the machine does meets all
 * alike. Printed: requests a second and processor time a request, each with its ratio to the bare app (medians over turns).
 */
import { fork } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const SEED = new URL("../../shared/seed/spectrix.middleware.ts", import.meta.url);
const SELF = fileURLToPath(import.meta.url);
const TURN = 500; // milliseconds
const REQUEST = "GET /hello HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n\r\n";

/** @typedef {{port: number, usage: () => Promise<{cpu: number, requests: number}>, child: import("node:child_process").ChildProcess}} App */

/** @param {string} baseUrl @returns {Promise<any>} the seed's middleware, sent to another address */
async function seed(baseUrl) {
  const { default: ts } = await import("typescript");
  const text = (await readFile(SEED, "utf8")).replace(/const API_BASE_URL = .*;/, `const API_BASE_URL = ${JSON.stringify(baseUrl)};`);
  const { outputText } = ts.transpileModule(text, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 } });
  const script = outputText.replace(/import .*"express";/, "");
  return (await import(`data:text/javascript,${encodeURIComponent(script)}`)).default;
}

/** Runs in a process of its own. @param {string} kind @param {string} baseUrl @param {string} version */
async function app(kind, baseUrl, version) {
  const { default: express } = await import(`express${version}`);
  const hello = express();
  if (kind === "ours") hello.use((await import("../middleware/node/spectrix.js")).default({ apiKey: "k", baseUrl }));
  if (kind === "seed") hello.use((await seed(baseUrl))({ apiKey: "k" }));
  hello.get("/hello", (/** @type {any} */ _req, /** @type {any} */ res) => res.send("hello"));
  const server = hello.listen(0, "127.0.0.1", () => process.send?.({ port: server.address().port }));
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpu: user + system });
  });
  process.on("disconnect", () => process.exit());
}

/** Takes what is sent, in a process of its own. */
function sink() {
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.setHeader("content-type", "application/json").end('{"accepted":0,"rejected":0,"errors":[]}'));
  }).listen(0, "127.0.0.1", () => process.send?.({ port: /** @type {any} */ (server.address()).port }));
  process.on("disconnect", () => process.exit());
}

/** @param {string[]} parameters */
async function started(...parameters) {
  const child = fork(SELF, ["--part", ...parameters], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const { port } = await message(child);
  return { child, port };
}

/** @param {import("node:child_process").ChildProcess} child @returns {Promise<any>} */
function message(child) {
  return new Promise((resolve) => child.once("message", resolve));
}

/** @param {number} port @param {number} connections @param {number} ms @returns {Promise<number>} how many answers came */
async function load(port, connections, ms) {
  let answers = 0;
  const end = performance.now() + ms;
  const one = () =>
    new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(REQUEST));
      socket.on("data", (part) => {
        if (!part.includes("\r\n\r\nhello")) return reject(new Error(`not an answer: ${part}`));
        answers++;
        if (performance.now() < end) socket.write(REQUEST);
        else socket.end(() => resolve(undefined));
      });
      socket.on("error", reject);
    });
  await Promise.all(Array.from({ length: connections }, one));
  return answers;
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

async function main() {
  const { values } = parseArgs({
    options: { seconds: { type: "string", default: "24" }, connections: { type: "string", default: "16" }, express: { type: "string", default: "5" } },
  });
  const kinds = ["bare", "ours"];
  if (await readFile(SEED).then(() => true, () => false)) kinds.push("seed");
  const target = await started("sink");
  const apps = new Map();
  for (const kind of kinds) apps.set(kind, await started("app", kind, `http://127.0.0.1:${target.port}/api/v1`, values.express));

  /** @type {Map<string, {rate: number[], cpu: number[]}>} */
  const measured = new Map(kinds.map((kind) => [kind, { rate: [], cpu: [] }]));
  const turn = async (/** @type {string} */ kind) => {
    const { child, port } = apps.get(kind);
    child.send("usage");
    const before = await message(child);
    const begin = performance.now();
    const answers = await load(port, Number(values.connections), TURN);
    const seconds = (performance.now() - begin) / 1000;
    child.send("usage");
    const { cpu } = await message(child);
    return { rate: answers / seconds, cpu: (cpu - before.cpu) / answers };
  };
  for (const kind of kinds) for (let i = 0; i < 3; i++) await turn(kind); // warm
  for (const end = performance.now() + Number(values.seconds) * 1000; performance.now() < end; ) {
    for (const kind of kinds) {
      const { rate, cpu } = await turn(kind);
      measured.get(kind)?.rate.push(rate);
      measured.get(kind)?.cpu.push(cpu);
    }
  }
  for (const { child } of apps.values()) {
    child.disconnect();
    await new Promise((resolve) => child.once("exit", resolve));
  }
  target.child.disconnect();

  const bare = /** @type {{rate: number[], cpu: number[]}} */ (measured.get("bare"));
  console.log(`Express ${values.express}, ${values.connections} connections, ${bare.rate.length} turns each`);
  for (const [kind, { rate, cpu }] of measured) {
    const ratio = median(rate.map((value, i) => value / (bare.rate[i] ?? NaN)));
    const added = median(cpu.map((value, i) => value - (bare.cpu[i] ?? NaN)));
    const columns = [`${median(rate).toFixed(0)} requests/s`, `x ${ratio.toFixed(3)}`, `${median(cpu).toFixed(1)} us CPU a request`, `+ ${added.toFixed(1)} us`];
    console.log([kind.padEnd(6), ...columns.map((column) => column.padStart(26))].join(""));
  }
}

const [, , first, part, ...rest] = process.argv;
if (first !== "--part") await main();
else if (part === "sink") sink();
else await app(/** @type {any} */ (rest)[0], rest[1] ?? "", rest[2] ?? "5");
