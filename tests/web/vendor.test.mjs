/** What is borrowed is what VENDOR.json says it is: nothing edited by hand, nothing without a licence. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

const ROOT = new URL("../../", import.meta.url);
const ledger = JSON.parse(readFileSync(new URL("web/vendor/VENDOR.json", ROOT), "utf8"));

for (const { path, sha256 } of ledger.files) {
  test(`${path} has the checksum it was vendored with`, () => {
    const found = createHash("sha256").update(readFileSync(new URL(path, ROOT))).digest("hex");
    assert.equal(found, sha256, `run \`node tools/vendor.mjs\` instead of editing ${path}`);
  });
}

test("every vendored file is in the ledger, and every package brings its licence", () => {
  const listed = new Set(ledger.files.map((/** @type {{ path: string }} */ file) => file.path));
  const own = new Set(["web/vendor/VENDOR.json", "web/vendor/lit.d.ts"]);
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

test("the types name what the bundle exports", async () => {
  const types = readFileSync(new URL("web/vendor/lit.d.ts", ROOT), "utf8");
  const named = [...types.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, names]) => names.split(",").map((n) => n.trim()));
  const bundle = readFileSync(new URL("web/vendor/lit.js", ROOT), "utf8");
  const exported = [...(bundle.match(/export\{([^}]*)\}/)?.[1] ?? "").split(",")].map((n) => n.split(" as ").pop());
  assert.deepEqual(named.sort(), exported.sort());
});
