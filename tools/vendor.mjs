/**
 * Writes what the dashboard borrows: web/vendor/lit.js and the fonts in web/fonts/, each with its licence,
 * and web/vendor/VENDOR.json with version, licence and sha256 of every file.
 *
 *   npm ci && node tools/vendor.mjs            write them (maintainers, after raising a version)
 *   npm ci && node tools/vendor.mjs --check    build them again and fail if what is committed differs
 *
 * Everything is built in memory first; nothing is written before all of it is there.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const MODULES = join(ROOT, "node_modules");

/** Exactly what the dashboard imports from Lit; add a name here before using it. */
const LIT_ENTRY = `
export { LitElement, html, svg, nothing, noChange, render } from "lit";
export { classMap } from "lit/directives/class-map.js";
export { guard } from "lit/directives/guard.js";
export { ifDefined } from "lit/directives/if-defined.js";
export { keyed } from "lit/directives/keyed.js";
export { live } from "lit/directives/live.js";
export { ref, createRef } from "lit/directives/ref.js";
export { repeat } from "lit/directives/repeat.js";
export { when } from "lit/directives/when.js";
`;

const FONTS = [
  { package: "@fontsource-variable/inter", name: "inter", subsets: ["latin", "latin-ext"] },
  { package: "@fontsource-variable/jetbrains-mono", name: "jetbrains-mono", subsets: ["latin", "latin-ext"] },
];

/** @typedef {{ path: string, bytes: Buffer, package: string, version: string, licence: string }} Vendored */

/** @param {string} name */
async function manifest(name) {
  return JSON.parse(await readFile(join(MODULES, name, "package.json"), "utf8"));
}

/** @returns {Promise<Vendored[]>} */
async function lit() {
  const { version } = await manifest("lit");
  const result = await build({
    stdin: { contents: LIT_ENTRY, resolveDir: ROOT, sourcefile: "lit.js" },
    absWorkingDir: ROOT,
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "none",
    charset: "utf8",
    banner: {
      js: `/*! Lit ${version} | Copyright 2017 Google LLC | BSD-3-Clause, see lit.LICENSE.txt | made by tools/vendor.mjs */`,
    },
    write: false,
    logLevel: "warning",
  });
  const about = { package: "lit", version, licence: "BSD-3-Clause" };
  const licence = await readFile(join(MODULES, "lit", "LICENSE"));
  return [
    { path: "web/vendor/lit.js", bytes: Buffer.from(result.outputFiles[0].contents), ...about },
    { path: "web/vendor/lit.LICENSE.txt", bytes: licence, ...about },
  ];
}

/** @param {(typeof FONTS)[number]} font @returns {Promise<Vendored[]>} */
async function font(font) {
  const { version } = await manifest(font.package);
  const about = { package: font.package, version, licence: "OFL-1.1" };
  const folder = join(MODULES, font.package);
  const files = font.subsets.map(async (subset) => ({
    path: `web/fonts/${font.name}-${subset}.woff2`,
    bytes: await readFile(join(folder, "files", `${font.name}-${subset}-wght-normal.woff2`)),
    ...about,
  }));
  const licence = await readFile(join(folder, "LICENSE"));
  return [...(await Promise.all(files)), { path: `web/fonts/${font.name}.LICENSE.txt`, bytes: licence, ...about }];
}

/** @param {Vendored[]} files @returns {Vendored} */
function ledger(files) {
  const rows = files.map(({ path, bytes, ...about }) => ({
    path,
    ...about,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  }));
  const bytes = Buffer.from(JSON.stringify({ madeBy: "tools/vendor.mjs", files: rows }, null, 2) + "\n");
  return { path: "web/vendor/VENDOR.json", bytes, package: "", version: "", licence: "" };
}

const borrowed = (await Promise.all([lit(), ...FONTS.map(font)])).flat();
const files = [...borrowed, ledger(borrowed)];

if (process.argv.includes("--check")) {
  const stale = [];
  for (const { path, bytes } of files) {
    const committed = await readFile(join(ROOT, path)).catch(() => null);
    if (!committed?.equals(bytes)) stale.push(path);
  }
  if (stale.length > 0) {
    console.error(`Not what the lockfile makes: ${stale.join(", ")}. Run \`npm ci && node tools/vendor.mjs\`.`);
    process.exit(1);
  }
  console.log(`${files.length} vendored files are what the lockfile makes.`);
} else {
  for (const { path, bytes } of files) {
    await mkdir(dirname(join(ROOT, path)), { recursive: true });
    await writeFile(join(ROOT, path), bytes);
    console.log(`${path}  ${bytes.length} bytes`);
  }
}
