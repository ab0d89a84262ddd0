/**
 * A stream that is refused says why and what to do; another site's page gets nothing; a proxy in front is no obstacle.
 */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";

import { visitor } from "./chromium.mjs";
import { Log } from "./log.mjs";
import { Operator, Producer } from "./operator.mjs";
import { freePort, PYTHON, ROOT, startServer } from "./server.mjs";
import { atEnd, within } from "./waiting.mjs";

const LIMIT = { timeout: 300_000 };

test(
  "one watcher too many is told so, and comes in when there is room; a service that is gone says so",
  LIMIT,
  async (t) => {
    const server = await startServer(t, { flags: ["--max-watchers", "1"] });
    const somebody = await visitor(t);
    const first = await somebody.signedIn(server);
    const operator = new Operator(first, server);
    const service = await operator.service();
    await new Log(first).open(server.base, service.id);

    const second = await somebody.page();
    await second.goto(`${server.base}/#/services/${service.id}/watch`);
    const notice = second.getByRole("status").filter({ hasText: "Too many pages watch this service at once" });
    await notice.filter({ hasText: "trying again in" }).waitFor();
    await first.close();
    await notice.getByRole("button", { name: "Try now" }).click();
    const log = new Log(second);
    await log.live();
    await service.producer.count(3);
    await log.row("entry 3").waitFor();

    await new Operator(second, server).call("DELETE", `/services/${service.id}`);
    const gone = second.getByRole("status").filter({ hasText: "This service does not exist any more." });
    await gone.waitFor();
    await log.row("entry 3").waitFor();
    await gone.getByRole("link", { name: "All services" }).click();
    await second.waitForURL(/#\/services$/);
  },
);

test("another site's page, in the browser of who is signed in, reads nothing and changes nothing", LIMIT, async (t) => {
  const server = await startServer(t);
  const somebody = await visitor(t);
  const page = await somebody.signedIn(server);
  const operator = new Operator(page, server);
  const { id } = await operator.service();
  const { token } = await operator.call("POST", `/services/${id}/sessions`, {});

  const foreign = createServer((_, answer) =>
    answer.setHeader("Content-Type", "text/html").end("<title>elsewhere</title>"),
  );
  foreign.listen(0, "localhost");
  await once(foreign, "listening");
  atEnd(t, () => foreign.close());
  // The same host, so that the browser sends the cookie with whatever it lets pass.
  const elsewhere = await somebody.page();
  somebody.forgive(/CORS policy|net::ERR_FAILED|WebSocket connection to|status of 403/);
  await elsewhere.goto(`http://localhost:${foreign.address().port}/`);
  const got = await elsewhere.evaluate(
    async ({ api, token }) => {
      const stream = new WebSocket(`${api.replace("http", "ws")}/stream`);
      const said = await new Promise((resolve) => {
        stream.onopen = () => stream.send(JSON.stringify({ type: "watch", token }));
        stream.onmessage = ({ data }) => resolve(data);
        stream.onclose = ({ code }) => resolve(code);
      });
      const tried = [
        ["GET", "/services"],
        ["GET", "/auth/me"],
        ["POST", "/services", '{"name": "made elsewhere"}'],
      ].map(([method, path, body]) =>
        fetch(api + path, { method, body, credentials: "include" }).then(
          (answer) => answer.text(),
          () => "nothing",
        ),
      );
      return [said, ...(await Promise.all(tried))];
    },
    { api: operator.api, token },
  );
  assert.deepEqual(got, [1006, "nothing", "nothing", "nothing"]);
  const { services } = await operator.call("GET", "/services");
  assert.deepEqual(
    services.map(({ name }) => name),
    ["Payment Service"],
  );
});

for (const proxy of ["nginx", "caddy"]) {
  test(`behind ${proxy} with TLS each request is there the moment it happens`, LIMIT, async (t) => {
    const port = await freePort();
    const base = `https://logs.example.org:${port}`;
    const server = await startServer(t, {
      flags: ["--public-url", base, "--trusted-proxy", "127.0.0.1"],
      env: { SPECTRIX_ADMIN_PASSWORD: "correct horse battery" },
    });
    await inFront(t, proxy, server, port);
    const somebody = await visitor(t, { ignoreHTTPSErrors: true });
    const page = await somebody.page();
    await page.goto(/\bhttps:\S+#token=\S+/.exec(await server.beside("url", "--public-url", base))[0]);
    await page.getByRole("button", { name: "Account" }).waitFor();
    const id = await server.command("services", "add", "Shop", "--db", server.database);
    const producer = new Producer(server.ingest, await server.beside("keys", "create", "Shop"));
    const log = new Log(page);
    let frames = 0;
    page.on("websocket", (socket) => socket.on("framereceived", () => frames++));
    await page.goto(`${base}/#/services`);
    // what the command line did, the server notices within a second
    await page.getByRole("article", { name: "Shop" }).waitFor();
    await log.open(base, id);
    // One after the other, each seen before the next is sent: nothing in between waits for more to come.
    for (let sent = 1; sent <= 5; sent++) {
      await producer.count(1);
      await log.row(`entry ${sent}`).waitFor();
    }
    frames = 0;
    await producer.send(...Array.from({ length: 500 }, (_, index) => ({ message: `burst ${index + 1}` })));
    await log.row("burst 500").waitFor();
    assert(frames <= 3, `${frames} messages for 500 entries that came together`);
  });
}

/** Runs a real proxy with the file of docs/self-host, until the test has ended. */
async function inFront(t, proxy, server, port) {
  const child = spawn(PYTHON, ["-m", "tests.e2e.proxies", proxy, String(server.port), server.folder, String(port)], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "inherit"],
  });
  atEnd(t, async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, "exit");
  });
  await within(60_000, `${proxy} to listen`, once(child.stdout, "data"));
}
