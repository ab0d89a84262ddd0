import assert from "node:assert/strict";
import test from "node:test";
import { Api, ApiError } from "../../../web/js/api/client.js";
import { entriesBefore } from "../../../web/js/api/history.js";

/** An Api whose calls are written down and answered in turn. @param {(Response | Error)[]} answers */
function scripted(...answers) {
  /** @type {{ url: string, method: string, body: unknown, init: RequestInit }[]} */
  const calls = [];
  /** @type {string[]} */
  const events = [];
  /** @type {any} */
  const fetch = async (/** @type {string} */ url, /** @type {RequestInit} */ init) => {
    calls.push({
      url,
      method: init.method ?? "GET",
      body: init.body ? JSON.parse(String(init.body)) : undefined,
      init,
    });
    const answer = answers.shift();
    if (answer === undefined) throw new Error("more calls than answers");
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const api = new Api({ fetch });
  for (const name of ["away", "back", "signed-out"]) api.addEventListener(name, () => events.push(name));
  return { api, calls, events };
}

const none = () => new Response(null, { status: 204 });

/** @param {number} status @param {unknown} body @param {Record<string, string>} [headers] */
const json = (status, body, headers) => Response.json(body, { status, headers });

test("each call has its method, address and body", async () => {
  const { api, calls } = scripted(
    none(),
    none(),
    json(200, { services: [] }),
    json(201, { id: "s" }),
    none(),
    json(201, {}),
    json(200, {}),
    none(),
  );
  await api.claimToken("t");
  await api.setPassword(null, "new one");
  assert.deepEqual(await api.services({ history: 60 }), []);
  await api.createService("A & B");
  await api.revokeStreamKey("a/b", "k?");
  await api.createSession("s", { ttl: 5 });
  await entriesBefore(api, "s", { epoch: "e", seq: 7 }, { limit: 10 });
  await api.endSession("x");
  assert.deepEqual(
    calls.map(({ method, url, body }) => [method, url, body]),
    [
      ["POST", "/api/v1/auth/token", { token: "t" }],
      ["PUT", "/api/v1/auth/password", { new: "new one" }],
      ["GET", "/api/v1/services?history=60", undefined],
      ["POST", "/api/v1/services", { name: "A & B" }],
      ["DELETE", "/api/v1/services/a%2Fb/stream-keys/k%3F", undefined],
      ["POST", "/api/v1/services/s/sessions", { ttl: 5 }],
      ["GET", "/api/v1/services/s/entries?before=e.7&limit=10", undefined],
      ["DELETE", "/api/v1/sessions/x", undefined],
    ],
  );
  assert.ok(calls.every(({ init }) => init.credentials === "same-origin" && init.redirect === "error"));
});

test("a refusal carries what the problem document says", async () => {
  const problem = {
    type: "about:blank",
    title: "Too many attempts",
    status: 429,
    detail: "Wait.",
    code: "too_many_attempts",
  };
  const { api, events } = scripted(json(429, problem, { "Retry-After": "7" }));
  await assert.rejects(api.login("x"), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual(
      [error.status, error.code, error.detail, error.retryAfter],
      [429, "too_many_attempts", "Wait.", 7],
    );
    return true;
  });
  assert.deepEqual(events, []);
});

test("a refusal without a problem document still says its status", async () => {
  for (const body of ["<html>", "", "null", "[]", '{"code": 5}']) {
    const { api } = scripted(new Response(body, { status: 502 }));
    await assert.rejects(api.me(), { name: "ApiError", status: 502, code: "unknown" });
  }
});

test("only a lost sign-in is told as one", async () => {
  const { api, events } = scripted(json(401, { code: "wrong_password" }), json(401, { code: "sign_in_required" }));
  await assert.rejects(api.login("x"));
  assert.deepEqual(events, []);
  await assert.rejects(api.services());
  assert.deepEqual(events, ["signed-out"]);
});

test("away is told once, and back with the first answer of any kind", async () => {
  const { api, events } = scripted(
    new TypeError("fetch failed"),
    new TypeError("fetch failed"),
    json(503, { code: "draining" }),
    none(),
  );
  await assert.rejects(api.me(), { status: 0, code: "unreachable" });
  await assert.rejects(api.me(), { code: "unreachable" });
  assert.equal(api.away, true);
  await assert.rejects(api.me(), { code: "draining" });
  await api.logout();
  assert.deepEqual(events, ["away", "back"]);
});

test("a call that its caller gave up is no sign of an absent server", async () => {
  const { api, events } = scripted(new DOMException("aborted", "AbortError"));
  const leaving = AbortSignal.abort();
  await assert.rejects(api.services({ signal: leaving }), { name: "AbortError" });
  assert.deepEqual(events, []);
});
