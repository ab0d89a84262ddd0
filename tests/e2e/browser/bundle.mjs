/**
 * `node bundle.mjs FOLDER`: makes FOLDER a tree whose server gives out the dashboard in a few files rather than three
 * hundred, each of which takes Chromium, Playwright and the server ten milliseconds every time a story loads the page.
 * What runs is the same, in the same order, because the page imports every module when it starts. One that was imported
 * later would be fetched by no story but the one that has every file, so that is refused here.
 */

import assert from "node:assert/strict";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const WEB = join(ROOT, "web");
const SHEET = /<link rel="stylesheet" href="([^"]+)" \/>\s*/g;
const SHEETS = "css/all.css";

const tree = process.argv[2];
const web = join(tree, "web");
const written = (/** @type {string} */ path, /** @type {string} */ text) => writeFile(join(web, path), text);

for (const folder of ["css", "js/lib"]) await mkdir(join(web, folder), { recursive: true });
for (const beside of ["spectrix_lite", "middleware"]) await symlink(join(ROOT, beside), join(tree, beside));
for (const path of ["fonts", "icon.svg", "icon-errors.svg", "js/lib/theme-early.js"])
  await cp(join(WEB, path), join(web, path), { recursive: true });

const { metafile } = await build({
  entryPoints: [join(WEB, "js/main.js")],
  outfile: join(web, "js/main.js"),
  bundle: true,
  format: "esm",
  metafile: true,
  logLevel: "warning",
});
const later = Object.entries(metafile.inputs).filter(([, { imports }]) =>
  imports.some((it) => it.kind !== "import-statement"),
);
assert.deepEqual(later, [], "every module is loaded with the page");

const index = await readFile(join(WEB, "index.html"), "utf8");
const sheets = [...index.matchAll(SHEET)].map(([, path]) => path);
assert(sheets.length > 0 && index.includes('src="js/main.js"'), "the page loads what is bundled");
const rules = await Promise.all(sheets.map((path) => readFile(join(WEB, path), "utf8")));
await written(SHEETS, rules.join("\n"));
const rest = index.replaceAll(SHEET, "").replaceAll(/<link rel="modulepreload" [^>]*>/g, "");
await written("index.html", rest.replace("</head>", `<link rel="stylesheet" href="${SHEETS}" /></head>`));
