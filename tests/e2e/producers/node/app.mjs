/**
 * node app.mjs '{"express", "middleware", "options"}': applications as the Spectrix document has them, on free ports.
 * `everywhere` uses the middleware for all routes and, as in the document, once more on one; `byRoute` only on that.
 */

import { pathToFileURL } from "node:url";

import { answerCalls, say } from "./calls.mjs";
import { Deliveries } from "./deliveries.mjs";
import { ODDITIES } from "./oddities.mjs";

const { express: version, middleware: file, options } = JSON.parse(process.argv[2]);
const deliveries = new Deliveries();
deliveries.watchFetch();
const { default: express } = await import(version);
const { default: spectrix } = await import(pathToFileURL(file).href);

function withRoutes(app, middleware) {
  app.get("/api/users", middleware, (_, res) => res.json({ users: [] }));
  app.get("/items/:number", (req, res) => res.json({ number: req.params.number }));
  app.post("/orders", (_, res) => res.status(201).json({}));
  app.get("/forbidden", (_, res) => res.sendStatus(403));
  app.get("/slow", (_, res) => setTimeout(() => res.json({}), 50));
  app.get("/broken", () => {
    throw new Error("broken on purpose");
  });
  return app;
}

function listen(app) {
  return new Promise((resolve) => {
    const server = app.listen(0, "127.0.0.1", () => resolve(server.address().port));
  });
}

const everywhere = spectrix(options);
const byRoute = spectrix({ ...options, source: "by-route" });
for (const { client } of [everywhere, byRoute]) deliveries.watchClient(client);

answerCalls({
  log: ({ level, message, metadata }) => everywhere.client[level](message, metadata),
  odd: ({ name }) => ODDITIES[name](everywhere.client),
  counts: () => deliveries.counts(),
  acknowledged: () => deliveries.acknowledged,
  delivered: () => deliveries.delivered(),
  quiet: () => deliveries.quiet(),
});
say({
  ready: {
    everywhere: await listen(withRoutes(express().use(everywhere), everywhere)),
    byRoute: await listen(withRoutes(express(), byRoute)),
  },
});
