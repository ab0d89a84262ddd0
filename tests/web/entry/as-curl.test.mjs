import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";

import { curlOf } from "../../../web/js/entry/as-curl.js";

/** @param {object} fields @param {object | string} [metadata] */
const curl = (fields, metadata = "") =>
  curlOf(
    /** @type {any} */ ({
      method: "GET",
      endpoint: "/",
      ...fields,
      metadata: typeof metadata === "string" ? metadata : JSON.stringify(metadata),
    }),
  );

test("method, path, host and known headers", () => {
  assert.equal(
    curl(
      { method: "post", endpoint: "/api/users/42?page=2" },
      { host: "api.example.com", userAgent: "Mozilla/5.0 (X11)", requestId: "r-1", duration: 12 },
    ),
    "curl -X 'POST' --globoff 'https://api.example.com/api/users/42?page=2' \\\n  -H 'User-Agent: Mozilla/5.0 (X11)' \\\n  -H 'X-Request-Id: r-1'",
  );
  assert.equal(curl({}, { host: "localhost:3000" }), "curl --globoff 'http://localhost:3000/'");
  assert.equal(curl({}, { hostname: "[::1]:8080", protocol: "https:" }), "curl --globoff 'https://[::1]:8080/'");
  assert.equal(
    curl({ method: "HEAD", endpoint: "https://api.example.com/x#part" }),
    "curl --head --globoff 'https://api.example.com/x'",
  );
  assert.equal(
    curl({}, { host: "h.test", headers: { "content-type": "application/json" } }),
    "curl --globoff 'https://h.test/' \\\n  -H 'Content-Type: application/json'",
  );
});

test("a host that is not known, or is none, is visibly left to the reader", () => {
  for (const metadata of ["", { host: "a b" }, { host: "x;rm -rf" }, { host: { name: "x" } }, { host: "" }]) {
    assert.equal(curl({}, metadata), "curl --globoff 'https://YOUR-HOST.invalid/'");
  }
});

test("what is no request gives no command", () => {
  assert.equal(curl({ endpoint: "" }), null);
  assert.equal(curl({ method: "GET /; x" }), null);
});

test("secrets stay out", () => {
  const command = curl(
    { endpoint: "https://me:pw1@api.example.com/x?access_token=S1&page=2&api%5Fkey=S2&Password=S3&sid=S4&flag" },
    {
      headers: { authorization: "Bearer S5", cookie: "a=S6" },
      authorization: "S7",
      cookie: "S8",
      referer: "https://x.example/y?code=S9",
    },
  );
  assert.doesNotMatch(command ?? "", /S\d|pw1|me:/);
  assert.match(command ?? "", /\?access_token=LEFT-OUT&page=2&api%5Fkey=LEFT-OUT&Password=LEFT-OUT&sid=LEFT-OUT&flag'/);
  assert.match(command ?? "", /Referer: https:\/\/x\.example\/y'/);
});

test("whatever is logged, a shell sees exactly these words", () => {
  const nasty = `'; touch /tmp/x; echo "$HOME" \`id\` $(id) \\ ! * \n \u001b[31m é \u202e`;
  const command = curl({ endpoint: `/a${nasty}?q=${nasty}` }, { host: "h.test", userAgent: `A${nasty}` }) ?? "";
  assert.doesNotMatch(command.replaceAll(" \\\n", ""), /[\u0000-\u001f\u007f]/);
  const words = execFileSync("sh", ["-c", `set -f; curl() { for word; do printf '%s\\0' "$word"; done; }; ${command}`])
    .toString()
    .split("\0");
  assert.equal(words[0], "--globoff");
  assert.match(words[1], /^https:\/\/h\.test\/a';%20touch%20\/tmp\/x;%20echo%20"\$HOME"/);
  assert.match(words[1], /%0A%20%1B\[31m%20%C3%A9%20%E2%80%AE$/);
  assert.deepEqual([words[2], words.length], ["-H", 5]);
  assert.equal(words[3], `User-Agent: A${nasty.replace(/[\n\u001b\u202e]/g, "").trim()}`);
});
