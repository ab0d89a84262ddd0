import assert from "node:assert/strict";
import { test } from "node:test";

import { Api } from "../../../web/js/api/client.js";
import { createReadToken, reading, readTokens, revokeReadToken } from "../../../web/js/api/read-tokens.js";

const NOW = Date.parse("2026-05-14T10:30:00Z");

/** @param {string} id @param {object} [fields] */
function token(id, fields = {}) {
  return {
    id,
    name: id,
    preview: "spx_v1_read_ab12…wxyz",
    services: null,
    createdAt: "2026-05-01T00:00:00.000Z",
    expiresAt: "2026-06-01T00:00:00.000Z",
    lastUsedAt: null,
    revokedAt: null,
    ...fields,
  };
}

test("those that read a service now are shown, the newest first", () => {
  const tokens = [
    token("all"),
    token("own", { services: ["a", "b"], createdAt: "2026-05-02T00:00:00.000Z" }),
    token("other", { services: ["b"] }),
    token("none", { services: [] }),
    token("revoked", { revokedAt: "2026-05-02T00:00:00.000Z" }),
    token("over", { expiresAt: "2026-05-14T10:30:00.000Z" }),
  ];
  assert.deepEqual(
    reading(tokens, "a", NOW).map(({ id }) => id),
    ["own", "all"],
  );
});

test("calls go to their addresses", async () => {
  /** @type {unknown[]} */
  const asked = [];
  const api = new Api({
    base: "",
    fetch: async (url, { method, body } = {}) => {
      asked.push([method, url, body]);
      return new Response(JSON.stringify({ readTokens: [] }));
    },
  });
  assert.deepEqual(await readTokens(api), []);
  await createReadToken(api, { name: "CI", days: 7 });
  await revokeReadToken(api, "a/b");
  assert.deepEqual(asked, [
    ["GET", "/read-tokens", undefined],
    ["POST", "/read-tokens", '{"name":"CI","days":7}'],
    ["DELETE", "/read-tokens/a%2Fb", undefined],
  ]);
});
