/** The files that people copy are what src makes, and fit where they are put. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import * as esm from "../../../middleware/node/spectrix.js";
import { pathOf } from "./support.mjs";

const run = promisify(execFile);
const TSC = pathOf("node_modules/typescript/bin/tsc");

/** @param {string[]} parameters @returns {Promise<string>} what it said, empty where all is well */
async function node(...parameters) {
  return run(process.execPath, parameters, { cwd: pathOf("") }).then(
    () => "",
    (error) => `${error.stdout}${error.stderr}`,
  );
}

test("what is committed is what src makes", async () => {
  assert.equal(await node("tools/middleware.mjs", "--check"), "");
});

test("src and the file made of it have strict types", async () => {
  assert.equal(await node(TSC, "-p", "middleware/node"), "");
});

test("apps of each framework that use it have strict types, from TypeScript and from JavaScript", async () => {
  const folder = await mkdtemp(pathOf("tests/middleware/node/types-"));
  try {
    const use = `
      import { Hono } from "hono";
      import Koa from "koa";
      import express from "express";
      import fastify from "fastify";
      import { createServer } from "node:http";
      import pino from "pino";
      import winston from "winston";
      import spectrix, { SpectrixClient, type LogEntry, type SpectrixOptions } from "FROM";
      const options: SpectrixOptions = { apiKey: process.env.SPECTRIX_API_KEY, interval: 1000, redact: ["email"] };
      const watch = spectrix(options);
      express().use(watch).get("/", watch, (_req, res) => void res.end()).use(watch.errors);
      fastify().register(watch.fastify);
      new Koa().use(watch.koa);
      new Hono().use(watch.hono);
      createServer(watch.wrap((_req, res) => void res.end()));
      pino({ level: "debug" }, watch.pino());
      winston.createLogger({ transports: [watch.winston({ level: "info" })] });
      const entry: LogEntry = { level: "info", message: "m", metadata: { n: 1 } };
      watch.client.push(entry);
      watch.client.info("m", { n: 1 });
      const client: SpectrixClient = watch.client;
      export const closed: Promise<void> = client.close({ timeout: 1000 });
      // @ts-expect-error -- no such option
      spectrix({ apikey: "k" });
    `;
    const compilerOptions = {
      ...{ strict: true, noEmit: true, target: "es2022", module: "nodenext", types: ["node"] },
      ...{ skipLibCheck: true, allowImportingTsExtensions: true },
    };
    const files = { "copied.mts": "spectrix.ts", "built.mts": "spectrix.js" };
    for (const [name, from] of Object.entries(files)) {
      await writeFile(join(folder, name), use.replace("FROM", `../../../../middleware/node/${from}`));
    }
    const project = JSON.stringify({ compilerOptions, files: Object.keys(files) });
    await writeFile(join(folder, "tsconfig.json"), project);
    assert.equal(await node(TSC, "-p", folder), "");
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("import, require and compiled import give the same function, on one trace", async () => {
  const require = createRequire(import.meta.url);
  const cjs = require("../../../middleware/node/spectrix.cjs");
  assert.equal(typeof esm.default, "function");
  assert.equal(typeof cjs, "function");
  assert.equal(cjs.default, cjs);
  assert.deepEqual(Object.keys(esm).sort(), ["SpectrixClient", "default"]);
  assert.equal(typeof cjs.SpectrixClient, "function");
  const clients = [esm.default({ apiKey: "k" }).client, cjs({ apiKey: "k" }).client];
  assert.equal(process.listeners("SIGTERM").length, 1);
  for (const client of clients) await client.close();
  assert.equal(process.listeners("SIGTERM").length, 0);
});

test("the package names files that are there, and needs none of others", async () => {
  const manifest = JSON.parse(await readFile(pathOf("middleware/node/package.json"), "utf8"));
  assert.equal(manifest.dependencies, undefined);
  const named = JSON.stringify(manifest.exports).match(/\.\/spectrix[\w.]+/g) ?? [];
  const exported = [...new Set(named)].map((path) => path.slice(2)).sort();
  assert.deepEqual(exported, manifest.files.filter((/** @type {string} */ name) => name !== "spectrix.ts").sort());
  for (const name of manifest.files) await readFile(pathOf(`middleware/node/${name}`));
  const cwd = pathOf("middleware/node"); // where the package may import itself by its name
  for (const [type, script] of [
    ["module", 'import spectrix, { SpectrixClient } from "spectrix-lite";'],
    ["commonjs", 'const spectrix = require("spectrix-lite"), { SpectrixClient } = spectrix;'],
  ]) {
    const told = `${script} console.log(typeof spectrix, typeof SpectrixClient)`;
    const { stdout } = await run(process.execPath, [`--input-type=${type}`, "-e", told], { cwd });
    assert.equal(stdout.trim(), "function function");
  }
});
