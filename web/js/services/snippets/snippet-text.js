/**
 * What all snippets are made of: addresses, quoting, and the two pieces that every app has. Pure: text in, text out.
 */

/**
 * @typedef {object} Target
 * @property {string} origin where the server is, such as http://localhost:4000
 * @property {string} key the stream key, or what stands in its place
 * @property {string} hookKey likewise the hook key, which may stand in an address
 * @property {string} service the service's name
 * @property {Ports} ports those of the listeners that take this service's entries without a key
 */
/** @typedef {{ syslog?: number, fluent?: number }} Ports */

/** @typedef {{ title: string, note?: string, code: string }} Block a piece to paste, and where it goes */

/** Stands where no key is at hand; without a character that a shell or a .env file would read otherwise. */
export const NO_KEY = "paste-your-stream-key";
export const NO_HOOK_KEY = "paste-your-hook-key";

/** What a listener is given where it is started for a snippet. */
const USUAL_PORTS = { syslog: 5140, fluent: 24224 };

/** The words of such an address. @param {string} origin */
export function parts(origin) {
  const { protocol, hostname } = new URL(origin);
  const secure = protocol === "https:";
  return { secure, host: hostname, port: Number(new URL(origin).port) || (secure ? 443 : 80) };
}

/**
 * Where a listener is, or would be. Only this machine reaches one, unless somebody has said otherwise.
 * @param {Target} target
 * @param {keyof Ports} kind
 */
export function portOf({ ports }, kind) {
  return ports[kind] ?? USUAL_PORTS[kind];
}

/**
 * What starts the server with that listener.
 * @param {Target} target
 * @param {keyof Ports} kind
 */
export function startsListener({ service }, kind) {
  return `spectrix-lite serve --${kind} ${shellQuote(`${USUAL_PORTS[kind]}=${service}`)}`;
}

/** A title, a note and the lines. @param {string} title @param {string} code @param {string} [note] @returns {Block} */
export function block(title, code, note) {
  return note === undefined ? { title, code } : { title, note, code };
}

/** @param {string} origin */
export function apiAddress(origin) {
  return `${origin}/api/v1`;
}

/** @param {string} origin */
export function ingestAddress(origin) {
  return `${apiAddress(origin)}/ingest/logs`;
}

/** Where a hook key stands in the address itself. @param {Target} target */
export function hookAddress({ origin, hookKey }) {
  return `${origin}/in/${hookKey}`;
}

/**
 * The line that brings a middleware's file into the app.
 * @param {Target} target
 * @param {string} file its name under /sdk
 * @param {string} note
 * @returns {Block}
 */
export function download({ origin }, file, note) {
  return { title: file, note, code: `curl -O ${shellQuote(`${origin}/sdk/${file}`)}` };
}

/**
 * What both middlewares read from the environment.
 * @param {Target} target
 * @returns {Block}
 */
export function env({ origin, key }) {
  return {
    title: ".env",
    code: `SPECTRIX_API_KEY=${envQuote(key)}\nSPECTRIX_URL=${envQuote(apiAddress(origin))}`,
  };
}

/** One word for a POSIX shell, whatever it holds; plain words stay as they are. @param {string} text */
export function shellQuote(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * A string literal that JavaScript and Python read alike; JSON's escapes mean the same in both.
 * @param {string} text
 */
export function doubleQuote(text) {
  return JSON.stringify(text);
}

/** A value for a .env file; stream keys and addresses need no quotes. @param {string} text */
export function envQuote(text) {
  return /^[\w./:+@%,[\]-]*$/.test(text) ? text : doubleQuote(text);
}
