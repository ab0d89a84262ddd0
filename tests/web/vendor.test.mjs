/** What is borrowed is what VENDOR.json says it is: nothing edited by hand, nothing without a licence. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

const ROOT = new URL("../..", import.meta.url);
const LIBRARIES = ["fuzzysort", "lit", "uplot"];
const ledger = JSON.parse(readFileSync(new URL("web/vendor/VENDOR.json", ROOT), "utf8"));

for (const { path, sha256 } of ledger.files) {
  test(`${path} has the checksum it was vendored with`, () => {
    const found = createHash("sha256")
      .update(readFileSync(new URL(path, ROOT)))
      .digest("hex");
    assert.equal(found, sha256, `run \`node tools/vendor.mjs\` instead of editing ${path}`);
  });
}

test("every vendored file is in the ledger, and every package brings its licence", () => {
  const listed = new Set(ledger.files.map((/** @type {{ path: string }} */ file) => file.path));
  const own = new Set(["web/vendor/VENDOR.json", ...LIBRARIES.map((name) => `web/vendor/${name}.d.ts`)]);
  for (const folder of ["web/vendor", "web/fonts"]) {
    for (const name of readdirSync(new URL(folder, ROOT))) {
      const path = `${folder}/${name}`;
      assert.ok(listed.has(path) || own.has(path), `${path} came from nowhere`);
    }
  }
  for (const { package: name } of ledger.files) {
    const licences = ledger.files.filter(
      (/** @type {{ package: string, path: string }} */ file) => file.package === name && file.path.includes("LICENSE"),
    );
    assert.equal(licences.length, 1, `${name} has one licence beside it`);
  }
});

for (const name of LIBRARIES) {
  test(`the types of ${name} name what the bundle exports`, () => {
    const names = (/** @type {string | undefined} */ list) =>
      (list ?? "").split(",").map((each) => each.trim().split(" as ").pop());
    const types = readFileSync(new URL(`web/vendor/${name}.d.ts`, ROOT), "utf8");
    const named = [...types.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list]) => names(list));
    const bundle = readFileSync(new URL(`web/vendor/${name}.js`, ROOT), "utf8");
    assert.deepEqual(named.sort(), names(bundle.match(/export\{([^}]*)\}/)?.[1]).sort());
  });
}
