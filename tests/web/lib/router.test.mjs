import assert from "node:assert/strict";
import test from "node:test";
import { parseRoute, serviceAddress, shareLink } from "../../../web/js/lib/router.js";

/** @param {string} hash */
function read(hash) {
  const { query, ...route } = parseRoute(hash);
  return { ...route, query: query.toString() };
}

test("each page has its address", () => {
  assert.deepEqual(read("#/services"), { page: "services", query: "" });
  assert.deepEqual(read("#/services/a1/streams"), { page: "streams", serviceId: "a1", query: "" });
  assert.deepEqual(read("#/services/a1/watch?level=error&q=a%3Fb"), {
    page: "watch",
    serviceId: "a1",
    query: "level=error&q=a%3Fb",
  });
});

test("the logs of several services, and a shared one, have theirs", () => {
  assert.deepEqual(read("#/all?service=a1&q=x"), { page: "all", query: "service=a1&q=x" });
  assert.deepEqual(read("#/shared?q=x"), { page: "shared", query: "q=x" });
  assert.deepEqual(read(new URL(shareLink("https://logs.example", "ab-c_d=?/x")).hash), {
    page: "shared",
    token: "ab-c_d=?/x",
    query: "",
  });
});

test("whatever else stands there is the services page", () => {
  for (const hash of [
    "",
    "#",
    "#/",
    "#/services/a1",
    "#/services/a1/other",
    "#/services//watch",
    "#/services/%/watch",
    "#/all/a1",
    "#/shared/a1",
    "#nonsense",
  ]) {
    assert.equal(parseRoute(hash).page, "services", hash);
  }
});

test("a sign-in link is read whole, to its last character", () => {
  assert.deepEqual(read("#token=ab-c_d=?/x"), { page: "token", token: "ab-c_d=?/x", query: "" });
});

test("a sign-in link may lead to a service's log", () => {
  assert.deepEqual(read("#token=ab&service=a%2F1"), { page: "token", token: "ab", serviceId: "a/1", query: "" });
  assert.deepEqual(read("#share=ab"), { page: "shared", token: "ab", query: "" });
});

test("an address leads back to the id it was made from", () => {
  for (const id of ["a1", "a/b", "ü ?#", "100%"]) assert.equal(parseRoute(serviceAddress(id, "watch")).serviceId, id);
});
