/** Any program, by what it prints: `run` starts it, `pipe` reads it. Nothing in the program changes. */

import { apiAddress, block, shellQuote } from "./snippet-text.js";

/** @typedef {import("./snippet-text.js").Target} Target @typedef {import("./snippet-text.js").Block} Block */

/** Where to send, for one command. @param {Target} target */
function told({ origin, key }) {
  return `SPECTRIX_URL=${shellQuote(apiAddress(origin))} SPECTRIX_API_KEY=${shellQuote(key)}`;
}

/** The service by its name, and the server by its port where that is not the usual one. @param {Target} target */
function here({ origin, service }) {
  const { port } = new URL(origin);
  return `${port && port !== "4000" ? `--port ${port} ` : ""}--service ${shellQuote(service)}`;
}

/** @param {Target} target @returns {Block[]} */
export function run(target) {
  return [
    block("", `${told(target)} spectrix-lite run -- npm run dev`),
    block("On the server's machine", `spectrix-lite run ${here(target)} -- npm run dev`, "no key is needed there"),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function pipe(target) {
  return [
    block("", `echo "Hello from pipe" | ${told(target)} spectrix-lite pipe`),
    block("On the server's machine", `npm test 2>&1 | spectrix-lite pipe ${here(target)}`, "no key is needed there"),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function compose(target) {
  return [
    block("Start and follow", `docker compose up | ${told(target)} spectrix-lite pipe`),
    block("Follow what runs", `docker compose logs -f | ${told(target)} spectrix-lite pipe`),
  ];
}

/** @param {Target} target @returns {Block[]} */
export function kubectl(target) {
  return [block("", `kubectl logs -f deploy/api | ${told(target)} spectrix-lite pipe`)];
}

/** @param {Target} target @returns {Block[]} */
export function journal(target) {
  return [block("", `journalctl -f -o json | ${told(target)} spectrix-lite pipe`)];
}
