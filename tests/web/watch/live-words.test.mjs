import assert from "node:assert/strict";
import test from "node:test";

import { sessionWords, standing } from "../../../web/js/watch/header/live-words.js";
import { said } from "../watching.mjs";
import { reading } from "./reading.mjs";

/** A stream that is live, of a session that is renewed within the hour. @param {number} [watchIdle] */
function live(watchIdle) {
  const { watch, ...rest } = reading();
  const subscriber = /** @type {import("../../../web/js/stream/subscriber.js").Subscriber} */ (watch.subscriber);
  subscriber.start();
  subscriber.sessionReady({ id: "s", token: "t", ...(watchIdle ? { watchIdle } : {}) });
  subscriber.received(1, said.watching());
  subscriber.take(); // there is no socket to open
  const clock = /** @type {import("../watching.mjs").FakeClock} */ (watch.clock);
  return { watch, subscriber, clock, ...rest };
}

test("the pill says the worst in a word; a renewal is no state of its own", () => {
  const { watch, subscriber, clock } = live(3600);
  const word = () => standing(watch).word;
  assert.equal(word(), "Live");
  subscriber.renew();
  subscriber.sessionReady({ id: "s2", token: "t2" });
  assert.deepEqual([subscriber.phase, word()], ["connecting", "Live"]);
  subscriber.received(2, said.watching());
  clock.advance(25_000);
  assert.equal(word(), "Server silent");
  subscriber.closed(2, 1006);
  assert.equal(word(), "Connection lost");
  subscriber.again();
  assert.equal(word(), "Connecting");
});

test("without a network nothing is called live, unless the server is heard all the same", () => {
  const { watch, subscriber, clock } = live();
  const told = () => [standing(watch).word, standing(watch).tone];
  clock.advance(1000);
  watch.network(false);
  clock.advance(10);
  assert.deepEqual(told(), ["Offline", "error"]);
  subscriber.received(1, said.heartbeat(0));
  assert.deepEqual(told(), ["Live", "ok"], "a server on the same machine needs no network");
  subscriber.awake(watch.offlineAt);
  assert.equal(subscriber.phase, "live");
  clock.advance(1000);
  subscriber.awake(clock.now());
  assert.deepEqual(
    subscriber.take().map((action) => action.do),
    ["close", "open"],
    "a socket that was silent meanwhile may be dead: another goes on from the cursor",
  );
  clock.advance(1);
  watch.network(false);
  assert.equal(told()[0], "Offline");
  subscriber.finish();
  assert.deepEqual(told(), ["Session ended", ""]);
});

test("signed out, nothing comes and what came stays; signed in again, it goes on", () => {
  const { watch, state, add, noted, shown } = live();
  add(3);
  watch.signedOut();
  assert.deepEqual([standing(watch).word, noted.ended, shown().length], ["Signed out", "Signed out", 3]);
  state.again();
  assert.equal(watch.subscriber.phase, "asking");
  state.stop();
});

test("the session says when it renews, or when it ends and why", () => {
  const { watch, subscriber, clock } = live(3600);
  assert.match(
    sessionWords(watch, "utc"),
    /renews by itself, next .*08:14.*, unless nobody was at this page for 1 h\.$/,
  );
  clock.advance(3_600_000);
  assert.match(sessionWords(watch, "utc"), /^The session ends .*08:15.*: nobody was at this page for 1 h\.$/);
  assert.match(sessionWords(live().watch, "utc"), /^The session ends .*08:15.* Renewing it loses nothing\.$/);
  subscriber.finish();
  assert.equal(sessionWords(watch, "utc"), "");
  assert.equal(standing(watch).word, "Session ended");
});

test("what has ended is told to whoever shows the title, and no more once it goes on", () => {
  const { watch, state, noted } = live();
  state.finish();
  assert.equal(noted.ended, "Session ended");
  state.again();
  assert.deepEqual([noted.ended, watch.subscriber.phase], ["", "asking"]);
});
