import assert from "node:assert/strict";
import test from "node:test";
import { sharedSessions, sharedToken } from "../../../web/js/stream/session/share-session.js";

/** @param {boolean} [forbidden] */
function storage(forbidden = false) {
  const values = new Map();
  const guard = () => {
    if (forbidden) throw new DOMException("no", "SecurityError");
  };
  return {
    getItem: (/** @type {string} */ name) => {
      guard();
      return values.get(name) ?? null;
    },
    setItem: (/** @type {string} */ name, /** @type {string} */ value) => {
      guard();
      values.set(name, value);
    },
  };
}

test("a shared link is one session: asked for another, it says what to do instead", async () => {
  const sessions = sharedSessions("secret");
  assert.deepEqual(await sessions.create(), { id: "", token: "secret" });
  await sessions.end("");
  await assert.rejects(
    sessions.create(),
    (/** @type {any} */ error) => error.status === 403 && /new one/.test(error.detail),
  );
});

test("the tab remembers the link that it was opened with, and takes a newer one", () => {
  const keep = storage();
  assert.equal(sharedToken(undefined, keep), null);
  assert.equal(sharedToken("one", keep), "one");
  assert.equal(sharedToken(undefined, keep), "one");
  assert.equal(sharedToken("two", keep), "two");
  assert.equal(sharedToken(undefined, keep), "two");
});

test("where nothing can be kept, the link in the address does", () => {
  assert.equal(sharedToken("one", storage(true)), "one");
  assert.equal(sharedToken(undefined, storage(true)), null);
});
