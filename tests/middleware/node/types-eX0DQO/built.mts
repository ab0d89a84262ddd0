
      import { Hono } from "hono";
      import Koa from "koa";
      import express from "express";
      import fastify from "fastify";
      import { createServer } from "node:http";
      import pino from "pino";
      import winston from "winston";
      import spectrix, { SpectrixClient, type LogEntry, type SpectrixOptions } from "../../../../middleware/node/spectrix.js";
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
    