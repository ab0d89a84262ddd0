import assert from "node:assert/strict";
import { test } from "node:test";
import { Subscriber } from "../../../web/js/stream/subscriber.js";
import { FakeClock, said } from "../watching.mjs";

const IDLE = 3600; // s

/** A subscriber, and what an edge would have done for it so far. */
function rig({ random = () => 0, watchIdle = undefined } = {}) {
  const clock = new FakeClock();
  const subscriber = new Subscriber({ clock, random, backlog: 100 });
  /** @type {any[]} */
  const rows = [];
  /** @type {any[]} */
  let actions = [];
  let socket = 0;
  let session = 0;
  const self = {
    clock,
    subscriber,
    rows,
    get socket() {
      return socket;
    },
    /** Does something to it and gives what it wants done, deliveries apart. @param {(s: Subscriber) => void} [event] */
    tell(event = () => {}) {
      event(subscriber);
      actions = subscriber.take();
      for (const action of actions) {
        if (action.do === "deliver") rows.push(...action.rows);
        if (action.do === "open") socket = action.socket;
      }
      actions = actions.filter((action) => action.do !== "deliver");
      return actions;
    },
    /** @param {string} text */
    say: (text) => self.tell((s) => s.received(socket, text)),
    /** @param {number} code @param {string} [why] */
    close: (code, why) => self.tell((s) => s.closed(socket, code, why)),
    grant: () => self.tell((s) => s.sessionReady({ id: `s${++session}`, token: `t${session}`, watchIdle })),
    /** Opens the socket that was asked for; gives the watch message. */
    open: () => JSON.parse(self.tell((s) => s.opened(socket))[0].text),
    /** @param {object} [fields] */
    live(fields) {
      self.tell((s) => s.start());
      self.grant();
      self.open();
      self.say(said.watching(fields));
      return self;
    },
    /** Lets the time pass until it wants to be woken. */
    wake() {
      clock.advance(subscriber.deadline - clock.now());
      return self.tell((s) => s.tick());
    },
    seqs: () => rows.map((row) => (row.kind === "entry" ? row.seq : `${row.kind}:${row.cause ?? row.end}`)),
  };
  return self;
}

test("it asks for a session, connects, and sends the token as the first message", () => {
  const { tell, grant, open, say, subscriber } = rig();
  assert.deepEqual(
    tell((s) => s.start()),
    [{ do: "session" }],
  );
  assert.equal(subscriber.phase, "asking");
  assert.deepEqual(grant(), [{ do: "open", socket: 1 }]);
  assert.equal(subscriber.phase, "connecting");
  assert.deepEqual(open(), { type: "watch", token: "t1", backlog: 100 });
  say(said.watching());
  assert.equal(subscriber.phase, "live");
  assert.equal(subscriber.endsAt, 900_000);
});

test("entries are delivered once and in order, whatever is sent again", () => {
  const { live, say, seqs } = rig();
  live();
  say(said.entries([1, 2, 3]));
  say(said.entries([2, 3, 4]));
  say(said.entries([1]));
  assert.deepEqual(seqs(), [1, 2, 3, 4]);
});

test("after a drop it resumes behind what it knows, with the same token and without a new session", () => {
  const { live, say, close, wake, open, seqs, subscriber } = rig();
  live();
  say(said.entries([1, 2], 5));
  close(1006);
  assert.deepEqual([subscriber.phase, subscriber.reason], ["waiting", "lost"]);
  assert.equal(wake()[0].do, "open");
  assert.equal(subscriber.reason, "lost");
  assert.deepEqual(open(), { type: "watch", token: "t1", after: { epoch: "e1", seq: 5 } });
  say(said.watching({ head: 7, resumed: true }));
  assert.equal(subscriber.reason, "");
  say(said.entries([6, 7]));
  assert.deepEqual(seqs(), [1, 2, 6, 7]);
});

test("a heartbeat moves the cursor too", () => {
  const { live, say, close, wake, open } = rig();
  live();
  say(said.heartbeat(40));
  close(1006);
  wake();
  assert.deepEqual(open().after, { epoch: "e1", seq: 40 });
});

test("a drop before the first entry loses no entry either", () => {
  for (const [oldest, head, seq] of [
    [1, 0, 0],
    [1, 50, 0],
    [1, 500, 400],
    [450, 500, 449],
  ]) {
    const { live, close, wake, open } = rig();
    live({ oldest, head });
    close(1006);
    wake();
    assert.deepEqual(open().after, { epoch: "e1", seq });
  }
});

