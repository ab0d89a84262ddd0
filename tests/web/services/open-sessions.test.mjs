import assert from "node:assert/strict";
import { test } from "node:test";
import { leftText, openSessions } from "../../../web/js/services/open-sessions.js";

/** @param {"operator" | "share"} kind @param {number} watchers @param {number} [seconds] until it ends */
const session = (kind, watchers, seconds = 90) => ({
  ...{ id: `${kind} ${watchers}`, kind, watchers },
  ...{ createdAt: "1970-01-01T00:00:00Z", expiresAt: new Date(seconds * 1000).toISOString() },
});

test("sessions of pages that were closed are told in a sentence, and nobody has to end them", () => {
  const all = [session("operator", 1), session("operator", 0), session("share", 0), session("operator", 1, -1)];
  const { open, left } = openSessions(all, 0);
  assert.deepEqual(
    open.map(({ id }) => id),
    ["operator 1", "share 0"],
    "a link that was shared can be opened any moment",
  );
  assert.equal(leftText(left, 0), "1 session of pages that are closed ends by itself in 1:30.");
  assert.equal(
    leftText([...left, session("operator", 0, 200)], 0),
    "2 sessions of pages that are closed end by themselves, the last in 3:20.",
  );
});
