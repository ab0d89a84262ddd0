/**
 * What the middleware costs an Express "hello" app under load: without, with ours, and with the seed's where its file
 * is beside the repository (../shared/seed/spectrix.middleware.ts, or --seed). Beside them, what no middleware can do
 * without that notes a request's end and gives it a context: one listener and AsyncLocalStorage, "floor".
 *
 *   node bench/middleware.mjs [--seconds 24] [--connections 16] [--express 5] [--seed path] [--write]
 *
 * Each app is a process of its own; they take turns, in another order each round, so that whatever else the machine
 * does meets all alike. Where there is taskset, the apps have one core and what asks them another. Told are medians
 * over the rounds, each beside the bare app's turn in the same round: requests a second, and the processor time of the
 * app's main thread and of its whole process for a request. The main thread is what an app is bound by; on a machine
 * that does other things, its time is steadier than the rate. How much of the time it ran is told too: the rate says
 * something about the app only where that is nearly all, or where the rest is its process's own, which collects garbage
 * beside it.
 * --write keeps the figures in bench/middleware.md.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { fork, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const SEED = fileURLToPath(new URL("../../shared/seed/spectrix.middleware.ts", import.meta.url));
const RESULTS = new URL("middleware.md", import.meta.url);
const INTRODUCTION = `# What the Node middleware costs

Written by \`node bench/middleware.mjs --write\`, which tells how it measures.`;
const MOST_ADDED = 25; // microseconds of the process a request
const MOST_OF_SEED = 0.5; // of what the seed's adds
const SELF = fileURLToPath(import.meta.url);
const TURN = 125; // milliseconds
const WARM = 16; // turns: some 10,000 requests, enough for V8's optimizer
const CORES = { app: "0", load: "1" };
const REQUEST = Buffer.from("GET /hello HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n\r\n");
const TAKEN = '{"accepted":0,"rejected":0,"errors":[]}';
const ANSWER = /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nhello$/;

/**
 * The seed's middleware, sent to another address.
 *
 * @param {string} path @param {string} baseUrl @returns {Promise<any>}
 */
async function seed(path, baseUrl) {
  const { default: ts } = await import("typescript");
  const address = `const API_BASE_URL = ${JSON.stringify(baseUrl)};`;
  const text = (await readFile(path, "utf8")).replace(/const API_BASE_URL = .*;/, address);
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 };
  const { outputText } = ts.transpileModule(text, { compilerOptions });
  const script = outputText.replace(/import .*"express";/, "");
  return (await import(`data:text/javascript,${encodeURIComponent(script)}`)).default;
}

/** The least that notes a request's end and gives it a context. */
function floor() {
  const contexts = new AsyncLocalStorage();
  const over = () => undefined;
  return (/** @type {any} */ req, /** @type {any} */ res, /** @type {() => void} */ next) => {
    res.on("close", over);
    contexts.run(req, next);
  };
}

/** @returns {{main: number, all: number}} processor time of this process, in microseconds */
function usage() {
  const { user, system } = process.cpuUsage();
  try {
    return { main: Number(readFileSync("/proc/self/schedstat", "utf8").split(" ")[0]) / 1000, all: user + system };
  } catch {
    return { main: NaN, all: user + system }; // only Linux tells a thread's time
  }
}

/**
 * Runs in a process of its own.
 *
 * @param {string} kind @param {string} baseUrl @param {string} version @param {string} path
 */
async function app(kind, baseUrl, version, path) {
  const { default: express } = await import(`express${version}`);
  const hello = express();
  if (kind === "ours") hello.use((await import("../middleware/node/spectrix.js")).default({ apiKey: "k", baseUrl }));
  if (kind === "seed") hello.use((await seed(path, baseUrl))({ apiKey: "k" }));
  if (kind === "floor") hello.use(floor());
  hello.get("/hello", (/** @type {any} */ _req, /** @type {any} */ res) => res.send("hello"));
  const server = hello.listen(0, "127.0.0.1", () => process.send?.({ port: server.address().port }));
  server.keepAliveTimeout = 0; // connections wait for their next turn
  process.on("message", () => process.send?.(usage()));
  process.on("disconnect", () => process.exit());
}