test("what a former socket says late does not count", () => {
  const { live, tell, close, wake, seqs, subscriber } = rig();
  live();
  const former = 1;
  close(1006);
  wake();
  tell((s) => s.received(former, said.entries([1])));
  tell((s) => s.closed(former, 4001));
  tell((s) => s.opened(former));
  assert.deepEqual(seqs(), []);
  assert.equal(subscriber.phase, "connecting");
});

test("waiting grows with full jitter from 0.25 s to 10 s, and starts anew after a connection that held", () => {
  for (const [random, expected] of /** @type {[() => number, number[]][]} */ ([
    [() => 0, [250, 250, 250]],
    [() => 1, [500, 1000, 2000, 4000, 8000, 10_000, 10_000]],
  ])) {
    const { live, close, wake, clock, subscriber, say } = rig({ random });
    live();
    for (const delay of expected) {
      close(1006);
      assert.equal(subscriber.deadline - clock.now(), delay);
      wake();
    }
    say(said.watching({ resumed: true }));
    clock.advance(5000);
    close(1006);
    assert.equal(subscriber.deadline - clock.now(), expected[0]);
  }
});

test("a server that greets and hangs up at once does not reset the waiting", () => {
  const { live, close, wake, say, clock, subscriber } = rig({ random: () => 1 });
  live();
  for (const delay of [500, 1000, 2000]) {
    close(1011);
    assert.equal(subscriber.deadline - clock.now(), delay);
    wake();
    say(said.watching({ resumed: true }));
  }
});

test("an expired session ends calmly, in place; going on takes a new session and misses nothing", () => {
  const { live, say, close, tell, grant, open, seqs, subscriber } = rig();
  live();
  say(said.entries([1, 2]));
  say(said.expiring(10));
  assert.equal(subscriber.endsAt, 10_000);
  assert.deepEqual(close(4001), []);
  assert.deepEqual([subscriber.phase, subscriber.reason, subscriber.deadline], ["ended", "expired", Infinity]);
  assert.ok(subscriber.mayGoOn);
  assert.deepEqual(
    tell((s) => s.awake()),
    [],
  );
  assert.deepEqual(
    tell((s) => s.again()),
    [{ do: "session" }],
  );
  assert.ok(!subscriber.mayGoOn);
  grant();
  assert.deepEqual(open(), { type: "watch", token: "t2", after: { epoch: "e1", seq: 2 } });
  say(said.watching({ head: 3, resumed: true }));
  say(said.entries([3]));
  assert.deepEqual(seqs(), [1, 2, "session:expired", 3]);
});

test("a session ended elsewhere is told apart from an expired one", () => {
  const { live, close, seqs, subscriber } = rig();
  live();
  close(4003);
  assert.deepEqual([subscriber.phase, subscriber.reason], ["ended", "ended"]);
  assert.deepEqual(seqs(), ["session:ended"]);
});

test("a service that was deleted is gone, and there is nothing to go on with", () => {
  const { live, close, seqs, subscriber } = rig();
  live();
  close(4003, "service deleted");
  assert.deepEqual([subscriber.phase, subscriber.reason], ["ended", "gone"]);
  assert.ok(!subscriber.mayGoOn);
  assert.deepEqual(seqs(), ["session:ended"]);
});

test("an unknown token: a new session at once, but no loop where that one is unknown too", () => {
  const { live, close, grant, open, wake, subscriber, say } = rig();
  live();
  say(said.entries([1]));
  assert.deepEqual(close(4401), [{ do: "session" }]);
  grant();
  assert.deepEqual(open(), { type: "watch", token: "t2", after: { epoch: "e1", seq: 1 } });
  assert.deepEqual(close(4401), []);
  assert.equal(subscriber.phase, "waiting");
  assert.deepEqual(wake(), [{ do: "session" }]);
});

test("a bad message is ours to mend: it says so and does not try again", () => {
  const { live, say, close, subscriber } = rig();
  live();
  say(said.error("A message is not JSON."));
  close(4400);
  assert.deepEqual(
    [subscriber.phase, subscriber.reason, subscriber.detail],
    ["ended", "refused", "A message is not JSON."],
  );
});

