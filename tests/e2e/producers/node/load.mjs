/** node load.mjs: sends requests to applications, over connections that are kept alive. */

import { Agent, request as begin } from "node:http";

import { answerCalls, say } from "./calls.mjs";

const agent = new Agent({ keepAlive: true, maxSockets: 32, scheduling: "fifo" });
let sent = 0;
/** @type {{ count: number, resolve: () => void }[]} */
let waiting = [];

/** One request; its status once the whole answer is here. */
function request(options) {
  sent += 1;
  for (const each of waiting) if (sent >= each.count) each.resolve();
  waiting = waiting.filter((each) => sent < each.count);
  return attempt(options);
}

function attempt({ port, method = "GET", path, headers = {} }) {
  return new Promise((resolve, reject) => {
    const outgoing = begin({ host: "127.0.0.1", port, method, path, headers, agent }, (answer) => {
      answer.on("end", () => resolve(answer.statusCode)).resume();
    });
    outgoing
      .on("error", (error) => {
        // An app closes a connection that was idle for long, now and then in the moment in which it is taken again.
        if (outgoing.reusedSocket && error.code === "ECONNRESET") resolve(attempt({ port, method, path, headers }));
        else reject(error);
      })
      .end();
  });
}

/** @type {() => void} */
let stop;

/**
 * `rate` requests a second, `count` or until `stop`, the number of each for the `#` in `path`.
 * How often each status came, once all are answered. One at a time.
 */
async function send({ port, path, rate, count = Infinity }) {
  const began = performance.now();
  const answers = [];
  let timer;
  await new Promise((resolve) => {
    stop = resolve;
    timer = setInterval(() => {
      const due = Math.min(count, Math.ceil(((performance.now() - began) / 1000) * rate));
      while (answers.length < due) answers.push(request({ port, path: path.replace("#", String(answers.length)) }));
      if (answers.length === count) resolve();
    }, 5);
  });
  clearInterval(timer);
  const statuses = {};
  for (const status of await Promise.all(answers)) statuses[status] = (statuses[status] ?? 0) + 1;
  return statuses;
}

answerCalls({
  request,
  send,
  stop: () => stop(),
  sent: () => sent,
  /** Ends when `count` requests have been sent in all. */
  reached: ({ count }) =>
    new Promise((resolve) => {
      if (sent >= count) resolve();
      else waiting.push({ count, resolve });
    }),
});
say({ ready: {} });
