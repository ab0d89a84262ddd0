import assert from "node:assert/strict";
import { test } from "node:test";
import {
  concerning,
  destinationText,
  dryRunText,
  formOf,
  deliveryText,
  noticeText,
  ruleOf,
  spanText,
  standing,
  troubleText,
  whenText,
} from "../../../web/js/alerts/alert-form.js";

const NOW = Date.parse("2026-05-14T10:30:00Z");
/** @type {import("../../../web/js/api/alerts.js").Alert} */
const ALERT = {
  id: "a1",
  name: "Errors",
  service: "s1",
  view: null,
  query: "level:error",
  when: { count: 10, within: 60 },
  cooldown: 300,
  resolved: true,
  silencedUntil: null,
  destinations: [{ id: "d1", kind: "slack", url: "https://hooks.slack.com/…" }],
  createdAt: "2026-05-14T10:00:00.000Z",
  state: "ok",
  behind: 0,
  lastNotice: null,
  failures: 0,
  trouble: {},
};

test("an alert that is opened and saved unchanged keeps its secrets and all else", () => {
  assert.deepEqual(ruleOf(formOf(ALERT), "s1"), {
    name: "Errors",
    query: "level:error",
    service: "s1",
    when: { count: 10, within: 60 },
    cooldown: 300,
    resolved: true,
    destinations: [{ id: "d1", kind: "slack" }],
  });
});

test("an alert that follows a view stays with it, and its own query is none", () => {
  const form = formOf({ ...ALERT, view: "v1" });
  const { view, query } = ruleOf(form, "s1");
  assert.deepEqual([view, query], ["v1", undefined]);
  const own = ruleOf({ ...form, view: "", query: "status:5xx" }, "s1");
  assert.deepEqual([own.view, own.query], [undefined, "status:5xx"]);
});

test("headers are a line each, and replace those that one has only where some are given", () => {
  const form = formOf({ ...ALERT, destinations: [{ id: "d1", kind: "json", headers: { "X-Key": "…" } }] });
  assert.deepEqual(ruleOf(form, "s1").destinations, [{ id: "d1", kind: "json" }]);
  const [kept, added] = ruleOf(
    { ...form, headers: { d1: "X-Key: a:b\n\nX-Two:c" }, adds: "json", added: { url: "https://x", headers: "X-N: 1" } },
    "s1",
  ).destinations;
  assert.deepEqual(kept, { id: "d1", kind: "json", headers: { "X-Key": "a:b", "X-Two": "c" } });
  assert.deepEqual(added, { kind: "json", url: "https://x", headers: { "X-N": "1" } });
});

test("each kind of rule is what its fields say", () => {
  const form = { ...formOf(null), name: "New", none: "900", count: "3", within: "10", resolved: true };
  assert.deepEqual(ruleOf({ ...form, kind: "count" }, "s1").when, { count: 3, within: 10 });
  assert.deepEqual(ruleOf({ ...form, kind: "none" }, "s1").when, { none: 900 });
  const first = ruleOf({ ...form, kind: "firstSeen", every: true }, "s1");
  assert.deepEqual([first.when, first.resolved, first.service], [{ firstSeen: true }, false, null]);
});

test("a destination that is added has what was filled in, and one that is removed is gone", () => {
  const form = formOf(ALERT);
  const added = { url: "https://ntfy.sh", topic: "mine", token: "" };
  assert.deepEqual(ruleOf({ ...form, adds: "ntfy", added }, "s1").destinations, [
    { id: "d1", kind: "slack" },
    { kind: "ntfy", url: "https://ntfy.sh", topic: "mine" },
  ]);
  assert.deepEqual(ruleOf({ ...form, kept: [] }, "s1").destinations, []);
});