test("a restarting server is told apart; too many watchers waits long, also when the tab wakes up", () => {
  const one = rig();
  one.live();
  one.close(1012);
  assert.equal(one.subscriber.reason, "restarting");
  assert.ok(one.subscriber.deadline - one.clock.now() <= 500);
  const two = rig();
  two.live();
  two.close(1013);
  assert.equal(two.subscriber.reason, "crowded");
  assert.ok(two.subscriber.deadline - two.clock.now() >= 10_000);
  assert.deepEqual(
    two.tell((s) => s.awake()),
    [],
  );
  assert.equal(two.tell((s) => s.again())[0].do, "open");
});

test("silence of 35 s is a dead connection: the next one resumes", () => {
  const { live, say, clock, wake, tell, open } = rig();
  live();
  clock.advance(30_000);
  say(said.heartbeat(3));
  clock.advance(30_000);
  assert.deepEqual(
    tell((s) => s.tick()),
    [],
  );
  assert.deepEqual(wake(), [
    { do: "close", socket: 1 },
    { do: "open", socket: 2 },
  ]);
  assert.deepEqual(open().after, { epoch: "e1", seq: 3 });
});

test("a connection that is never greeted is given up after 10 s", () => {
  const { tell, grant, wake, subscriber, clock } = rig();
  tell((s) => s.start());
  grant();
  assert.equal(subscriber.deadline - clock.now(), 10_000);
  assert.deepEqual(wake(), [{ do: "close", socket: 1 }]);
  assert.equal(subscriber.phase, "waiting");
});

test("gaps become rows that tell the reasons apart", () => {
  const { live, say, close, wake, seqs, rows } = rig();
  live();
  say(said.entries([1]));
  say(said.gap(2, 319));
  say(said.entries([320]));
  close(1006);
  wake();
  say(said.watching({ oldest: 400, head: 401 }));
  say(said.gap(321, 399));
  say(said.entries([400, 401]));
  assert.deepEqual(seqs(), [1, "gap:slow", 320, "gap:away", 400, 401]);
  assert.equal(rows[1].count, 318);
});

test("a gap by a reason of the server's is drawn, and one that this page does not know ends nothing", () => {
  const { live, say, seqs, subscriber } = rig();
  live();
  say(said.entries([1]));
  say(said.gap(2, 4, "pruned"));
  say(said.gap(5, 6, "paused"));
  say(said.entries([7]));
  say(said.gap(1, 1, "removed"));
  say(said.gap(8, 9, "moonlight"));
  say(said.entries([10]));
  assert.deepEqual(seqs(), [1, "gap:pruned", "gap:paused", 7, "gap:removed", "gap:unexplained", 10]);
  assert.equal(subscriber.phase, "live");
});

test("after a restart numbering starts over, and nothing of the new epoch is taken for a repeat", () => {
  const { live, say, close, wake, open, seqs } = rig();
  live();
  say(said.entries([1, 2, 3]));
  close(1012);
  wake();
  assert.deepEqual(open().after, { epoch: "e1", seq: 3 });
  say(said.watching({ epoch: "e2", oldest: 3, head: 4 }));
  say(said.gap(4, null, "restart"));
  say(said.gap(1, 2));
  say(said.entries([3, 4]));
  assert.deepEqual(seqs(), [1, 2, 3, "gap:restart", "gap:away", 3, 4]);
  close(1006);
  wake();
  assert.deepEqual(open().after, { epoch: "e2", seq: 4 });
});

test("a reset goes on with what comes, lower numbers included", () => {
  const { live, say, close, wake, seqs } = rig();
  live();
  say(said.entries([1], 90));
  close(1006);
  wake();
  say(said.watching({ head: 10 }));
  say(said.gap(91, null, "reset"));
  say(said.entries([9, 10]));
  assert.deepEqual(seqs(), [1, "gap:reset", 9, 10]);
});

test("a hole that nobody explained is shown as one", () => {
  const { live, say, seqs, rows } = rig();
  live();
  say(said.entries([5, 6]));
  say(said.entries([9]));
  assert.deepEqual(seqs(), [5, 6, "gap:unexplained", 9]);
  assert.deepEqual([rows[2].from, rows[2].to, rows[2].count], [7, 8, 2]);
});

test("renewing keeps the stream until the new session is there, then ends the former one", () => {
  const { live, say, tell, grant, open, seqs, subscriber } = rig();
  live();
  assert.deepEqual(
    tell((s) => s.renew()),
    [{ do: "session" }],
  );
  assert.deepEqual(
    tell((s) => s.renew()),
    [],
  );
  say(said.entries([1, 2]));
  assert.deepEqual(grant(), [
    { do: "close", socket: 1 },
    { do: "end", session: "s1" },
    { do: "open", socket: 2 },
  ]);
  assert.deepEqual(open(), { type: "watch", token: "t2", after: { epoch: "e1", seq: 2 } });
  say(said.watching({ head: 2, resumed: true }));
  assert.equal(subscriber.phase, "live");
  assert.deepEqual(seqs(), [1, 2]);
});

