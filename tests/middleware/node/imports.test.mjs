/** The modules of middleware/node/src need each other in one direction only; imports of types count. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { posix } from "node:path";
import { test } from "node:test";
import { pathOf } from "./support.mjs";

const SOURCE = pathOf("middleware/node/src");
const IMPORT = /^(?:import|export) [^"]*? from "(\.[^"]+)\.js"|\bimport\("(\.[^"]+)\.js"\)/gm;

/** @returns {Promise<Map<string, string[]>>} what each module imports, of any kind */
async function imports() {
  const names = (await readdir(SOURCE, { recursive: true })).filter((name) => name.endsWith(".ts"));
  return new Map(
    await Promise.all(
      names.map(async (name) => {
        const text = await readFile(posix.join(SOURCE, name), "utf8");
        const paths = [...text.matchAll(IMPORT)].map(([, path, called]) => path ?? called ?? "");
        const targets = paths.map((path) => `${posix.join(posix.dirname(name), path)}.ts`);
        return /** @type {[string, string[]]} */ ([name, targets]);
      }),
    ),
  );
}

/** @param {Map<string, string[]>} arrows @returns {string[]} one circle, empty where there is none */
function circle(arrows) {
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {(name: string, above: string[]) => string[]} */
  const visit = (name, above) => {
    if (above.includes(name)) return [...above.slice(above.indexOf(name)), name];
    if (done.has(name)) return [];
    for (const target of arrows.get(name) ?? []) {
      const found = visit(target, [...above, name]);
      if (found.length > 0) return found;
    }
    done.add(name);
    return [];
  };
  for (const name of arrows.keys()) {
    const found = visit(name, []);
    if (found.length > 0) return found;
  }
  return [];
}

test("no module imports itself by way of others, and each that is named is there", async () => {
  const arrows = await imports();
  assert.ok(arrows.size > 20);
  assert.deepEqual(
    [...arrows.values()].flat().filter((name) => !arrows.has(name)),
    [],
  );
  assert.deepEqual(circle(arrows), []);
});

test("a circle would be seen", () => {
  assert.deepEqual(
    circle(
      new Map([
        ["a", ["b"]],
        ["b", ["c"]],
        ["c", ["b"]],
      ]),
    ),
    ["b", "c", "b"],
  );
});
