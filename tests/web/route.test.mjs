import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { route } from "../../web/js/route.js";

const { routes } = JSON.parse(readFileSync(new URL("../golden/queries.json", import.meta.url), "utf8"));

test("paths fold to routes, as they do at the server", () => {
  for (const { path, route: folded } of routes) assert.equal(route(path), folded, path);
});