test("a session renews by itself a minute before it ends, while somebody was there within the hour", () => {
  const { clock, live, wake, tell, grant, open, say, close, rows, subscriber } = rig({ watchIdle: IDLE });
  live();
  for (let renewals = 0; renewals < 4; renewals++) {
    say(said.heartbeat(3));
    clock.advance(840_000 - (clock.now() % 840_000) - 1);
    assert.deepEqual(say(said.heartbeat(3)), [], "not yet");
    assert.deepEqual(wake(), [{ do: "session" }]);
    assert.deepEqual(
      tell((s) => s.tick()),
      [],
      "once",
    );
    assert.deepEqual(
      grant().map((action) => action.do),
      ["close", "end", "open"],
    );
    assert.deepEqual(open().after, { epoch: "e1", seq: 3 });
    const wall = clock.wall();
    say(said.watching({ time: new Date(wall).toISOString(), expiresAt: new Date(wall + 900_000).toISOString() }));
  }
  assert.ok(clock.now() < IDLE * 1000, "56 minutes");
  clock.advance(840_000);
  assert.deepEqual(say(said.heartbeat(3)), [], "nobody was there for more than an hour");
  assert.equal(subscriber.renewal.dueAt, Infinity);
  assert.deepEqual(
    tell((s) => s.attended()),
    [{ do: "session" }],
    "somebody comes in the last minute",
  );
  tell((s) => s.sessionRefused({ status: 503, code: "", detail: "busy" }));
  clock.advance(IDLE * 1000);
  close(4001);
  assert.equal(rows.at(-1).end, "expired", "unattended, it expires");
  assert.deepEqual([subscriber.phase, subscriber.mayGoOn], ["ended", true]);
});

test("a session of some seconds is renewed in time too; a refusal is not the end, nor a loop", () => {
  const { clock, live, wake, tell, subscriber } = rig({ watchIdle: IDLE });
  live({ expiresAt: new Date(1_800_000_008_000).toISOString() });
  assert.equal(subscriber.deadline, 6000);
  assert.deepEqual(wake(), [{ do: "session" }]);
  assert.ok(subscriber.deadline > clock.now(), "nothing to do but wait");
  tell((s) => s.sessionRefused({ status: 503, code: "storage_busy", detail: "busy" }));
  assert.equal(subscriber.renewalRefused, "busy");
  assert.deepEqual(wake(), [{ do: "session" }]);
  assert.equal(clock.now(), 16_000);
});

test("who slept through the moment goes on, if somebody was there; a share never does", () => {
  const asleep = rig({ watchIdle: IDLE });
  asleep.live();
  asleep.clock.advance(900_000);
  assert.deepEqual(asleep.close(4001), [{ do: "session" }]);
  assert.deepEqual(asleep.seqs(), []);
  const share = rig();
  share.live();
  share.clock.advance(899_000);
  share.say(said.heartbeat(0));
  assert.deepEqual(
    share.tell((s) => s.attended()),
    [],
  );
  share.close(4001);
  assert.equal(share.subscriber.phase, "ended");
});

test("it is ended with one press, in place, and goes on with another", () => {
  const { live, tell, rows, subscriber } = rig({ watchIdle: IDLE });
  live();
  assert.deepEqual(
    tell((s) => s.finish()),
    [
      { do: "close", socket: 1 },
      { do: "end", session: "s1" },
    ],
  );
  assert.deepEqual([rows.at(-1).kind, rows.at(-1).end, subscriber.mayGoOn], ["session", "ended", true]);
  assert.deepEqual(
    tell((s) => s.finish()),
    [],
  );
  assert.deepEqual(
    tell((s) => s.again()),
    [{ do: "session" }],
  );
});

test("a refused renewal leaves the stream as it is", () => {
  const { live, tell, subscriber, say, seqs } = rig();
  live();
  tell((s) => s.renew());
  tell((s) => s.sessionRefused({ status: 503, code: "storage_busy", detail: "The database is busy." }));
  assert.deepEqual(
    [subscriber.phase, subscriber.renewing, subscriber.renewalRefused],
    ["live", false, "The database is busy."],
  );
  say(said.entries([1]));
  assert.deepEqual(seqs(), [1]);
});

