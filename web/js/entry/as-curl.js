/**
 * A request entry as a command that makes the request again. What a log says is quoted so that a shell reads it as
 * text; what may be a secret is left out, and so is whatever the log does not hold (a body, most headers).
 */

import { ExactNumber, parse } from "../lib/exact-json.js";

/** @typedef {import("./entry.js").Entry} Entry */
/** @typedef {{[name: string]: unknown}} Fields */

/** Stands for a host that the entry does not name: no command with it goes anywhere. */
const NO_HOST = "YOUR-HOST.invalid";

/** Headers worth sending again, and the names under which metadata knows them. None of them carries a secret. */
const HEADERS = /** @type {const} */ ([
  ["Accept", ["accept"]],
  ["Accept-Language", ["acceptLanguage", "accept-language"]],
  ["Content-Type", ["contentType", "content-type"]],
  ["Referer", ["referer", "referrer"]],
  ["User-Agent", ["userAgent", "user-agent", "user_agent"]],
  ["X-Request-Id", ["requestId", "x-request-id", "request_id"]],
]);

const SECRET =
  /token|secret|passw|pwd|passphrase|auth|session|sid$|sig|credential|jwt|otp|(?:^|[-_.])(?:key|code|pin)$|api-?_?key/i;
const METHOD = /^[!#$%&'*+.^_`|~0-9a-z-]{1,32}$/i;
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;
const LOCAL = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/i;

/**
 * The request that an entry is about as a curl command, without what may be a secret.
 * @param {Entry} entry
 * @returns {string | null} null: the entry is about no request
 */
export function curlOf({ method, endpoint, metadata }) {
  if (!endpoint || (method && !METHOD.test(method))) return null;
  const fields = /** @type {Fields} */ (metadata ? parse(metadata) : {});
  const verb = (method || "GET").toUpperCase();
  const words = [
    "curl",
    ...(verb === "GET" ? [] : verb === "HEAD" ? ["--head"] : ["-X", quote(verb)]),
    "--globoff",
    quote(address(endpoint, fields)),
  ];
  const headers = headersOf(fields).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`);
  return [words.join(" "), ...headers].join(" \\\n  ");
}

/**
 * @param {string} endpoint a path, or a whole address
 * @param {Fields} fields
 */
function address(endpoint, fields) {
  const whole = /^(https?):\/\/(?:[^/?#@]*@)?([^/?#]+)(.*)$/is.exec(endpoint);
  if (whole && HOST.test(whole[2])) return `${whole[1].toLowerCase()}://${whole[2]}${path(whole[3])}`;
  const named = text(fields, ["host", "hostname"]);
  const host = HOST.test(named) ? named : NO_HOST;
  const scheme = text(fields, ["protocol", "scheme"]).replace(/:$/, "").toLowerCase();
  const usual = LOCAL.test(host) ? "http" : "https";
  return `${scheme === "http" || scheme === "https" ? scheme : usual}://${host}${path(endpoint)}`;
}

/**
 * Without a fragment, which is never sent, and without what its parameters hold where that may be a secret.
 * @param {string} endpoint
 */
function path(endpoint) {
  const [before, ...search] = endpoint.replace(/#.*$/s, "").split("?");
  const query = search
    .join("?")
    .split("&")
    .map((part) => {
      const [name] = part.split("=", 1);
      return part.includes("=") && SECRET.test(decoded(name)) ? `${name}=LEFT-OUT` : part;
    })
    .join("&");
  const begun = before.startsWith("/") ? before : `/${before}`;
  // What a terminal or a proxy would take for something else is sent as the bytes that it is.
  return `${begun}${query && `?${query}`}`.replace(/[^!-~]/gu, (character) =>
    [...new TextEncoder().encode(character)].map(percent).join(""),
  );
}

/** @param {Fields} fields @returns {[name: string, value: string][]} */
function headersOf(fields) {
  const sent = Object.hasOwn(fields, "headers") && isFields(fields.headers) ? fields.headers : {};
  return HEADERS.flatMap(([name, names]) => {
    const value = (text(fields, names) || text(sent, [...names, name]))
      .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "")
      .trim();
    // another page's parameters are nobody's business
    const sendable = name === "Referer" ? value.replace(/[?#].*$/, "") : value;
    return sendable === "" ? [] : [/** @type {[string, string]} */ ([name, sendable])];
  });
}

/**
 * @param {Fields} fields
 * @param {readonly string[]} names
 * @returns {string} the first of them that is there; "" if none is
 */
function text(fields, names) {
  for (const name of names) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (typeof value === "string" || typeof value === "number" || value instanceof ExactNumber) return String(value);
  }
  return "";
}

/** @param {unknown} value @returns {value is Fields} */
function isFields(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {string} name */
function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** @param {number} byte */
function percent(byte) {
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

/**
 * One word for sh, bash, zsh: within single quotes nothing means anything but the quote itself.
 * @param {string} word
 */
function quote(word) {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
