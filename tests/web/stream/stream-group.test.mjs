import assert from "node:assert/strict";
import test from "node:test";
import { StreamGroup } from "../../../web/js/stream/stream-group.js";
import { mergeBacklogs } from "../../../web/js/stream/merge-backlogs.js";
import { Subscriber } from "../../../web/js/stream/subscriber.js";
import { entry, FakeClock, said } from "../watching.mjs";

/** A subscriber that is live. @param {FakeClock} clock @param {object} [greeting] */
function live(clock, greeting) {
  const subscriber = new Subscriber({ clock });
  subscriber.start();
  subscriber.sessionReady({ id: "s", token: "t" });
  subscriber.received(1, said.watching(greeting));
  return subscriber;
}

test("all live is live; one that is lost is told, and one whose session ended before it", () => {
  const clock = new FakeClock();
  const [one, two, three] = [live(clock), live(clock), live(clock)];
  const group = new StreamGroup([one, two, three]);
  assert.equal(group.phase, "live");
  assert.equal(group.mayGoOn, false);

  two.closed(1, 1006);
  assert.deepEqual([group.phase, group.reason], ["waiting", "lost"]);
  assert.equal(group.deadline, two.deadline);

  three.closed(1, 4001);
  assert.deepEqual([group.phase, group.reason, group.mayGoOn], ["ended", "expired", true]);
});

test("a service that is gone says nothing of the others", () => {
  const clock = new FakeClock();
  const [one, two] = [live(clock), new Subscriber({ clock })];
  two.start();
  two.sessionRefused({ status: 404, code: "service_not_found", detail: "There is no such service." });
  assert.equal(new StreamGroup([one, two]).phase, "live");
  assert.deepEqual([new StreamGroup([two, two]).phase, new StreamGroup([two, two]).reason], ["ended", "gone"]);
});

test("the session that ends first is the one that counts, and so is the stream that is silent", () => {
  const clock = new FakeClock();
  const one = live(clock);
  clock.advance(1000);
  const two = live(clock);
  const group = new StreamGroup([one, two]);
  assert.equal(group.endsAt, one.endsAt);
  assert.equal(group.heardAt, one.heardAt);
  assert.equal(group.ledger.catchingUp, false);
  assert.equal(new StreamGroup([one, live(clock, { oldest: 1, head: 7 })]).ledger.catchingUp, true);
});

test("what the server leaves out is the sum of it; that one of them can't is told", () => {
  const clock = new FakeClock();
  const all = /** @type {const} */ ([live(clock), live(clock)]);
  for (const each of all) {
    each.received(1, said.entries([1]));
    each.filterAtServer({ q: "a" });
    each.received(1, said.filtered(1));
    each.received(1, said.heartbeat(4));
  }
  all[1].filterAtServer({ q: "b" });
  all[1].received(1, said.error("It is too dear."));
  const { leftOut, filters } = new StreamGroup(all).ledger;
  assert.deepEqual([leftOut, filters.refused, filters.taken], [6, "It is too dear.", { q: "a" }]);
});

test("what was before comes in one order, and a stream's own order holds", () => {
  const at = (/** @type {number} */ receivedAt, /** @type {string} */ message) => entry(1, { receivedAt, message });
  /** @type {import("../../../web/js/log/ring.js").GapRow} */
  const gap = { kind: "gap", cause: "away", from: 1, to: 2, count: 2, at: 99 };
  const order = mergeBacklogs([
    [at(1, "a1"), at(5, "a5"), at(4, "a4: the clock went back")],
    [gap, at(3, "b3"), at(6, "b6")],
    [],
  ]).map((row) => (row.kind === "entry" ? row.message : row.kind));
  assert.deepEqual(order, ["a1", "gap", "b3", "a5", "a4: the clock went back", "b6"]);
});