test("a refused session: signed out, gone and refused end it, everything else is tried again", () => {
  for (const [status, reason] of /** @type {[number, string][]} */ ([
    [401, "signed_out"],
    [404, "gone"],
    [400, "refused"],
    [403, "refused"],
  ])) {
    const { tell, subscriber } = rig();
    tell((s) => s.start());
    tell((s) => s.sessionRefused({ status, code: "", detail: "because" }));
    assert.deepEqual([subscriber.phase, subscriber.reason, subscriber.detail], ["ended", reason, "because"]);
  }
  for (const [status, retryAfter, delay] of [
    [0, null, 250],
    [503, 2, 2000],
    [429, 3, 3000],
    [500, null, 250],
  ]) {
    const { tell, wake, subscriber, clock } = rig();
    tell((s) => s.start());
    tell((s) => s.sessionRefused({ status: /** @type {number} */ (status), code: "", detail: "", retryAfter }));
    assert.deepEqual([subscriber.phase, subscriber.reason], ["waiting", "unavailable"]);
    assert.equal(subscriber.deadline - clock.now(), delay);
    assert.deepEqual(wake(), [{ do: "session" }]);
  }
});

test("stopping closes the socket and ends the session; a session that comes late is ended too", () => {
  const one = rig();
  one.live();
  assert.deepEqual(
    one.tell((s) => s.stop()),
    [
      { do: "close", socket: 1 },
      { do: "end", session: "s1" },
    ],
  );
  assert.equal(one.subscriber.deadline, Infinity);
  const two = rig();
  two.tell((s) => s.start());
  two.tell((s) => s.stop());
  assert.deepEqual(two.grant(), [{ do: "end", session: "s1" }]);
});

test("waking up tries at once", () => {
  const { live, close, tell, subscriber } = rig({ random: () => 1 });
  live();
  close(1006);
  assert.equal(tell((s) => s.awake())[0].do, "open");
  assert.equal(subscriber.phase, "connecting");
});

test("a message that can't be read ends it with the reason, not in a loop", () => {
  const { live, say, subscriber } = rig();
  live();
  assert.deepEqual(
    say("{").map((action) => action.do),
    ["close", "end"],
  );
  assert.equal(subscriber.reason, "refused");
  assert.match(subscriber.detail, /not JSON/);
});

test("it knows the server's clock", () => {
  const { live, subscriber, say, clock } = rig();
  live({ time: new Date(1_800_000_005_000).toISOString() });
  assert.equal(subscriber.skew, 5000);
  clock.advance(2000);
  say(said.heartbeat(0));
  assert.equal(subscriber.skew, -2000);
});

test("what the server is to filter it is told at once, and again after every reconnect", () => {
  const { live, tell, wake, open, say, close, subscriber, seqs } = rig();
  live();
  say(said.entries([1, 2]));
  assert.deepEqual(
    tell((s) => s.filterAtServer({ q: "level:error" })),
    [{ do: "send", socket: 1, text: '{"type":"filter","filter":{"q":"level:error"}}' }],
  );
  say(said.entries([5, 9], 12));
  assert.deepEqual(seqs(), [1, 2, 5, 9], "what is left out on purpose is no gap");
  close(1006);
  wake();
  assert.deepEqual(open().filter, { q: "level:error" });
  say(said.watching({ head: 20, resumed: true }));
  say(said.entries([15], 20));
  say(said.gap(21, 23));
  assert.deepEqual(seqs().slice(4), [15, "gap:slow"]);
  assert.equal(tell((s) => s.filterAtServer(null))[0].text, '{"type":"filter","filter":null}');
  say(said.entries([30], 30));
  assert.equal(seqs().at(-1), 30, "it was on its way already");
  say(said.heartbeat(31));
  say(said.heartbeat(32));
  say(said.entries([40]));
  assert.deepEqual(seqs().slice(-2), ["gap:unexplained", 40], "from now on a hole is a fault again");
  assert.equal(subscriber.ledger.filters.refused, "");
});

