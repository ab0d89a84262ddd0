/**
 * Writes what people copy, from the modules in middleware/node/src: spectrix.ts, all of them in one file, and what
 * TypeScript makes of it: spectrix.js, the same as spectrix.mjs, spectrix.cjs and their declarations.
 *
 *   npm ci && node tools/middleware.mjs            write them
 *   npm ci && node tools/middleware.mjs --check    make them again and fail if what is committed differs
 *
 * A module is what it is alone, so joining them needs no renaming: names that clash are an error of TypeScript.
 */
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const HOME = join(dirname(fileURLToPath(import.meta.url)), "..", "middleware", "node");
const SOURCE = join(HOME, "src");
const ENTRY = "spectrix.ts";

const IMPORT = /^import (type )?\{([^}]*)\} from "([^"]+)";\n/gm;
const EXPORT_LIST = /^export (type )?\{([^}]*)\}(?: from "[^"]+")?;\n/gm;
const LINE = 120; // characters
const HEADER = /^\/\*\*.*?\*\/\n/s;
const BLANK = "//~blank"; // TypeScript drops blank lines, but keeps comments

/** @typedef {{name: string, text: string, imports: {path: string, names: string[], typeOnly: boolean}[]}} Module */

/** @param {string} name a path below src @returns {Promise<Module>} */
async function read(name) {
  const text = await readFile(join(SOURCE, name), "utf8");
  const imports = [...text.matchAll(IMPORT)].map(([, type, names, path]) => ({
    path: path.startsWith(".") ? join(dirname(name), path).replace(/\.js$/, ".ts") : path,
    names: names
      .split(",")
      .map((each) => each.trim())
      .filter(Boolean),
    typeOnly: type !== undefined,
  }));
  return { name, text, imports };
}

/** @returns {Promise<Module[]>} each behind those that it imports, the entry last */
async function modules() {
  /** @type {Map<string, Module>} */
  const seen = new Map();
  /** @type {Module[]} */
  const ordered = [];
  /** @param {string} name */
  async function visit(name) {
    if (seen.has(name)) return;
    const module = await read(name);
    seen.set(name, module);
    for (const { path, typeOnly } of module.imports) if (path.endsWith(".ts") && !typeOnly) await visit(path);
    for (const { path, typeOnly } of module.imports) if (path.endsWith(".ts") && typeOnly) await visit(path);
    ordered.push(module);
  }
  await visit(ENTRY);
  return ordered;
}

/** @param {Module[]} all @returns {string} one import of each of Node's modules */
function nodeImports(all) {
  /** @type {Map<string, Set<string>>} */
  const byPath = new Map();
  for (const { path, names, typeOnly } of all.flatMap((module) => module.imports)) {
    if (path.endsWith(".ts")) continue;
    const known = byPath.get(path) ?? new Set();
    for (const name of names) known.add(typeOnly && !name.startsWith("type ") ? `type ${name}` : name);
    byPath.set(path, known);
  }
  return [...byPath]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([path, names]) => {
      const needed = [...names].filter((name) => !name.startsWith("type ") || !names.has(name.slice("type ".length)));
      const types = needed.every((name) => name.startsWith("type "));
      const list = needed.map((name) => (types ? name.slice("type ".length) : name)).sort();
      const [open, close] = [`import ${types ? "type " : ""}{`, `} from "${path}";\n`];
      const line = `${open} ${list.join(", ")} ${close}`;
      return line.length <= LINE ? line : `${open}\n${list.map((name) => `  ${name},\n`).join("")}${close}`;
    })
    .join("");
}

/** @param {Module[]} all @param {string} version @returns {string} */
function joined(all, version) {
  const entry = all[all.length - 1];
  const header = HEADER.exec(entry.text)?.[0] ?? "";
  const made = "Made by tools/middleware.mjs from middleware/node/src: change it there.";
  const note = ` * Version ${version}, MIT licence. ${made}\n */\n`;
  const bodies = all.map((module) => {
    const bare = module.text.replace(IMPORT, "").replace(EXPORT_LIST, "");
    const body = module === entry ? bare.replace(HEADER, "") : bare.replace(/^export (?!default)/gm, "");
    const rule = "-".repeat(90 - module.name.length);
    return `// --- ${module.name.replace(/\.ts$/, "")} ${rule}\n\n${body.trim()}\n`;
  });
  const lists = [...entry.text.matchAll(EXPORT_LIST)].map(([, type, names]) => `export ${type ?? ""}{${names}};\n`);
  const head = header.replace(/ \*\/\n$/, ` *\n${note}`);
  return [head, nodeImports(all), "\n", bodies.join("\n"), "\n", ...lists].join("");
}

/** @param {string} text @param {ts.ModuleKind} module */
function script(text, module) {
  const verbatimModuleSyntax = module !== ts.ModuleKind.CommonJS;
  const { outputText } = ts.transpileModule(text.replace(/^$/gm, BLANK), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module, verbatimModuleSyntax },
  });
  return tidy(outputText);
}

/** @param {string} text two spaces, as everywhere here; no blank lines where types were */
function tidy(text) {
  return text
    .replace(new RegExp(`^ *${BLANK}$`, "gm"), "")
    .replace(/^( {4})+/gm, (spaces) => " ".repeat(spaces.length / 2))
    .replace(/\n{3,}/g, "\n\n")
    .replace(/\{\n\n/g, "{\n")
    .replace(/\n*$/, "\n");
}

/** @param {string} text @returns {string} */
function declarations(text) {
  const options = {
    declaration: true,
    emitDeclarationOnly: true,
    stripInternal: true,
    strict: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    types: ["node"],
    lib: ["lib.es2023.d.ts"],
    skipLibCheck: true,
  };
  const path = join(HOME, ENTRY);
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  const parsed = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  host.getSourceFile = (name, ...rest) => (name === path ? parsed : getSourceFile.call(host, name, ...rest));
  let written = "";
  host.writeFile = (_name, content) => void (written = content);
  const program = ts.createProgram([path], options, host);
  const problems = ts.getPreEmitDiagnostics(program).concat(program.emit().diagnostics);
  if (problems.length > 0) throw new Error(ts.formatDiagnostics(problems, host));
  return tidy(written);
}

/** For `const spectrix = require(…)`; `.default` stays for those who compile to CommonJS. */
const COMMONJS_END = "module.exports = Object.assign(spectrix, exports);\n";

/** @returns {Promise<Record<string, string>>} the text of each file */
async function outputs() {
  const { version } = JSON.parse(await readFile(join(HOME, "package.json"), "utf8"));
  const text = joined(await modules(), version);
  const types = declarations(text);
  const esm = script(text, ts.ModuleKind.ES2022);
  return {
    "spectrix.ts": text,
    "spectrix.js": esm,
    "spectrix.mjs": esm,
    "spectrix.cjs": script(text, ts.ModuleKind.CommonJS) + COMMONJS_END,
    "spectrix.d.ts": types,
    "spectrix.d.mts": types,
    "spectrix.d.cts": types,
  };
}

const check = process.argv.includes("--check");
for (const [name, text] of Object.entries(await outputs())) {
  const path = join(HOME, name);
  if (!check) {
    await writeFile(path, text);
  } else if ((await readFile(path, "utf8").catch(() => "")) !== text) {
    console.error(`middleware/node/${name} is not what src makes: run node tools/middleware.mjs and commit it`);
    process.exitCode = 1;
  }
}
