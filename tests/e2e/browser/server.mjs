/**
 * The real program for a browser test: a server process that can be killed and started again, and commands beside it.
 */

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { atEnd, within } from "./waiting.mjs";

const run = promisify(execFile);
export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** Of the server, and of commands beside it: `bundle.mjs` makes another than the checkout. */
const TREE = process.env.TREE || ROOT;
export const PYTHON =
  process.env.PYTHON || (existsSync(join(ROOT, ".venv/bin/python")) ? join(ROOT, ".venv/bin/python") : "python3");
const ON_TERMINAL = fileURLToPath(new URL("on_terminal.py", import.meta.url));
const START_MS = 60_000;
const COMMAND_MS = 15_000;

/** Whatever ends this process, no server outlives it. @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
process.on("SIGTERM", () => process.exit(143)); // Chromium goes with it likewise

/**
 * Ours, without its settings: a developer's own server must not change what tests see.
 * @param {Record<string, string>} [more]
 */
function environment(more = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("SPECTRIX_"));
  return { ...Object.fromEntries(kept), PYTHONPATH: TREE, NO_COLOR: "1", ...more };
}

/** Below the ports that the system hands out, so that a server which is away for a moment finds its own again. */
export async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const probe = createServer();
    const free = await new Promise((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}

export class Server {
  #process = null;
  #flags;
  #env;
  #errors = "";
  /** What the last start printed. */
  said = "";

  /**
   * @param {string} folder where the database is
   * @param {number} port
   * @param {string[]} flags of serve
   * @param {Record<string, string>} env
   */
  constructor(folder, port, flags, env) {
    this.folder = folder;
    this.port = port;
    this.#flags = flags;
    this.#env = env;
  }

  get base() {
    return `http://localhost:${this.port}`;
  }

  get ingest() {
    return `${this.base}/api/v1/ingest/logs`;
  }

  get database() {
    return join(this.folder, "spectrix.db");
  }

  get #place() {
    return ["--port", String(this.port), "--db", this.database];
  }

  /** @param {{ terminal?: boolean }} [options] terminal: as a person sees it, with link and curl */
  async start({ terminal = false } = {}) {
    const command = [PYTHON, "-m", "spectrix_lite", ...this.#place, ...this.#flags];
    const [program, ...args] = terminal ? [PYTHON, ON_TERMINAL, ...command] : command;
    const child = spawn(program, args, {
      cwd: this.folder,
      env: environment(this.#env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    running.add(child);
    child.once("exit", () => running.delete(child));
    this.said = "";
    this.#errors = "";
    child.stderr.on("data", (data) => (this.#errors += data));
    const listening = new Promise((resolve, reject) => {
      child.stdout.on("data", (data) => {
        this.said += String(data).replaceAll("\r", ""); // a terminal ends lines with two characters
        if (/^Listening on .+\n/m.test(this.said)) resolve(undefined);
      });
      child.once("exit", (code, signal) => reject(new Error(`the server ended (${code ?? signal}): ${this.#errors}`)));
    });
    await within(START_MS, "the server to listen", listening);
  }

  /** Ends it as a power cut would. */
  async kill() {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** Ends it and its database; it must have had nothing to complain about. */
  async end() {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
    // That it listens is none, nor that it kept somebody out, nor that others used the machine.
    const complaints = this.#errors
      .split("\n")
      .filter((line) => line && !/^\S+ (?:info |warning spectrix_lite\.(?:sign_in|loop):)/.test(line));
    if (complaints.length > 0) throw new Error(`the server said on standard error:\n${complaints.join("\n")}`);
  }

  /** What a command beside the server prints. @param {string[]} args */
  async command(...args) {
    const options = { cwd: this.folder, env: environment(), timeout: COMMAND_MS };
    const { stdout } = await run(PYTHON, ["-m", "spectrix_lite", ...args], options);
    return stdout.trim();
  }

  /** A fresh one-time sign-in link. */
  async link() {
    const printed = await this.beside("url");
    return /http:\/\/\S+#token=\S+/.exec(printed)[0];
  }

  /** The same, of a command that has to be told which server. @param {string[]} args */
  beside(...args) {
    return this.command(...args, ...this.#place);
  }

  /** Starts such a command and lets it go on, until this process ends at the latest. @param {string[]} args */
  background(...args) {
    const command = ["-m", "spectrix_lite", ...args, ...this.#place];
    const child = spawn(PYTHON, command, { cwd: this.folder, env: environment(), stdio: "ignore" });
    running.add(child);
    child.once("exit", () => running.delete(child));
    return child;
  }
}

/**
 * A running server with a new database, ended with the test.
 * @param {import("node:test").TestContext} t
 * @param {{ flags?: string[], terminal?: boolean, env?: Record<string, string> }} [options]
 */
export async function startServer(t, { flags = [], terminal = false, env = {} } = {}) {
  const server = new Server(await mkdtemp(join(tmpdir(), "spectrix-browser-")), await freePort(), flags, env);
  atEnd(t, () => server.end());
  await server.start({ terminal });
  return server;
}