test("`filtered` says behind which entry a filter holds, and what each has left out is counted to the last", () => {
  const { live, tell, say, subscriber, seqs } = rig();
  const { ledger } = subscriber;
  live();
  say(said.entries([1, 2]));
  tell((s) => s.filterAtServer({ q: "a" }));
  say(said.entries([3]));
  say(said.filtered(4));
  assert.equal(ledger.leftOut, 0);
  say(said.entries([6, 9], 12));
  assert.equal(ledger.leftOut, 6, "5, 7, 8, 10, 11, 12");
  say(said.gap(13, 20));
  say(said.entries([22], 22));
  assert.equal(ledger.leftOut, 7, "what a gap counts is not counted twice");
  tell((s) => s.filterAtServer({ q: "b" }));
  say(said.entries([25], 25));
  assert.equal(ledger.leftOut, 9);
  say(said.filtered(26));
  assert.equal(ledger.leftOut, 0);
  say(said.heartbeat(30));
  assert.equal(ledger.leftOut, 4);
  tell((s) => s.filterAtServer(null));
  say(said.filtered(31));
  say(said.entries([33]));
  assert.deepEqual(seqs().slice(-2), ["gap:unexplained", 33], "at once a hole is a fault again");
  say(said.filtered(33)); // to nothing that was asked for
  assert.deepEqual(seqs().at(-1), 33);
});

test("a filter that is too dear is said, and the former one stays, also after a reconnect", () => {
  const { live, tell, say, subscriber, open, close, wake } = rig();
  live();
  tell((s) => s.filterAtServer({ q: "a" }));
  say(said.filtered(0));
  tell((s) => s.filterAtServer({ q: "/(a*)*b/" }));
  assert.deepEqual(say(said.error("This filter is too dear.")), []);
  const { filters } = subscriber.ledger;
  assert.deepEqual([filters.refused, filters.taken], ["This filter is too dear.", { q: "a" }]);
  close(1006);
  wake();
  assert.deepEqual(open().filter, { q: "a" });
  say(said.watching());
  tell((s) => s.filterAtServer({ q: "bad" }));
  tell((s) => s.filterAtServer({ q: "c" }));
  say(said.error("No."));
  say(said.filtered(0));
  assert.deepEqual([filters.refused, filters.taken], ["", { q: "c" }], "what was asked for since counts");
});

test("a connection that is refused for its filter is made without one", () => {
  const { live, tell, say, subscriber, open, close, wake } = rig();
  live();
  tell((s) => s.filterAtServer({ q: "a" }));
  say(said.filtered(0));
  close(1006);
  wake();
  open();
  say(said.error("This filter is too dear."));
  close(4400);
  assert.equal(subscriber.phase, "connecting");
  assert.equal(open().filter, undefined);
  assert.equal(subscriber.ledger.filters.refused, "This filter is too dear.");
  close(4400);
  assert.equal(subscriber.phase, "ended");
});

test("a filter that is wanted while the greeting is awaited is sent behind it", () => {
  const { tell, grant, open, say, subscriber } = rig();
  tell((s) => s.start());
  grant();
  open();
  tell((s) => s.filterAtServer({ q: "a" }));
  assert.deepEqual(say(said.watching()), [{ do: "send", socket: 1, text: '{"type":"filter","filter":{"q":"a"}}' }]);
  say(said.filtered(0));
  assert.deepEqual(subscriber.ledger.filters.taken, { q: "a" });
});

test("a filter that the server can't read is said, and not asked for again", () => {
  const { live, tell, say, subscriber, open, close, wake } = rig();
  live();
  tell((s) => s.filterAtServer({ q: "metadata.a:1" }));
  assert.deepEqual(say(said.error("This server knows no such field.")), []);
  assert.equal(subscriber.ledger.filters.refused, "This server knows no such field.");
  assert.equal(subscriber.phase, "live");
  close(1006);
  wake();
  assert.equal(open().filter, undefined);
});

test("a filter wanted before the stream is there goes with the first message; an old entry may come with it", () => {
  const { tell, grant, open, say, seqs } = rig();
  tell((s) => s.filterAtServer({ levels: ["error"] }));
  tell((s) => s.start());
  grant();
  assert.deepEqual(open(), { type: "watch", token: "t1", backlog: 100, filter: { levels: ["error"] } });
  say(said.watching({ oldest: 1, head: 5000 }));
  say(said.entries([3, 4800], 5000));
  assert.deepEqual(seqs(), [3, 4800]);
});

test("what a shared log's own filter leaves out is no gap", () => {
  const { live, say, seqs } = rig();
  live({ kind: "share", head: 5000 });
  say(said.entries([7, 4990], 5000));
  assert.deepEqual(seqs(), [7, 4990]);
});
