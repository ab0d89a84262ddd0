import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Filter } from "../../../web/js/query/filter.js";
import { LiveLog } from "../../../web/js/stream/live-log.js";
import { said } from "../watching.mjs";

/** A socket whose other end is the test. */
class FakeSocket {
  /** @type {FakeSocket[]} */
  static all = [];
  /** @type {any[]} */
  sent = [];
  closed = false;
  onopen = () => {};
  onmessage = (/** @type {{data: string}} */ _event) => {};
  onclose = (/** @type {{code: number}} */ _event) => {};

  /** @param {string} url */
  constructor(url) {
    this.url = url;
    FakeSocket.all.push(this);
  }

  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
  }

  static get last() {
    return /** @type {FakeSocket} */ (FakeSocket.all.at(-1));
  }
}

const realSocket = globalThis.WebSocket;
beforeEach(() => {
  FakeSocket.all = [];
  globalThis.WebSocket = /** @type {any} */ (FakeSocket);
});
afterEach(() => {
  globalThis.WebSocket = realSocket;
});

/** A watch, and the sessions that it was given and has ended. @param {{backlog?: number}} [options] */
function rig(options = {}) {
  /** @type {string[]} */
  const ended = [];
  let made = 0;
  /** @type {Error | null} */
  let refusal = null;
  const watch = new LiveLog({
    ...options,
    url: "ws://localhost/api/v1/stream",
    sessions: {
      create: async () => {
        if (refusal) throw refusal;
        made += 1;
        return { id: `s${made}`, token: `t${made}` };
      },
      end: async (id) => ended.push(id),
    },
  });
  /** The next event of that name. @param {string} name */
  const next = (name) => new Promise((resolve) => watch.addEventListener(name, resolve, { once: true }));
  const self = {
    watch,
    ended,
    next,
    /** @param {Error | null} error */
    refuse: (error) => (refusal = error),
    /** @param {() => void} act @param {object} [fields] of the greeting */
    async connect(act, fields) {
      act();
      await next("state");
      FakeSocket.last.onopen();
      FakeSocket.last.onmessage({ data: said.watching(fields) });
    },
    /** @param {string} text */
    say: (text) => FakeSocket.last.onmessage({ data: text }),
    rows: () => Array.from({ length: watch.ring.length }, (_, i) => watch.ring.row(watch.ring.first + i)),
  };
  return self;
}

test("from a session to rows, counted and shown", async () => {
  const { watch, connect, say, rows } = rig();
  await connect(() => watch.start());
  assert.deepEqual(FakeSocket.last.sent, [{ type: "watch", token: "t1", backlog: 1000 }]);
  assert.equal(FakeSocket.last.url, "ws://localhost/api/v1/stream");
  say(said.entries([1, 2, 3]));
  assert.equal(watch.advance(5), true);
  assert.deepEqual([rows().length, watch.filteredRows.length, watch.facetCounts.entries], [3, 3, 3]);
  watch.setFilter(new Filter({ text: "-level:info" }));
  watch.advance(5);
  assert.deepEqual([watch.filteredRows.length, watch.filteredRows.hidden], [0, 3]);
  watch.stop();
});

test("what came before the page was opened is known; what comes then may be new", async () => {
  const { watch, connect, say } = rig();
  const at = (/** @type {number} */ seconds) => new Date(1_800_000_000_000 + seconds * 1000).toISOString();
  const logged = (/** @type {number} */ seq, /** @type {number} */ seconds, /** @type {string} */ message) =>
    say(
      JSON.stringify({
        type: "entries",
        through: seq,
        entries: [{ seq, receivedAt: at(seconds), timestamp: at(seconds), level: "info", message }],
      }),
    );
  await connect(() => watch.start(), { oldest: 1, head: 2 });
  logged(1, -3600, "one thing");
  logged(2, -60, "another thing");
  logged(3, 1, "one thing");
  logged(4, 2, "a third thing");
  assert.deepEqual(
    [0, 1, 2, 3].map((row) => watch.firstSeen.of(row)),
    [null, null, null, "message"],
  );
  watch.stop();
});

test("what lies further back comes too, if it is wanted", async () => {
  const { watch, connect } = rig({ backlog: 200_000 });
  await connect(() => watch.start());
  assert.equal(FakeSocket.last.sent[0].backlog, 200_000);
  watch.stop();
});

test("a session that ends is told, and going on takes the place again", async () => {
  const { watch, connect, say, rows } = rig();
  await connect(() => watch.start());
  say(said.entries([1]));
  FakeSocket.last.onclose({ code: 4001 });
  assert.equal(watch.subscriber.phase, "ended");
  assert.ok(watch.endedAt > 0);
  await connect(() => watch.again());
  assert.deepEqual(FakeSocket.last.sent[0], { type: "watch", token: "t2", after: { epoch: "e1", seq: 1 } });
  say(said.entries([2]));
  assert.deepEqual(
    rows().map((row) => row.kind),
    ["entry", "session", "entry"],
  );
  watch.stop();
});

test("stopping closes the socket and ends the session, and nothing more is heard", async () => {
  const { watch, connect, ended, say, rows } = rig();
  await connect(() => watch.start());
  const socket = FakeSocket.last;
  watch.stop();
  assert.ok(socket.closed);
  assert.deepEqual(ended, ["s1"]);
  say(said.entries([1]));
  assert.deepEqual(rows(), []);
});

test("a refused session is told with its reason", async () => {
  const { watch, next, refuse } = rig();
  refuse(
    Object.assign(new Error("no"), { status: 404, code: "service_not_found", detail: "There is no such service." }),
  );
  watch.start();
  await next("state");
  assert.deepEqual([watch.subscriber.reason, watch.subscriber.detail], ["gone", "There is no such service."]);
});

test("no answer at all is a reason to wait, not to give up", async () => {
  const { watch, next, refuse } = rig();
  refuse(new TypeError("fetch failed"));
  watch.start();
  await next("state");
  assert.equal(watch.subscriber.phase, "waiting");
  watch.stop();
});
