// As clients.mjs, of clients that are too large for every setup: CLIENTS is the folder in which they are installed.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";

const url = process.env.SPECTRIX_URL;
const key = process.env.SPECTRIX_API_KEY;
const require = createRequire(`${process.env.CLIENTS}/`);

/** @type {Record<string, (name: string) => Promise<void>>} */
const CLIENTS = {
  "elasticsearch-js": async (name) => {
    const { Client } = require("@elastic/elasticsearch");
    const client = new Client({ node: url, auth: { apiKey: key } });
    const action = { create: { _index: "shop" } };
    const answer = await client.bulk({
      operations: [
        action,
        { message: `${name} info`, log: { level: "info" }, userId: 7 },
        action,
        { message: `${name} error`, log: { level: "error" } },
      ],
    });
    if (answer.errors || answer.items.length !== 2) console.error(name, answer);
    const { version } = await client.info();
    if (!version.number) console.error(name, version);
    await client.close();
  },
  "winston-elasticsearch": async (name) => {
    const winston = require("winston");
    const { ElasticsearchTransport } = require("winston-elasticsearch");
    const clientOpts = { node: url, auth: { username: "x", password: key } };
    const transport = new ElasticsearchTransport({ clientOpts, flushInterval: 100 });
    transport.on("error", (/** @type {unknown} */ error) => console.error(name, error));
    const log = winston.createLogger({ transports: [transport] });
    log.on("error", (/** @type {unknown} */ error) => console.error(name, error));
    log.info(`${name} info`, { userId: 7 });
    log.error(`${name} error`);
    await transport.flush();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await transport.flush();
  },
  "pino-http-send": async (name) => {
    const pino = require("pino");
    const command = `${process.env.CLIENTS}/node_modules/.bin/pino-http-send`;
    const options = [`--url=${url}/api/v1/ingest/logs`, "-u", "x", "-p", key ?? "", "--batchSize=1"];
    const sender = spawn(process.execPath, [command, ...options], { stdio: ["pipe", "ignore", "inherit"] });
    const log = pino(sender.stdin);
    log.info({ userId: 7 }, `${name} info`);
    log.error(`${name} error`);
    sender.stdin.end();
    await new Promise((resolve) => sender.on("close", resolve));
  },
};

await Promise.all(
  Object.entries(CLIENTS).map(async ([name, send]) => {
    try {
      await send(name);
    } catch (error) {
      console.error(name, error);
    }
  }),
);
process.exit(0);