test("rules, notices and dry runs in words", () => {
  assert.equal(whenText({ count: 1000, within: 3600 }), "1,000 or more in 60 min");
  assert.equal(whenText({ none: 90 }), "none for 90 s");
  assert.equal(whenText({ firstSeen: true }), "an error of a new kind");
  assert.deepEqual([0, 60, 300, 86_400].map(spanText), ["none", "60 s", "5 min", "24 h"]);
  const run = { firings: [], since: "2026-05-14T07:30:00.000Z", entries: 1200 };
  assert.equal(dryRunText(run, NOW), "Would not have fired over the last 3 h (1,200 entries).");
  const firings = [12, 1].map((count) => ({ at: "2026-05-14T10:00:00.000Z", count }));
  const fired = "Would have fired 2 times over the last 3 h (1,200 entries), at last with 1 match.";
  assert.equal(dryRunText({ ...run, firings }, NOW), fired);
  assert.equal(dryRunText({ ...run, since: null }, NOW), "Nothing is kept yet that it could be tried on.");
  /** @type {import("../../../web/js/api/alerts.js").Notice} */
  const notice = { service: "s1", kind: "firing", at: "", since: null, count: 12, missed: 0, link: "", deliveries: [] };
  assert.equal(noticeText(notice), "12 matches");
  assert.equal(noticeText({ ...notice, count: 0 }), "nothing came");
  const delivery = { destination: "d1", state: /** @type {const} */ ("pending"), tries: 0, status: null, said: "" };
  assert.equal(deliveryText(delivery, ALERT), "pending");
  assert.equal(deliveryText({ ...delivery, tries: 1, said: "it hung up" }, ALERT), "pending after 1 try: it hung up");
  assert.equal(deliveryText({ ...delivery, state: "failed", tries: 5 }, ALERT), "failed after 5 tries");
  assert.equal(
    deliveryText({ ...delivery, state: "failed", said: "too many waited" }, ALERT),
    "failed: too many waited",
  );
  assert.equal(deliveryText({ ...delivery, state: "delivered", tries: 2, status: 204 }, ALERT), "delivered");
  assert.equal(noticeText({ ...notice, kind: "resolved", missed: 5 }), "over; 5 entries were not looked at");
});

test("where a notice went is said as soon as that is a question", () => {
  const delivery = {
    destination: "d2",
    state: /** @type {const} */ ("failed"),
    tries: 5,
    status: 500,
    said: "it answered 500",
  };
  const two = {
    destinations: [
      ...ALERT.destinations,
      { id: "d2", kind: /** @type {const} */ ("ntfy"), url: "https://ntfy.sh/…", topic: "my…" },
    ],
    trouble: { d2: "it answered 500" },
  };
  assert.equal(deliveryText(delivery, two), "ntfy, my… at ntfy.sh: failed after 5 tries: it answered 500");
  assert.equal(
    deliveryText({ ...delivery, destination: "d9" }, two),
    "a place that it tells no more: failed after 5 tries: it answered 500",
  );
  assert.equal(troubleText(two), "ntfy, my… at ntfy.sh: it answered 500");
  assert.equal(troubleText({ ...two, destinations: two.destinations.slice(1) }), "it answered 500");
  assert.equal(troubleText({ ...two, trouble: {} }), "");
});

test("where it is told, without a secret", () => {
  assert.equal(destinationText({ kind: "slack", url: "https://hooks.slack.com/…" }), "Slack, hooks.slack.com");
  assert.equal(destinationText({ kind: "ntfy", url: "https://ntfy.sh/…", topic: "my…" }), "ntfy, my… at ntfy.sh");
  assert.equal(destinationText({ kind: "telegram", token: "12…", chatId: "-100" }), "Telegram, chat -100");
});

test("how an alert stands: what matters most is said", () => {
  assert.deepEqual(standing(ALERT, NOW), ["ok", "watching"]);
  const firing = { ...ALERT, state: /** @type {const} */ ("firing") };
  assert.deepEqual(standing(firing, NOW), ["error", "firing"]);
  assert.deepEqual(standing({ ...firing, behind: 7 }, NOW), ["warn", "behind"]);
  const failing = { ...firing, behind: 7, trouble: { d1: "it answered 500" } };
  assert.deepEqual(standing(failing, NOW), ["error", "not delivered"]);
  assert.deepEqual(standing({ ...failing, silencedUntil: "2026-05-14T11:00:00Z" }, NOW), ["", "silenced"]);
  assert.deepEqual(standing({ ...firing, silencedUntil: "2026-05-14T10:00:00Z" }, NOW), ["error", "firing"]);
});

test("a service's alerts are its own and those for all", () => {
  const alerts = [ALERT, { ...ALERT, service: null }, { ...ALERT, service: "s2" }];
  assert.deepEqual(
    concerning(alerts, "s1").map(({ service }) => service),
    ["s1", null],
  );
});
