/**
 * Writes what the dashboard borrows: the libraries in web/vendor/ and the fonts in web/fonts/, each with its licence,
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

/** Exactly what the dashboard imports; add a name here, and in the types beside it, before using it. */
const LIBRARIES = [
  {
    package: "lit",
    title: "Lit",
    copyright: "Copyright 2017 Google LLC",
    licence: "BSD-3-Clause",
    entry: `
export { LitElement, html, svg, nothing, noChange, render } from "lit";
export { classMap } from "lit/directives/class-map.js";
export { ifDefined } from "lit/directives/if-defined.js";
export { keyed } from "lit/directives/keyed.js";
export { live } from "lit/directives/live.js";
export { ref, createRef } from "lit/directives/ref.js";
export { repeat } from "lit/directives/repeat.js";
export { when } from "lit/directives/when.js";
`,
    styles: [],
  },
  {
    package: "uplot",
    title: "uPlot",
    copyright: "Copyright 2022 Leon Sorokin",
    licence: "MIT",
    entry: `export { default as uPlot } from "uplot";`,
    styles: ["dist/uPlot.min.css"],
  },
  {
    package: "fuzzysort",
    title: "fuzzysort",
    copyright: "Copyright 2018 Stephen Kamenar",
    licence: "MIT",
    entry: `export { single } from "fuzzysort";`,
    styles: [],
  },
];

const FONTS = [
  { package: "@fontsource-variable/inter", name: "inter", subsets: ["latin", "latin-ext"] },
  { package: "@fontsource-variable/jetbrains-mono", name: "jetbrains-mono", subsets: ["latin", "latin-ext"] },
];

/** @typedef {{ path: string, bytes: Buffer, package: string, version: string, licence: string }} Vendored */

/** @param {string} name */
async function manifest(name) {
  return JSON.parse(await readFile(join(MODULES, name, "package.json"), "utf8"));
}

/** @param {(typeof LIBRARIES)[number]} library @returns {Promise<Vendored[]>} */
async function library({ package: name, title, copyright, licence, entry, styles }) {
  const { version } = await manifest(name);
  const result = await build({
    stdin: { contents: entry, resolveDir: ROOT, sourcefile: `${name}.js` },
    absWorkingDir: ROOT,
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "none",
    charset: "utf8",
    banner: {
      js: `/*! ${title} ${version} | ${copyright} | ${licence}, see ${name}.LICENSE.txt | made by tools/vendor.mjs */`,
    },
    write: false,
    logLevel: "warning",
  });
  const about = { package: name, version, licence };
  const folder = join(MODULES, name);
  return [
    { path: `web/vendor/${name}.js`, bytes: Buffer.from(result.outputFiles[0].contents), ...about },
    ...(await Promise.all(
      styles.map(async (path) => ({
        path: `web/vendor/${name}.css`,
        bytes: await readFile(join(folder, path)),
        ...about,
      })),
    )),
    { path: `web/vendor/${name}.LICENSE.txt`, bytes: await readFile(join(folder, "LICENSE")), ...about },
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
  const bytes = Buffer.from(`${JSON.stringify({ madeBy: "tools/vendor.mjs", files: rows }, null, 2)}\n`);
  return { path: "web/vendor/VENDOR.json", bytes, package: "", version: "", licence: "" };
}

const borrowed = (await Promise.all([...LIBRARIES.map(library), ...FONTS.map(font)])).flat();
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
