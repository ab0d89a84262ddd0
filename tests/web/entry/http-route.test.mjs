import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { route, routeOf } from "../../../web/js/entry/http-route.js";

const { routes } = JSON.parse(readFileSync(new URL("../../golden/queries.json", import.meta.url), "utf8"));

test("paths fold to routes, as they do at the server", () => {
  for (const { path, route: folded } of routes) assert.equal(route(path), folded, path);
});

test("all entries of a route have the same one, and keep it", () => {
  const [one, other] = ["/users/1", "/users/2?x=1"].map((endpoint) => ({
    method: "get",
    endpoint,
    metadata: "",
    route: null,
  }));
  assert.equal(routeOf(one), routeOf(other));
  assert.equal(one.route, routeOf(one));
  assert.deepEqual(routeOf(one), { method: "GET", path: "/users/:id", key: "GET /users/:id" });
  const named = { method: "get", endpoint: "/users/me", metadata: '{"route":"/users/:id"}' };
  assert.equal(routeOf(named), routeOf(one), "named by the framework, or folded");
  assert.notEqual(routeOf({ method: "POST", endpoint: "/users/1", metadata: "" }), routeOf(one));
});
