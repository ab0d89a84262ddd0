/** Node's frameworks and loggers, each with the middleware's one file. The imports in here are the app's own. */

import { apiAddress, doubleQuote, download, env } from "./snippet-text.js";

/** @typedef {import("./snippet-text.js").Target} Target @typedef {import("./snippet-text.js").Block} Block */

const START = "start it with: node --env-file=.env app.js";

/**
 * @param {Target} target
 * @param {string} code the app's lines
 * @returns {Block[]}
 */
function app(target, code) {
  return [
    download(target, "spectrix.mjs", "beside app.js. For TypeScript spectrix.ts, for require() spectrix.cjs"),
    env(target),
    { title: "app.js", note: START, code },
  ];
}

/** Express 4 and 5. @param {Target} target */
export function express(target) {
  return app(
    target,
    `import express from "express";
import spectrix from "./spectrix.mjs";

const app = express();
app.use(spectrix());`,
  );
}

/** What changes in an app that has the middleware file of before: this one line in it. @param {Target} target */
export function formerLine({ origin }) {
  return `const API_BASE_URL = ${doubleQuote(apiAddress(origin))};`;
}

/** @param {Target} target */
export function fastify(target) {
  return app(
    target,
    `import Fastify from "fastify";
import spectrix from "./spectrix.mjs";

const app = Fastify();
app.register(spectrix().fastify);`,
  );
}

/** @param {Target} target */
export function koa(target) {
  return app(
    target,
    `import Koa from "koa";
import spectrix from "./spectrix.mjs";

const app = new Koa();
app.use(spectrix().koa);`,
  );
}

/** Hono on Node. @param {Target} target */
export function hono(target) {
  return app(
    target,
    `import { Hono } from "hono";
import spectrix from "./spectrix.mjs";

const app = new Hono();
app.use(spectrix().hono);`,
  );
}

/** node:http alone. @param {Target} target */
export function http(target) {
  return app(
    target,
    `import { createServer } from "node:http";
import spectrix from "./spectrix.mjs";

const watch = spectrix();
const server = createServer(watch.wrap((req, res) => res.end("hello")));`,
  );
}

/** Beside standard output, not instead of it. @param {Target} target */
export function pino(target) {
  return app(
    target,
    `import pino from "pino";
import spectrix from "./spectrix.mjs";

const streams = [{ stream: process.stdout }, { stream: spectrix().pino() }];
const logger = pino({}, pino.multistream(streams));

logger.info({ order: 17 }, "order paid");`,
  );
}

/** @param {Target} target */
export function winston(target) {
  return app(
    target,
    `import winston from "winston";
import spectrix from "./spectrix.mjs";

const logger = winston.createLogger({
  transports: [new winston.transports.Console(), spectrix().winston()],
});

logger.info("order paid", { order: 17 });`,
  );
}