/** Takes what is sent, in a process of its own. */
function sink() {
  const server = createServer((request, response) => {
    const answer = () => response.setHeader("content-type", "application/json").end(TAKEN);
    request.resume().on("end", answer);
  }).listen(0, "127.0.0.1", () => process.send?.({ port: /** @type {any} */ (server.address()).port }));
  process.on("disconnect", () => process.exit());
}

/** @param {string[]} parameters */
async function started(...parameters) {
  const child = fork(SELF, ["--part", ...parameters], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const { port } = await message(child);
  if (parameters[0] === "app") keepTo(CORES.app, child.pid);
  return { child, port };
}

/** @param {import("node:child_process").ChildProcess} child @returns {Promise<any>} */
function message(child) {
  return new Promise((resolve) => child.once("message", resolve));
}

/** @param {string} core @param {number} [pid] default: this process and what it starts from now on */
function keepTo(core, pid = process.pid) {
  if (cpus().length === 1) return;
  spawnSync("taskset", ["--all-tasks", "--cpu-list", "--pid", core, String(pid)]); // there is none everywhere
}

/** Connections to an app, which ask one request after the other and cost the machine little. */
class Load {
  /** @type {import("node:net").Socket[]} */
  #sockets = [];
  /** @type {(socket: number, answer: string) => void} */
  #answered = () => undefined;

  /** @param {number} port @param {number} connections */
  static async open(port, connections) {
    const load = new Load();
    for (let i = 0; i < connections; i++) {
      const callback = (/** @type {number} */ bytes, /** @type {Uint8Array} */ buffer) => {
        load.#answered(i, Buffer.from(buffer.buffer, buffer.byteOffset, bytes).latin1Slice());
        return true;
      };
      const socket = connect({ port, host: "127.0.0.1", onread: { buffer: Buffer.alloc(4096), callback } });
      await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
      load.#sockets.push(socket.setNoDelay());
    }
    return load;
  }

  /** @param {number} ms @returns {Promise<number>} how many answers came */
  during(ms) {
    const end = performance.now() + ms;
    let answers = 0;
    let open = this.#sockets.length;
    return new Promise((resolve, reject) => {
      this.#answered = (i, answer) => {
        if (!ANSWER.test(answer)) return reject(new Error(`not an answer: ${answer}`));
        answers++;
        if (performance.now() < end) this.#sockets[i]?.write(REQUEST);
        else if (--open === 0) resolve(answers);
      };
      for (const socket of this.#sockets) socket.write(REQUEST);
    });
  }
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** @typedef {{rate: number, main: number, all: number, busy: number}} Turn */

/** @typedef {{child: import("node:child_process").ChildProcess, load: Load}} App */

/** @param {App} app @returns {Promise<Turn>} */
async function turn({ child, load }) {
  child.send("usage");
  const before = await message(child);
  const begin = performance.now();
  const answers = await load.during(TURN);
  const seconds = (performance.now() - begin) / 1000;
  child.send("usage");
  const after = await message(child);
  const main = after.main - before.main;
  const all = (after.all - before.all) / answers;
  return { rate: answers / seconds, main: main / answers, all, busy: main / seconds / 1e6 };
}

const HEADINGS = [
  "app",
  "requests/s",
  "x bare",
  "main thread, us a request",
  "added",
  "process, us a request",
  "added",
  "main thread ran",
];

/** @param {Map<string, Turn[]>} measured @param {string} title */
function report(measured, title) {
  const bares = measured.get("bare") ?? [];
  const of = (/** @type {string} */ kind, /** @type {(turn: Turn, bare: Turn) => number} */ value) =>
    median((measured.get(kind) ?? []).map((turn, i) => value(turn, /** @type {Turn} */ (bares[i]))));
  const added = (/** @type {string} */ kind) => of(kind, (turn, bare) => turn.all - bare.all);
  const lines = [title, "", `| ${HEADINGS.join(" | ")} |`, `| ---${" | --:".repeat(HEADINGS.length - 1)} |`];
  for (const kind of measured.keys()) {
    const cells = [
      of(kind, ({ rate }) => rate).toFixed(0),
      of(kind, (turn, bare) => turn.rate / bare.rate).toFixed(3),
      of(kind, ({ main }) => main).toFixed(1),
      of(kind, (turn, bare) => turn.main - bare.main).toFixed(1),
      of(kind, ({ all }) => all).toFixed(1),
      added(kind).toFixed(1),
      `${(100 * of(kind, ({ busy }) => busy)).toFixed(0)} %`,
    ];
    lines.push(`| ${[kind, ...cells].join(" | ")} |`);
  }
  const ours = added("ours");
  const figure = `ours adds ${ours.toFixed(1)} us of processor time a request`;
  lines.push("", verdict(ours <= MOST_ADDED, `${figure}; the aim is at most ${MOST_ADDED}`));
  if (measured.has("seed")) {
    const part = ours / added("seed");
    const most = `the aim is at most ${MOST_OF_SEED}`;
    lines.push(verdict(part <= MOST_OF_SEED, `that is ${part.toFixed(2)} of what the seed's adds; ${most}`));
  }
  return `${lines.join("\n")}\n`;
}

/** @param {boolean} reached @param {string} what */
function verdict(reached, what) {
  return `- ${reached ? "reached" : "NOT reached"}: ${what}`;
}

/** @template T @param {T[]} list @returns {T[]} the same, in any order */
function shuffled(list) {
  const keyed = list.map((item) => ({ item, key: Math.random() }));
  return keyed.sort((one, other) => one.key - other.key).map(({ item }) => item);
}

async function main() {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "24" },
      connections: { type: "string", default: "16" },
      express: { type: "string", default: "5" },
      seed: { type: "string", default: SEED },
      write: { type: "boolean", default: false },
    },
  });
  const kinds = ["bare", "floor", "ours"];
  if (
    await readFile(values.seed).then(
      () => true,
      () => false,
    )
  )
    kinds.push("seed");
  keepTo(CORES.load);
  const loadBefore = loadavg()[0] ?? NaN;
  const target = await started("sink");
  /** @type {Map<string, App>} */
  const apps = new Map();
  const baseUrl = `http://127.0.0.1:${target.port}/api/v1`;
  const connections = Number(values.connections);
  for (const kind of kinds) {
    const { child, port } = await started("app", kind, baseUrl, values.express, values.seed);
    apps.set(kind, { child, load: await Load.open(port, connections) });
  }
  const turnOf = (/** @type {string} */ kind) => turn(/** @type {App} */ (apps.get(kind)));
  /** @type {Map<string, Turn[]>} */
  const measured = new Map(kinds.map((kind) => [kind, []]));
  for (const kind of kinds) for (let i = 0; i < WARM; i++) await turnOf(kind);
  for (const end = performance.now() + Number(values.seconds) * 1000; performance.now() < end; ) {
    for (const kind of shuffled(kinds)) measured.get(kind)?.push(await turnOf(kind));
  }
  for (const { child } of apps.values()) {
    child.disconnect();
    await new Promise((resolve) => child.once("exit", resolve));
  }
  target.child.disconnect();

  const rounds = measured.get("bare")?.length;
  const machine = `Node ${process.versions.node}, ${cpus().length} cores, load ${loadBefore.toFixed(1)} before`;
  const title = `Express ${values.express}, ${machine}, ${connections} connections, ${rounds} rounds:`;
  const text = report(measured, title);
  console.log(text);
  if (values.write) {
    await writeFile(RESULTS, `${INTRODUCTION}\n\n${text}`);
  }
}

const [, , first, part, ...rest] = process.argv;
if (first !== "--part") await main();
else if (part === "sink") sink();
else await app(/** @type {any} */ (rest)[0], rest[1] ?? "", rest[2] ?? "5", rest[3] ?? "");
