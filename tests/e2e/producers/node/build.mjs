/**
 * node build.mjs SOURCE LINE TARGET: the middleware SOURCE, TypeScript or not, as the ES module TARGET, with LINE in
 * the place of the one line that gives its address. Nothing else is changed.
 */

import { readFile, writeFile } from "node:fs/promises";
import { transform } from "esbuild";

const [source, line, target] = process.argv.slice(2);
const written = await readFile(source, "utf8");
const constants = written.match(/^const API_BASE_URL = .*;$/gm) ?? [];
if (constants.length !== 1) throw new Error(`${source} has ${constants.length} lines that give its address`);
const { code } = await transform(
  written.replace(constants[0], () => line),
  { loader: "ts", format: "esm", target: "node20" },
);
await writeFile(target, code);
