/**
 * Spectrix for Node: an app's requests and logs, live in the dashboard.
 *
 *   const watch = spectrix({ source: "shop" });      // the key is in SPECTRIX_API_KEY
 *   app.use(watch);                                  // Express 4 and 5
 *   app.register(watch.fastify);                     // Fastify
 *   app.use(watch.koa);                              // Koa
 *   app.use(watch.hono);                             // Hono
 *   createServer(watch.wrap(handler));               // node:http
 *   watch.client.info("order paid", { order: 17 });
 *
 * Version 0.1.0, MIT licence. Made by tools/middleware.mjs from middleware/node/src: change it there.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import { Agent, request as httpRequest, } from "node:http";
import { Agent as SecureAgent, request as httpsRequest } from "node:https";
import { createRequire } from "node:module";
import { Writable } from "node:stream";
import { format, types } from "node:util";
import { Worker } from "node:worker_threads";

// --- redaction ------------------------------------------------------------------------------

/** What must not leave the app: secrets in texts, in URLs, and in members with a telling name. */

const REDACTED = "[redacted]";
const SECRET_ENDING = new RegExp("(password|passwd|passphrase|pwd|secret|token|" +
  "apikey|accesskey|secretkey|privatekey|signingkey|encryptionkey|authorization|cookie|credentials?)$");
const SECRET_NAMES = "auth cookies jwt sid sessionid otp cvv cvc ssn cardnumber creditcard".split(" ");
const SECRET_PARAMETERS = ["code", "key", "sig", "signature", "ticket", "assertion"];

/** Texts without any of these hold nothing that the patterns below would find; most have none. */
const SUSPICIOUS = /spx_v1_live_|bearer|basic|eyJ|:\/\/|=|" *:/i;
const STREAM_KEY = /\bspx_v1_live_[0-9A-Za-z]+/g;
const CREDENTIALS = /\b(bearer|basic)[ \t]+(?=[A-Za-z.~+/-]*[0-9_=])[A-Za-z0-9._~+/=-]{8,}/gi;
// Within a longer word, where it may begin at any hyphen, its first part is bounded: or one text could take long.
const WEB_TOKEN = /(?:(?<![\w-])eyJ[\w-]{5,}|\beyJ[\w-]{5,512})\.[\w-]+\.[\w-]*/g;
const URL_USER = /:\/\/[^\s/?#@:]*:[^\s/?#@]+@/g;
const PAIR = /(^|[?&;,\s])([A-Za-z0-9_.%-]{1,64})=([^&#;,\s"']+)/g;
const JSON_PAIR = /"([^"\\]{1,64})"( *: *)"(?:[^"\\]|\\.)+"/g;

/** Knows secrets by usual names and by `further` ones, in any case and however joined, and by their shape. */
class Redaction {
  #further;
  #known = new Map();

  constructor(further = []) {
    this.#further = new Set(further.map(plainName));
  }

  /** Whether a member of this name is a secret. */
  isSecretName(name) {
    let secret = this.#known.get(name);
    if (secret === undefined) {
      const plain = plainName(name);
      secret = SECRET_ENDING.test(plain) || SECRET_NAMES.includes(plain) || this.#further.has(plain);
      if (this.#known.size < 1000 && name.length <= 64)
        this.#known.set(name, secret);
    }
    return secret;
  }

  /** Whether a URL's parameter of this name, as it stands there, is a secret. */
  isSecretParameter(name) {
    const decoded = unescaped(name);
    return this.isSecretName(decoded) || SECRET_PARAMETERS.includes(plainName(decoded));
  }

  /** Stands for the value of a secret member; null, booleans and the empty text tell nothing and stay. */
  redactMember(value) {
    return value === null || value === "" || typeof value === "boolean" ? value : REDACTED;
  }

  redactText(text) {
    if (!SUSPICIOUS.test(text))
      return text;
    return text
      .replace(STREAM_KEY, REDACTED)
      .replace(CREDENTIALS, `$1 ${REDACTED}`)
      .replace(WEB_TOKEN, REDACTED)
      .replace(URL_USER, `://${REDACTED}@`)
      .replace(PAIR, (whole, before, name) => {
      const secret = before === "?" || before === "&" ? this.isSecretParameter(name) : this.isSecretName(name);
      return secret ? `${before}${name}=${REDACTED}` : whole;
    })
      .replace(JSON_PAIR, (whole, name, colon) => this.isSecretName(name) ? `"${name}"${colon}"${REDACTED}"` : whole);
  }

  /** A URL as it may be kept: without its query unless that is wanted, and never with a secret or beyond 2 KiB. */
  redactUrl(url, queries) {
    const end = url.search(queries ? /#/ : /[?#]/);
    let kept = end < 0 ? url : url.slice(0, end);
    const query = kept.indexOf("?");
    if (query >= 0) {
      const parameters = kept.slice(query + 1, query + 1 + 4096).split("&");
      kept = `${kept.slice(0, query)}?${parameters.map((pair) => this.#parameter(pair)).join("&")}`;
    }
    return cut(this.redactText(kept), 2048) || "/";
  }

  #parameter(pair) {
    const equals = pair.indexOf("=");
    if (equals < 0 || equals === pair.length - 1)
      return pair;
    const name = pair.slice(0, equals);
    return this.isSecretParameter(name) ? `${name}=${REDACTED}` : pair;
  }
}

/** The text as it is where it has at most so many bytes of UTF-8, else its beginning, cut at a character. */
function cut(text, maxBytes) {
  if (text.length * 3 <= maxBytes)
    return text;
  const bytes = Buffer.from(text.slice(0, maxBytes + 1));
  if (bytes.length <= maxBytes)
    return text;
  let end = maxBytes;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80)
    end--;
  return bytes.toString("utf8", 0, end);
}

function plainName(name) {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

function unescaped(name) {
  try {
    return decodeURIComponent(name);
  }
  catch {
    return name; // a stray % is a name like any other
  }
}

// --- probe ----------------------------------------------------------------------------------

/** What a value is, in few questions: it may be revoked, or throw, lie or never end when it is asked. */

/** Of one text, in bytes of UTF-8. */
const MAX_TEXT = 16_384;
const MAX_BITS = 4096; // of an integer: to write out a larger one takes long, and nobody could read it
const MAX_PROTOTYPES = 16; // a proxy's may be without end

/** Whether it is an error, also one of another realm. @throws nothing */
function isError(value) {
  if (typeof value !== "object" || value === null)
    return false;
  if (types.isNativeError(value))
    return true;
  try {
    let prototype = Object.getPrototypeOf(value);
    for (let steps = 0; prototype !== null && steps < MAX_PROTOTYPES; steps++) {
      if (prototype === Error.prototype)
        return true;
      prototype = Object.getPrototypeOf(prototype);
    }
  }
  catch {
    return false; // a proxy that is revoked, or doesn't want to be asked
  }
  return false;
}

/** Whether its members may be fields of an entry, and are not one long row. @throws nothing */
function isRecord(value) {
  try {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
  }
  catch {
    return false; // a proxy that is revoked
  }
}

/** What is no object, in words. @throws where it is a function whose own text does */
function primitive(value) {
  if (typeof value !== "bigint")
    return String(value);
  if (BigInt.asIntN(MAX_BITS, value) === value)
    return String(value);
  return `[integer of more than ${MAX_BITS} bits]`;
}

/** Stands for bytes. */
function bytesOf({ byteLength }) {
  return typeof byteLength === "number" ? `[${byteLength} bytes]` : "[bytes]";
}

/** Stands for a value that threw this when it was looked at. @throws nothing */
function threw(error) {
  try {
    const isGiven = typeof error !== "object" || error === null;
    const message = isGiven ? error : error.message;
    if (typeof message === "string")
      return `[threw: ${cut(message, MAX_TEXT)}]`;
    return isGiven && typeof message !== "function" ? `[threw: ${primitive(message)}]` : "[threw]";
  }
  catch {
    return "[threw]"; // what was thrown can't be read either
  }
}

// --- console --------------------------------------------------------------------------------

const CONSOLE_LEVELS = {
  log: "info",
  info: "info",
  warn: "warn",
  error: "error",
  debug: "debug",
};

/** Sends what goes to the console, which shows it as before. @returns puts the console back */
function captureConsole(sink) {
  let on = true;
  let inside = false;
  const restore = Object.keys(CONSOLE_LEVELS).map((name) => {
    const before = console[name];
    const captured = (...parts) => {
      before.apply(console, parts);
      if (!on || inside)
        return;
      inside = true; // what is converted to text here may write to the console itself
      try {
        const error = parts.find(isError);
        sink.push({ level: CONSOLE_LEVELS[name], message: textOf(parts), ...(error && { metadata: { error } }) });
      }
      finally {
        inside = false;
      }
    };
    console[name] = captured;
    return () => {
      if (console[name] === captured)
        console[name] = before;
    };
  });
  return () => {
    on = false;
    for (const one of restore)
      one();
  };
}

function textOf(parts) {
  try {
    return format(...parts);
  }
  catch {
    return "[unreadable]"; // the console itself has thrown already where this does
  }
}

// --- encode ---------------------------------------------------------------------------------

/**
 * Any value as JSON, whatever it is: what can't be sent is named in its place, secrets are replaced, and there is a
 * bound to depth, to texts, to the whole and to the time that it takes. One bad value never costs the entry, one bad
 * entry never its neighbours. What a value does when it is looked at is its own affair: it may throw, lie or be slow.
 */

const MAX_DEPTH = 32;
const ROOM = 65_536; // characters of an entry, so that even all escaped it fits a batch
const MAX_TIME = 100; // milliseconds, of which an entry usually takes some hundredths; values may have slow getters

const SURROGATE = /\p{Surrogate}/u; // matches lone ones only
const SURROGATES = /\p{Surrogate}/gu;

/** In this order, so that what matters most is there where not all of it has room. */
const FIELDS = ["message", "level", "timestamp", "source", "endpoint", "method", "statusCode"];
const APART = new Set([...FIELDS, "metadata"]);

/** @throws nothing */
function encode(draft, encoding) {
  const text = JSON.stringify(new Walk(encoding, ROOM).entry(draft));
  return { text, bytes: Buffer.byteLength(text) };
}

/** Members as JSON takes them without trouble. @throws nothing */
function plainMembers(members, encoding) {
  const given = { metadata: members };
  return asObject(new Walk(encoding, ROOM).entry({ given, timestamp: "", source: "" })["metadata"] ?? {});
}

/** A message, of whatever was given as one; an error's is its name and message. @throws nothing */
function messageOf(value, encoding) {
  if (typeof value === "string")
    return value.length > MAX_TEXT ? value.slice(0, MAX_TEXT + 1) : value;
  try {
    if (typeof value === "function")
      return cut(String(value), MAX_TEXT);
    if (typeof value !== "object" || value === null)
      return primitive(value);
    const walk = new Walk(encoding, MAX_TEXT);
    const text = isError(value) ? walk.title(value) : walk.json(value);
    return walk.truncated ? `${text}…` : text;
  }
  catch (error) {
    return threw(error);
  }
}

class Walk {
  truncated = false;
  #room;
  #above = [];
  #encoding;
  #deadline;

  /** @param room characters */
  constructor(encoding, room) {
    this.#encoding = encoding;
    this.#room = room;
    this.#deadline = encoding.monotonic() + MAX_TIME;
  }

  entry({ given, timestamp, source, ids, more }) {
    const record = { timestamp, source: this.#text(source), level: "info", message: "" };
    for (const name of FIELDS)
      this.#add(record, name, () => given[name], 0);
    const before = ids && this.#members(ids, 1);
    const after = more && this.#members(more, 1);
    this.#add(record, "metadata", () => given["metadata"], 0);
    if (before !== undefined || after !== undefined) {
      record["metadata"] = { ...before, ...beside(asObject(record["metadata"] ?? {}), after), ...after };
    }
    this.#rest(record, given);
    if (!this.truncated)
      return record;
    const metadata = record["metadata"];
    if (isObject(metadata))
      metadata["truncated"] = true;
    else
      record["truncated"] = true;
    return record;
  }

  json(value) {
    const plain = this.#plain(value, 1);
    if (typeof plain === "string")
      return plain;
    return JSON.stringify(plain) ?? cut(String(value), MAX_TEXT);
  }

  /** `TypeError: boom`, or the name alone. */
  title(error) {
    const parts = {};
    for (const name of ["name", "message"])
      this.#add(parts, name, () => error[name], 1);
    const text = (part) => (typeof part === "string" ? part : JSON.stringify(part));
    const [name, message] = [text(parts["name"] ?? "Error"), text(parts["message"] ?? "")];
    return message ? `${name}: ${message}` : name;
  }

  /** The value as JSON.stringify takes it without trouble; undefined where it is left out. */
  #plain(value, depth, converted = false) {
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "number":
        this.#room -= 8;
        return Number.isFinite(value) ? value : null;
      case "boolean":
        this.#room -= 4;
        return value;
      case "bigint":
        return this.#text(primitive(value));
      case "object":
        return value === null ? null : this.#object(value, depth, converted);
      default:
        return undefined;
    }
  }

  #members(value, depth) {
    const plain = {};
    for (const name of this.#names(value)) {
      if (!this.#fits(0))
        break;
      this.#add(plain, name, () => value[name], depth);
    }
    return plain;
  }

  /** Fields that the wire has no name for. */
  #rest(record, given) {
    try {
      for (const name of this.#names(given)) {
        if (!this.#fits(0))
          break;
        if (!APART.has(name))
          this.#add(record, name, () => given[name], 0);
      }
    }
    catch (error) {
      record["fields"] = this.#text(threw(error)); // a proxy's names
    }
  }

  /** Own names. A proxy is asked for one after the other: each costs a call of somebody's code. */
  #names(value) {
    return types.isProxy(value) ? this.#proxiedNames(value) : Object.keys(value);
  }

  *#proxiedNames(value) {
    for (const name of Reflect.ownKeys(value)) {
      if (!this.#fits(1))
        return;
      if (typeof name === "string" && Reflect.getOwnPropertyDescriptor(value, name)?.enumerable)
        yield name;
    }
  }

  #object(value, depth, converted) {
    if (this.#above.includes(value)) {
      if (!converted)
        return "[circular]";
    }
    else if (depth > MAX_DEPTH) {
      return "[deep]";
    }
    this.#above.push(value);
    try {
      return this.#opened(value, depth, converted);
    }
    catch (error) {
      return this.#text(threw(error));
    }
    finally {
      this.#above.pop();
    }
  }

  #opened(value, depth, converted) {
    if (types.isDate(value)) {
      return Number.isNaN(Date.prototype.getTime.call(value)) ? null : Date.prototype.toISOString.call(value);
    }
    if (isError(value))
      return this.#error(value, depth);
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value))
      return this.#text(bytesOf(value));
    const conversion = value.toJSON;
    if (typeof conversion === "function" && !converted)
      return this.#plain(conversion.call(value, ""), depth, true);
    if (types.isStringObject(value))
      return this.#plain(String.prototype.valueOf.call(value), depth);
    if (types.isNumberObject(value))
      return this.#plain(Number.prototype.valueOf.call(value), depth);
    if (types.isBooleanObject(value))
      return this.#plain(Boolean.prototype.valueOf.call(value), depth);
    if (Array.isArray(value) || types.isSet(value))
      return this.#list(value, depth);
    return types.isMap(value) ? this.#map(value, depth) : this.#members(value, depth);
  }

  #error(error, depth) {
    const plain = {};
    const read = (name) => {
      if (name in error && !(name in plain))
        this.#add(plain, name, () => error[name], depth);
    };
    for (const name of ["name", "message", "stack", "cause", "errors"])
      read(name);
    for (const name of this.#names(error)) {
      if (!this.#fits(0))
        break;
      read(name);
    }
    return plain;
  }

  #list(values, depth) {
    const plain = [];
    for (const value of values) {
      if (!this.#fits(2))
        break;
      plain.push(this.#plain(value, depth + 1) ?? null);
    }
    return plain;
  }

  #map(map, depth) {
    const plain = {};
    for (const [key, member] of map) {
      if (!this.#fits(0))
        break;
      this.#add(plain, this.#nameOf(key, depth + 1), () => member, depth);
    }
    return plain;
  }

  /** Of a map's member. */
  #nameOf(key, depth) {
    if (typeof key === "string")
      return key;
    if (typeof key !== "object" || key === null)
      return primitive(key);
    const plain = this.#plain(key, depth);
    return typeof plain === "string" ? plain : JSON.stringify(plain);
  }

  #add(plain, name, read, depth) {
    if (!this.#fits(name.length + 3))
      return;
    let value;
    try {
      value = read();
    }
    catch (error) {
      value = threw(error);
    }
    const { redaction } = this.#encoding;
    if (value !== undefined && redaction.isSecretName(name))
      value = redaction.redactMember(value);
    value = this.#plain(value, depth + 1);
    if (value === undefined)
      return;
    const key = wellFormed(name);
    if (key === "__proto__")
      Object.defineProperty(plain, key, { value, enumerable: true });
    else
      plain[key] = value;
  }

  #text(text) {
    let kept = cut(text, MAX_TEXT);
    if (kept.length < text.length)
      kept += "…";
    kept = this.#encoding.redaction.redactText(wellFormed(kept));
    if (kept.length <= Math.max(this.#room, 0)) {
      this.#room -= kept.length;
      return kept;
    }
    this.truncated = true;
    const begin = wellFormed(kept.slice(0, Math.max(this.#room, 0)));
    this.#room = 0;
    return `${begin}…`;
  }

  #fits(characters) {
    this.#room -= characters;
    if (this.#room > 0 && this.#encoding.monotonic() <= this.#deadline)
      return true;
    this.truncated = true;
    this.#room = 0;
    return false;
  }
}

function isObject(plain) {
  return typeof plain === "object" && plain !== null && !Array.isArray(plain);
}

function asObject(plain) {
  return isObject(plain) ? plain : { value: plain };
}

/** What has a name that is among the others' too gets a `_` before it, so that nothing is lost. */
function beside(own, others = {}) {
  const found = { ...own };
  for (const name of Object.keys(own)) {
    if (!Object.hasOwn(others, name))
      continue;
    let other = `_${name}`;
    while (Object.hasOwn(own, other) || Object.hasOwn(others, other))
      other = `_${other}`;
    found[other] = found[name];
    delete found[name];
  }
  return found;
}

/** Lone surrogates become U+FFFD: a receiver could refuse the whole body for one. */
function wellFormed(text) {
  return SURROGATE.test(text) ? text.replace(SURROGATES, "\ufffd") : text;
}

/**
 * The entries that wait, oldest first, bounded in number and in bytes: the oldest go where a new one doesn't fit.
 * What is on its way counts as well (`reserve`), so that the bound holds for all that is in memory.
 */
class Ring {
  #bounds;
  #entries = [];
  #head = 0;
  #bytes = 0;
  #reserved = { entries: 0, bytes: 0 };

  constructor(bounds) {
    this.#bounds = bounds;
  }

  get length() {
    return this.#entries.length - this.#head;
  }

  get bytes() {
    return this.#bytes;
  }

  /** The oldest, still in the ring. */
  peek() {
    return this.#entries[this.#head];
  }

  shift() {
    const entry = this.#entries[this.#head];
    if (entry === undefined)
      return undefined;
    this.#entries[this.#head++] = undefined;
    this.#bytes -= entry.bytes;
    if (this.#head > 1000 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  /** @returns how many entries had to go */
  push(entry) {
    this.#entries.push(entry);
    this.#bytes += entry.bytes;
    return this.#trim();
  }

  /** What is taken out but still kept elsewhere. */
  reserve(entries, bytes) {
    this.#reserved = { entries, bytes };
  }

  #trim() {
    let dropped = 0;
    while (this.length > 0 &&
      (this.length + this.#reserved.entries > this.#bounds.entries ||
        this.#bytes + this.#reserved.bytes > this.#bounds.bytes)) {
      this.shift();
      dropped++;
    }
    return dropped;
  }
}

// --- batch ----------------------------------------------------------------------------------

const FRAME = '{"logs":[]}'.length;

/** Entries that go in one request. It keeps its key across retries, so that a server takes it once. */
class Batch {
  key;
  entries;
  /** How many entries were lost in front of it, which its first entry tells. */
  told;
  attempts = 0;

  constructor(key, entries, told) {
    this.key = key;
    this.entries = entries;
    this.told = told;
  }

  get bytes() {
    return bodyBytes(this.entries);
  }

  get body() {
    return `{"logs":[${this.entries.map((entry) => entry.text).join(",")}]}`;
  }

  /** How many entries are the app's own. */
  get count() {
    return this.entries.length - (this.told.total > 0 ? 1 : 0);
  }

  halves(id) {
    const middle = Math.ceil(this.entries.length / 2);
    return [
      new Batch(id(), this.entries.slice(0, middle), this.told),
      new Batch(id(), this.entries.slice(middle), new Losses()),
    ];
  }
}

/** As many of the oldest as fit, at least one where there is one; `first` goes before them. */
function takeEntries(ring, most, first) {
  const entries = first === undefined ? [] : [first];
  let bytes = bodyBytes(entries);
  for (let next = ring.peek(); next !== undefined; next = ring.peek()) {
    const larger = bytes + next.bytes + (entries.length > 0 ? 1 : 0);
    if (entries.length > 0 && (entries.length >= most.entries || larger > most.bytes))
      break;
    entries.push(next);
    bytes = larger;
    ring.shift();
  }
  return entries;
}

/** Entries that were lost since the last time it was told, by cause. */
class Losses {
  /** By a full buffer. */
  overflow;
  /** By a server that will never take them. */
  refused;

  constructor(overflow = 0, refused = 0) {
    this.overflow = overflow;
    this.refused = refused;
  }

  get total() {
    return this.overflow + this.refused;
  }

  add(other) {
    this.overflow += other.overflow;
    this.refused += other.refused;
  }

  /** All of it; nothing is left. */
  take() {
    const taken = new Losses(this.overflow, this.refused);
    this.overflow = this.refused = 0;
    return taken;
  }

  /** The entry that tells it, or null where nothing was lost. */
  entry() {
    const { overflow, refused, total } = this;
    if (total === 0)
      return null;
    const causes = { ...(overflow > 0 && { overflow }), ...(refused > 0 && { refused }) };
    const words = [overflow > 0 && `${overflow} by a full buffer`, refused > 0 && `${refused} refused by the server`];
    const were = total === 1 ? "entry was" : "entries were";
    return {
      level: "warn",
      message: `${total} ${were} dropped: ${words.filter(Boolean).join(", ")}`,
      metadata: { dropped: total, causes },
    };
  }
}

function bodyBytes(entries) {
  return entries.reduce((sum, entry) => sum + entry.bytes, FRAME + Math.max(entries.length - 1, 0));
}

const MAX_ANSWER = 65_536; // bytes

const plain = new Agent({ keepAlive: true });
const secure = new SecureAgent({ keepAlive: true });

/**
 * POSTs as fetch does, for a fraction of the time that fetch takes from the app. A redirect is an answer like any.
 *
 * @throws where no answer began
 */
function send(url, sending) {
  const { body } = sending; // text, as most answers of the app are: V8's feedback for what both go through stays narrow
  const headers = { ...sending.headers, "Content-Length": String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const { signal } = sending;
    const options = { method: "POST", headers, signal };
    const request = url.startsWith("https:")
      ? httpsRequest(url, { ...options, agent: secure })
      : httpRequest(url, { ...options, agent: plain });
    let answered = false;
    request.on("response", (response) => {
      answered = true;
      received(response, resolve);
    });
    request.on("error", (error) => {
      if (answered)
        return;
      if (signal.aborted)
        reject(signal.reason);
      else if (request.reusedSocket && isCut(error))
        send(url, sending).then(resolve, reject); // closed while idle
      else
        reject(error);
    });
    request.end(body);
  });
}

/** The status alone decides, so a body that is cut off, or never ends, costs nothing. */
function received(response, resolve) {
  const { statusCode: status = 0, headers } = response;
  let body = "";
  response.setEncoding("utf8");
  response.on("data", (part) => {
    body += part;
    if (body.length > MAX_ANSWER)
      response.destroy();
  });
  response.on("error", () => undefined); // it is closed then
  response.on("close", () => resolve({ status, retryAfter: headers["retry-after"] ?? null, body }));
}

function isCut({ code }) {
  return code === "ECONNRESET" || code === "EPIPE";
}

const ID_PREFIX = randomBytes(10).toString("hex"); // new in each process; what follows counts
let ids = 0;

/** That of Node. */
const REAL_ENVIRONMENT = {
  send,
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  id: () => ID_PREFIX + (++ids).toString(16).padStart(12, "0"),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (timer) => clearTimeout(timer),
  writeLine: (line) => void process.stderr.write(`${line}\n`),
};

// --- warnings -------------------------------------------------------------------------------

const MINUTE = 60_000;

/** Says what goes wrong to whoever runs the app: one line a minute, whatever happens. */
class Warnings {
  #environment;
  #last = -Infinity;

  constructor(environment) {
    this.#environment = environment;
  }

  warn(line) {
    if (this.#environment.monotonic() - this.#last >= MINUTE)
      this.warnNow(line);
  }

  /** Also within the minute: for what can't be said later. */
  warnNow(line) {
    this.#last = this.#environment.monotonic();
    this.#environment.writeLine(`spectrix: ${line.slice(0, 500).replace(/[\p{Cc}\p{Cf}]+/gu, " ")}`);
  }
}

/** What happened, with its causes: an error of the network often says nothing itself. */
function describe(error) {
  const words = [];
  for (let next = error; next !== undefined && next !== null && words.length < 5;) {
    const { message, code, errors, cause } = next;
    const text = typeof message === "string" && message ? message : typeof code === "string" ? code : "";
    if (text && !words.includes(text))
      words.push(text);
    next = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return words.join(": ") || String(error);
}

/** Sends a batch once. It never throws: whatever goes wrong is an answer. `abort` ends it early. */
async function post(batch, target, environment, abort) {
  const { timeout } = target;
  const late = environment.setTimeout(() => abort.abort(new Error(`no answer within ${timeout} ms`)), timeout);
  late.unref?.();
  try {
    const sending = { ...request(batch, target.apiKey), signal: abort.signal };
    const { status, retryAfter, body } = await environment.send(ingestUrl(target.baseUrl), sending);
    const told = objectOf(body);
    const taken = status >= 200 && status < 300;
    const rejected = taken && typeof told["rejected"] === "number" ? told["rejected"] : 0;
    return { status, retryAfter, problem: taken ? rejection(rejected, told) : refusal(status, told), rejected };
  }
  catch (error) {
    return { status: null, retryAfter: null, problem: describe(error), rejected: 0 };
  }
  finally {
    environment.clearTimeout(late);
  }
}

/** The URL that batches are sent to. */
function ingestUrl(baseUrl) {
  return `${baseUrl}/ingest/logs`;
}

/** Headers and body of a batch's request, the same for each attempt. */
function request(batch, apiKey) {
  const headers = {
    Authorization: `Bearer ${apiKey}`,
    "Content-Type": "application/json",
    "Idempotency-Key": batch.key,
  };
  return { headers, body: batch.body };
}

/** The JSON object in an answer; empty where there is none. */
function objectOf(text) {
  try {
    const body = JSON.parse(text);
    return typeof body === "object" && body !== null ? body : {};
  }
  catch {
    return {}; // no JSON, or cut off
  }
}

function refusal(status, body) {
  // Following one would turn POST into GET, and what answers it would look like success.
  if (status >= 300 && status < 400)
    return `HTTP ${status}, a redirect, which is not followed`;
  const detail = body["detail"] ?? body["title"];
  return typeof detail === "string" ? `${status}: ${detail}` : `HTTP ${status}`;
}

function rejection(rejected, body) {
  if (rejected === 0)
    return "";
  const errors = Array.isArray(body["errors"]) ? body["errors"] : [];
  const reasons = new Set(errors.map((error) => String(error.reason)));
  const were = rejected === 1 ? "entry was" : "entries were";
  return `${rejected} ${were} rejected: ${[...reasons].join(", ") || "no reason given"}`;
}

// --- exit-flush -----------------------------------------------------------------------------

/**
 * Runs beside the thread that waits for it. `done[0]` is set at the end, `done[1]` counts the batches taken. Not fetch,
 * which takes longer to load than all the rest together.
 */
const SENDER = `
const { workerData: { url, requests, done } } = require("node:worker_threads");
const { Agent, request } = require(url.startsWith("https:") ? "node:https" : "node:http");
const agent = new Agent({ keepAlive: true });
function end() {
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
  agent.destroy();
}
function send([first, ...rest]) {
  if (first === undefined) return end();
  const body = Buffer.from(first.body);
  const headers = { ...first.headers, "Content-Length": String(body.length) };
  request(url, { method: "POST", headers, agent }, (response) => {
  if (response.statusCode < 200 || response.statusCode > 299) return end();
  Atomics.add(done, 1, 1);
  response.on("close", () => send(rest)).on("error", () => {}).resume();
  }).on("error", end).end(body);
}
send(requests);`;

/**
 * Sends batches while the process exits and its own event loop no longer turns: a thread sends, this one waits, but not
 * beyond the timeout.
 *
 * @returns how many of the batches were taken
 */
function flushAtExit(batches, { baseUrl, apiKey, timeout }) {
  const done = new Int32Array(new SharedArrayBuffer(8));
  const requests = batches.map((batch) => request(batch, apiKey));
  try {
    const workerData = { url: ingestUrl(baseUrl), requests, done };
    const apart = { execArgv: [], stdout: true, stderr: true };
    const worker = new Worker(SENDER, { eval: true, workerData, ...apart });
    worker.on("error", () => undefined); // it is told by what is left
    worker.unref();
    Atomics.wait(done, 0, 0, timeout);
  }
  catch {
    return 0; // where threads are not allowed, what is left is told all the same
  }
  return Atomics.load(done, 1);
}

const SHORTEST = 500; // milliseconds
const LONGEST = 30_000;
const LONGEST_ASKED = 300_000;

/** The verdict on an attempt. @throws nothing */
function judge({ status, attempt, entries, retryAfter, now, random }) {
  if (status !== null) {
    if (status >= 200 && status < 300)
      return { action: "done" };
    if (status === 413)
      return { action: entries > 1 ? "halve" : "drop" };
    if (status >= 400 && status < 500 && status !== 408 && status !== 429)
      return { action: "drop" };
  }
  const longest = Math.min(LONGEST, SHORTEST * 2 ** attempt);
  const delay = Math.round(SHORTEST + random * (longest - SHORTEST));
  return { action: "retry", delay: Math.max(delay, asked(retryAfter, now)) };
}

/** Retry-After in milliseconds, 0 where there is none that can be read. */
function asked(retryAfter, now) {
  if (retryAfter === null)
    return 0;
  const text = retryAfter.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : /[a-z]/i.test(text) ? Date.parse(text) - now : 0;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), LONGEST_ASKED);
}

const MAX_BUFFER_BYTES = 5 * 2 ** 20;
const MAX_BATCH_ENTRIES = 500;
const MAX_BATCH_BYTES = 512 * 1024;
const MIN_BATCH_BYTES = 64 * 1024; // what 413 may bring it down to, so that one large entry doesn't slow all others
const NO_KEY_PAUSE = 1000; // milliseconds; it may be set meanwhile

/**
 * Brings entries to the server: in order, once, in batches, one request at a time. It never throws and never rejects;
 * what it can't do it warns of, and what it had to drop it tells by an entry in front of those that follow.
 */
class Delivery {
  #sender;
  #environment;
  #warnings;
  #ring;
  #batchEntries;
  #losses = new Losses();
  #stats = { sent: 0, dropped: 0, rejected: 0, requests: 0 };
  /** Taken out of the ring and not settled yet: the first is tried until it is. */
  #outstanding = [];
  #batchBytes = MAX_BATCH_BYTES;
  #running = true;
  #timer;
  #timerIsFinal = false; // nothing that comes in makes it ring earlier
  #backoff = 0; // milliseconds from the last attempt to the next; 0 where the last one went well
  #pumping;
  #abort;

  constructor(sender, environment, warnings) {
    this.#sender = sender;
    this.#environment = environment;
    this.#warnings = warnings;
    this.#batchEntries = Math.min(MAX_BATCH_ENTRIES, Math.ceil(sender.maxBufferSize / 2));
    this.#ring = new Ring({ entries: sender.maxBufferSize, bytes: MAX_BUFFER_BYTES });
  }

  get stats() {
    return { waiting: this.waiting, ...this.#stats };
  }

  get waiting() {
    return this.#outstanding.reduce((sum, batch) => sum + batch.count, this.#ring.length);
  }

  push(entry) {
    const dropped = this.#ring.push(entry);
    if (dropped > 0) {
      this.#losses.overflow += dropped;
      this.#stats.dropped += dropped;
      const { total } = this.#losses;
      this.#warnings.warn(`the buffer is full: ${total} dropped since the last delivery, ${this.waiting} waiting`);
    }
    this.#arm();
  }

  start() {
    this.#running = true;
    this.#arm();
  }

  /** Sends no longer on its own; what waits is tried once more. */
  stop() {
    this.#running = false;
    this.#disarm();
    return this.#pump();
  }

  /** Resolves when what waits has been sent, or couldn't be; at once while the server needs a pause. */
  async flush() {
    await this.#pumping;
    if (this.#backoff === 0)
      await this.#pump();
  }

  /** One attempt, whatever pause the server needs, ended after so many milliseconds. */
  async flushWithin(timeout) {
    const late = this.#environment.setTimeout(() => this.#abort?.abort(new Error("the process ends")), timeout);
    late.unref?.();
    await this.#pumping;
    if (this.waiting > 0)
      await this.#pump();
    this.#environment.clearTimeout(late);
  }

  /** As many attempts as fit into so many milliseconds, with the pauses that the server needs. */
  async drain(timeout) {
    const deadline = this.#environment.monotonic() + timeout;
    while (this.waiting > 0 && this.#sender.key() !== undefined) {
      const left = deadline - this.#environment.monotonic();
      if (left <= 0)
        break;
      await this.flushWithin(left);
      if (this.#backoff === 0)
        continue;
      const pause = Math.min(this.#backoff, deadline - this.#environment.monotonic());
      this.#disarm();
      if (pause > 0)
        await new Promise((resolve) => void this.#environment.setTimeout(resolve, pause));
    }
  }

  /** Sends what waits before it returns, for the end of a process; not to a server that is known to be down. */
  drainNow(timeout) {
    const { baseUrl } = this.#sender;
    const key = this.#sender.key();
    if (key === undefined || this.#backoff > 0 || this.waiting === 0)
      return;
    const batches = [...this.#outstanding];
    while (this.#ring.length > 0)
      batches.push(this.#takeBatch());
    const sent = flushAtExit(batches, { baseUrl, apiKey: key, timeout });
    this.#setOutstanding(batches.slice(sent));
  }

  /** Nothing is sent any more. */
  end() {
    this.#running = false;
    this.#disarm();
    const left = this.waiting;
    if (left === 0)
      return;
    this.#warnings.warnNow(`${left} ${left === 1 ? "entry" : "entries"} could not be sent before the end`);
  }

  warnOfMissingKey() {
    this.#warnings.warn("no stream key: set SPECTRIX_API_KEY or the option apiKey; until then nothing is sent");
  }

  get #batchIsFull() {
    return this.#ring.length >= this.#batchEntries || this.#ring.bytes >= this.#batchBytes;
  }

  /** Sees to it that what waits goes out in time: at once when a batch is full, unless the server needs a pause. */
  #arm() {
    if (!this.#running || this.#pumping !== undefined || this.#timerIsFinal)
      return;
    const full = this.#batchIsFull;
    if ((this.#timer !== undefined && !full) || this.waiting === 0)
      return;
    this.#disarm();
    const pause = this.#sender.key() === undefined ? NO_KEY_PAUSE : this.#backoff;
    const wait = pause > 0 ? pause : full ? 0 : this.#sender.interval;
    this.#timerIsFinal = pause > 0 || full;
    this.#timer = this.#environment.setTimeout(() => {
      this.#disarm();
      void this.#pump();
    }, wait);
    this.#timer.unref?.();
  }

  #disarm() {
    if (this.#timer !== undefined)
      this.#environment.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerIsFinal = false;
  }

  #pump() {
    return (this.#pumping ??= this.#sendWhatWaits().finally(() => {
      this.#pumping = undefined;
      this.#arm();
    }));
  }

  /** What waited when it began, and full batches; what comes meanwhile waits for its interval. */
  async #sendWhatWaits() {
    this.#disarm();
    let due = this.waiting;
    while (due > 0 || (this.#running && this.#batchIsFull)) {
      const { baseUrl, timeout } = this.#sender;
      const key = this.#sender.key();
      if (key === undefined) {
        return this.warnOfMissingKey();
      }
      if (this.#outstanding.length === 0 && this.#ring.length > 0)
        this.#setOutstanding([this.#takeBatch()]);
      const batch = this.#outstanding[0];
      if (batch === undefined)
        return;
      batch.attempts++;
      this.#stats.requests++;
      this.#abort = new AbortController();
      const answer = await post(batch, { baseUrl, apiKey: key, timeout }, this.#environment, this.#abort);
      this.#abort = undefined;
      const before = this.waiting;
      this.#settle(batch, answer);
      if (this.#backoff > 0)
        return;
      due -= before - this.waiting;
    }
  }

  #takeBatch() {
    const told = this.#losses.take();
    const loss = told.entry();
    const first = loss === null ? undefined : this.#sender.encodeLoss(loss);
    const most = { entries: MAX_BATCH_ENTRIES, bytes: this.#batchBytes };
    return new Batch(this.#environment.id(), takeEntries(this.#ring, most, first), told);
  }

  #setOutstanding(batches) {
    this.#outstanding = batches;
    const sum = (of) => batches.reduce((total, batch) => total + of(batch), 0);
    this.#ring.reserve(sum((batch) => batch.count), sum((batch) => batch.bytes));
  }

  #settle(batch, { status, retryAfter, problem, rejected }) {
    const rest = this.#outstanding.slice(1);
    const verdict = judge({
      status,
      attempt: batch.attempts,
      entries: batch.entries.length,
      retryAfter,
      now: this.#environment.now(),
      random: this.#environment.random(),
    });
    this.#backoff = verdict.action === "retry" ? verdict.delay : 0;
    switch (verdict.action) {
      case "done":
        this.#setOutstanding(rest);
        this.#stats.sent += batch.count;
        this.#stats.rejected += rejected;
        if (problem)
          this.#warnings.warn(problem);
        break;
      case "drop":
        this.#setOutstanding(rest);
        this.#losses.add(batch.told);
        this.#losses.refused += batch.count;
        this.#stats.dropped += batch.count;
        this.#warnings.warn(`${this.#sender.address} refused ${batch.count} for good (${problem}): dropped`);
        break;
      case "halve":
        this.#batchBytes = Math.max(MIN_BATCH_BYTES, Math.min(this.#batchBytes, Math.floor(batch.bytes / 2)));
        this.#setOutstanding([...batch.halves(this.#environment.id), ...rest]);
        break;
      case "retry":
        this.#warnings.warn(`cannot send to ${this.#sender.address} (${problem}); ${this.waiting} waiting`);
        break;
    }
  }
}

// --- instant --------------------------------------------------------------------------------

let second = NaN;
let begin = "";

/** Epoch milliseconds as the text that toISOString() makes. Of those within one second, only the end is made anew. */
function instant(at) {
  const whole = Math.floor(at / 1000);
  if (whole !== second) {
    begin = new Date(whole * 1000).toISOString().slice(0, -"000Z".length);
    second = whole;
  }
  return `${begin}${String(Math.floor(at - whole * 1000)).padStart(3, "0")}Z`;
}

const SHARED = Symbol.for("spectrix.shared.v1");

/** It is made at the first call. */
function shared() {
  const home = globalThis;
  return (home[SHARED] ??= {
    traces: new AsyncLocalStorage(),
    participants: new Set(),
    unlisten: undefined,
  });
}

// --- process --------------------------------------------------------------------------------

/** The process that the middleware lives in: how it ends, without any change to whether, when and how it does. */

const FLUSH_TIMEOUT = 2000;
const EXIT_TIMEOUT = 1000;
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"];

/** @returns leaves again */
function join(participant) {
  const home = shared();
  home.unlisten ??= listen();
  home.participants.add(participant);
  return () => {
    home.participants.delete(participant);
    if (home.participants.size > 0)
      return;
    home.unlisten?.();
    home.unlisten = undefined;
  };
}

/** @returns listens no longer */
function listen() {
  process.on("beforeExit", beforeExit);
  process.on("exit", exit);
  process.on("uncaughtExceptionMonitor", uncaught);
  for (const signal of SIGNALS)
    process.on(signal, signalled);
  return () => {
    process.off("beforeExit", beforeExit);
    process.off("exit", exit);
    process.off("uncaughtExceptionMonitor", uncaught);
    for (const signal of SIGNALS)
      process.off(signal, signalled);
  };
}

/** Once: an app that logs here would never come to its end. */
function beforeExit() {
  process.off("beforeExit", beforeExit);
  void flushAll();
}

function exit() {
  for (const participant of [...shared().participants])
    participant.exit(EXIT_TIMEOUT);
}

function uncaught(error, origin) {
  for (const participant of shared().participants)
    participant.uncaught(error, origin);
}

/** A signal that the app handles is the app's. Else it does what it would have, after one flush; a second, at once. */
function signalled(signal) {
  const own = process.listenerCount(signal) === 1;
  const flushed = flushAll();
  if (!own)
    return;
  for (const each of SIGNALS)
    process.off(each, signalled);
  void flushed.then(() => process.kill(process.pid, signal));
}

async function flushAll() {
  await Promise.all([...shared().participants].map((participant) => participant.flush(FLUSH_TIMEOUT)));
}

// --- pieces ---------------------------------------------------------------------------------

const MOST_PIECES = 500;
const LONGEST_PIECE = 256; // characters

/** Pieces of JSON by the text that they are made of: an app's requests have the same few again and again. */
class Pieces {
  #made = new Map();
  #make;

  constructor(make) {
    this.#make = make;
  }

  of(text) {
    let piece = this.#made.get(text);
    if (piece !== undefined)
      return piece;
    piece = this.#make(text);
    if (text.length > LONGEST_PIECE)
      return piece;
    if (this.#made.size >= MOST_PIECES)
      this.#made.clear();
    this.#made.set(text, piece);
    return piece;
  }
}

// --- request-text ---------------------------------------------------------------------------

const MAX_USER_AGENT = 256; // bytes

/** Writes the entries of requests, as JSON.stringify would, of pieces that most have in common. */
class RequestText {
  #redaction;
  #queries;
  /** Without the quotes around them. */
  #endpoints;
  #methods = new Pieces((method) => JSON.stringify(method).slice(1, -1));
  #routes = new Pieces((route) => JSON.stringify(route));
  #sources;
  #agents;

  constructor(redaction, queries) {
    this.#redaction = redaction;
    this.#queries = queries;
    this.#endpoints = new Pieces((url) => JSON.stringify(this.#redaction.redactUrl(url, this.#queries)).slice(1, -1));
    this.#sources = new Pieces((source) => JSON.stringify(this.#redaction.redactText(source)));
    this.#agents = new Pieces((agent) => JSON.stringify(this.#redaction.redactText(cut(agent, MAX_USER_AGENT))));
  }

  of(ended, source) {
    const { requestId, traceId, route, status, agent, ip } = ended;
    const method = this.#methods.of(ended.method);
    const endpoint = this.#endpoints.of(ended.url);
    let text = `{"timestamp":"${instant(ended.at)}","source":${this.#sources.of(source)},"level":"${ended.level}",` +
      `"message":"${method} ${endpoint}","endpoint":"${endpoint}","method":"${method}",`;
    if (status !== null)
      text += `"statusCode":${status | 0},`;
    text += `"metadata":{"requestId":"${requestId}"`;
    if (traceId !== undefined)
      text += `,"traceId":"${traceId}"`;
    text += `,"duration":${Math.round(ended.duration * 100) / 100}`;
    if (route !== undefined)
      text += `,"route":${this.#routes.of(route)}`;
    if (ended.aborted)
      text += ',"aborted":true';
    if (agent !== undefined)
      text += `,"userAgent":${this.#agents.of(agent)}`;
    if (ip !== undefined)
      text += `,"ip":${JSON.stringify(ip)}`;
    if (ended.more)
      text += `,${ended.more}`;
    return `${text}}}`;
  }
}

/** What is given, else the environment, else the default. What makes no sense is said and left at its default. */
function readSettings(options, variables, environment) {
  const number = (name, fallback) => {
    const value = options[name] ?? fallback;
    if (typeof value === "number" && value >= 0 && value < 2 ** 31)
      return value;
    environment.writeLine(`spectrix: ${name} is to be a number from 0; going on with ${fallback}`);
    return fallback;
  };
  const text = (name, variable) => {
    const value = options[name] ?? (variable === undefined ? undefined : variables[variable]);
    if (typeof value === "string" && value.trim() !== "")
      return value.trim();
    if (value !== undefined && value !== null && typeof value !== "string") {
      environment.writeLine(`spectrix: ${name} is to be a text; going on without it`);
    }
    return undefined;
  };
  return {
    apiKey: text("apiKey", "SPECTRIX_API_KEY"),
    baseUrl: (text("baseUrl", "SPECTRIX_URL") ?? "http://localhost:4000/api/v1").replace(/\/+$/, ""),
    source: text("source") ?? "node-app",
    interval: number("interval", 2000),
    maxBufferSize: number("maxBufferSize", 10_000),
    timeout: number("timeout", 5000),
    queries: options.queries ?? false,
    ip: options.ip ?? false,
    redact: Array.isArray(options.redact) ? options.redact.map(String) : [],
    console: options.console ?? false,
    errors: options.errors ?? true,
  };
}

// --- trace ----------------------------------------------------------------------------------

/** One request's name: it goes with everything that the app logs while it serves that request. */

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;
const REQUEST_ID = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** From X-Request-Id, else from traceparent, whose parent names this request among those of its trace, else new. */
class RequestTrace {
  traceId = undefined;
  fields = undefined;
  failure = undefined;
  /** A new one is made when somebody asks for it, which is seldom before the request is over. */
  id = undefined;
  newId;

  constructor(headers, newId) {
    this.newId = newId;
    const given = headers["x-request-id"];
    const parent = headers["traceparent"];
    if (typeof parent === "string") {
      const [, version, trace, span, more] = TRACEPARENT.exec(parent) ?? [];
      if (version !== "00" || more === undefined)
        [this.traceId, this.id] = [trace, span];
    }
    if (typeof given === "string" && REQUEST_ID.test(given))
      this.id = given;
  }

  get requestId() {
    return (this.id ??= this.newId());
  }
}

/** The trace of the request that is being served where this is called. */
function currentTrace() {
  return storage().getStore();
}

/** Calls back so that whatever follows from it has this trace. */
function within(trace, callback) {
  return storage().run(trace, callback);
}

let traces;

function storage() {
  return (traces ??= shared().traces);
}

// --- client ---------------------------------------------------------------------------------

const CLOSE_TIMEOUT = 5000; // milliseconds

/** Takes an app's entries and has them delivered. Nothing it does throws or rejects into the app. */
class SpectrixClient {
  apiKey;
  source;
  baseUrl;
  interval;
  maxBufferSize;

  /** @internal */
  settings;
  /** @internal */
  redaction;
  /** @internal */
  requestText;
  /** @internal */
  newId;
  #environment;
  #warnings;
  #delivery;
  #errorsTold = new WeakSet();
  #leave = [];
  #closing;
  #closed = false;

  /** @param environment replaces parts of clock, network and chance in tests */
  constructor(options = {}, environment = {}) {
    this.#environment = { ...REAL_ENVIRONMENT, ...environment };
    const settings = readSettings(options, process.env, this.#environment);
    this.settings = settings;
    this.apiKey = settings.apiKey;
    this.source = settings.source;
    this.baseUrl = settings.baseUrl;
    this.interval = settings.interval;
    this.maxBufferSize = settings.maxBufferSize;
    this.redaction = new Redaction(settings.redact);
    this.requestText = new RequestText(this.redaction, settings.queries);
    this.newId = this.#environment.id;
    this.#warnings = new Warnings(this.#environment);
    this.#delivery = new Delivery(this.#asSender(), this.#environment, this.#warnings);
    if (settings.console)
      this.#leave.push(captureConsole(this));
    this.#leave.push(join({
      flush: (timeout) => this.#delivery.flushWithin(timeout),
      exit: (timeout) => {
        this.#delivery.drainNow(timeout);
        this.#end();
      },
      uncaught: (error, origin) => {
        if (settings.errors)
          this.recordError(error, { origin });
      },
    }));
    if (this.#key === undefined)
      this.#delivery.warnOfMissingKey();
  }

  get stats() {
    return this.#delivery.stats;
  }

  /** Sends on its own from now on, as it does from the beginning. */
  start() {
    if (!this.#closed)
      this.#delivery.start();
  }

  /** Sends no longer on its own; what waits is tried once more. Entries are still taken, up to the bound. */
  stop() {
    return this.#delivery.stop();
  }

  /** Resolves when what waits has been sent, or couldn't be; while the server is down, at once. */
  flush() {
    return this.#delivery.flush();
  }

  /**
   * Sends what waits, trying again for as long as `timeout` milliseconds; after that no entries are taken any more.
   * Call it, and wait for it, before process.exit().
   */
  close({ timeout = CLOSE_TIMEOUT } = {}) {
    return (this.#closing ??= this.#delivery.drain(timeout).then(() => this.#end()));
  }

  /** Takes an entry. It is encoded here and now, so that what happens to its metadata later doesn't show. */
  push(log) {
    this.#push(log, currentTrace());
  }

  info(message, metadata = {}) {
    this.#log("info", message, metadata);
  }

  warn(message, metadata = {}) {
    this.#log("warn", message, metadata);
  }

  error(message, metadata = {}) {
    this.#log("error", message, metadata);
  }

  debug(message, metadata = {}) {
    this.#log("debug", message, metadata);
  }

  /** Adds members to the metadata of the one entry of the request that is served here; outside of one, nothing. */
  set(members) {
    const trace = currentTrace();
    if (trace === undefined || !isRecord(members))
      return;
    try {
      trace.fields = { ...trace.fields, ...members };
    }
    catch (error) {
      this.#warnings.warn(`what was set could not be taken: ${messageOf(error, this)}`);
    }
  }

  /**
   * Headers for a request to another service, whose entries then have the same `traceId` as those of the request that
   * is being served here. That has a new one from now on where none came in.
   */
  traceHeaders() {
    const trace = currentTrace();
    const traceId = trace?.traceId ?? this.newId();
    if (trace !== undefined)
      trace.traceId = traceId;
    const id = this.newId(); // its end counts
    return { traceparent: `00-${traceId}-${id.slice(0, 8)}${id.slice(-8)}-01` };
  }

  /** An error that nobody caught, as an entry; the same error once, however many tell of it. */
  recordError(error, { origin, trace = currentTrace() } = {}) {
    if (typeof error === "object" && error !== null) {
      if (this.#errorsTold.has(error))
        return;
      this.#errorsTold.add(error);
    }
    const text = messageOf(error, this);
    const [message, plain] = isError(error)
      ? [text, error]
      : [text === "" ? "Error" : `Error: ${text}`, { name: "Error", message: text }];
    if (trace !== undefined)
      trace.failure = message;
    this.#push({ level: "error", message }, trace, { ...(origin && { origin }), error: plain });
  }

  /** @internal */
  pushEncoded(entry) {
    if (!this.#closed)
      this.#delivery.push(entry);
  }

  /** @internal The source, whatever an app without types has made of it. */
  get sourceName() {
    const source = this.source;
    return typeof source === "string" ? source : this.settings.source;
  }

  /** @internal Epoch milliseconds. */
  now() {
    return this.#environment.now();
  }

  /** @internal Milliseconds that never go back. */
  monotonic() {
    return this.#environment.monotonic();
  }

  #asSender() {
    return {
      key: () => this.#key,
      baseUrl: this.baseUrl,
      address: this.redaction.redactUrl(this.baseUrl, false),
      interval: this.interval,
      timeout: this.settings.timeout,
      maxBufferSize: this.maxBufferSize,
      encodeLoss: (loss) => encode(this.#draft(loss, undefined), this),
    };
  }

  /** A key that a header can carry. */
  get #key() {
    const key = this.apiKey; // an app without types may have set anything
    return typeof key === "string" && /^[\x21-\x7e]+$/.test(key.trim()) ? key.trim() : undefined;
  }

  #log(level, message, metadata) {
    const more = isError(message) ? { error: message } : undefined;
    this.#push({ level, message: messageOf(message, this), metadata }, currentTrace(), more);
  }

  #push(log, trace, more) {
    if (this.#closed)
      return;
    try {
      const given = isRecord(log) ? log : { message: messageOf(log, this) };
      this.#delivery.push(encode(this.#draft(given, trace, more), this));
    }
    catch (error) {
      this.#warnings.warn(`an entry could not be taken: ${messageOf(error, this)}`);
    }
  }

  #draft(given, trace, more) {
    return {
      given,
      timestamp: instant(this.#environment.now()),
      source: this.sourceName,
      ids: trace && { requestId: trace.requestId, ...(trace.traceId && { traceId: trace.traceId }) },
      more,
    };
  }

  #end() {
    this.#closed = true;
    for (const leave of this.#leave.splice(0))
      leave();
    this.#delivery.end();
  }
}

// --- arrival --------------------------------------------------------------------------------

const ARRIVAL = Symbol.for("spectrix.arrival.v1");
const OPEN = Symbol("spectrix.open"); // this file's own: where it is loaded twice, each keeps to those that it made

/**
 * A request as it came in, until it is over. What is read here costs little: a framework changes request and response
 * so that V8 has a new hidden class for each, and after that whatever is read of them takes up to a microsecond.
 * Therefore Node says when a request arrives, which is before any framework has it, and when its response is through;
 * those that are not by then end with their connection. Only a request that was not announced (of HTTP/2, or a test's
 * own) is read when it is watched, and its response listened to.
 */
class Arrival {
  headers;
  method;
  /** Undefined where it was not announced: a framework may have changed it since. */
  url;
  /** In the order in which they came. */
  watcher = null;
  /** Null when it is over: what waits to be sent keeps no response. */
  res;
  /** The next on the same connection, where a client doesn't wait for answers. */
  later = null;

  constructor(req, res, url) {
    this.headers = req.headers;
    this.method = req.method ?? "GET";
    this.url = url;
    this.res = res;
    res[ARRIVAL] = this;
  }

  static of(req, res) {
    if (latest !== null && latest.res === res)
      return latest;
    hearOfRequests();
    const known = res[ARRIVAL];
    if (known !== undefined)
      return known;
    const arrival = new Arrival(req, res, undefined);
    res.on("finish", () => arrival.over(false));
    res.on("close", () => arrival.over(isBrokenOff(req, res)));
    return arrival;
  }

  static known(res) {
    return res[ARRIVAL];
  }

  over(aborted) {
    const { res } = this;
    if (res === null)
      return;
    this.res = null;
    for (let each = this.watcher; each !== null; each = each.next)
      each.end(res, aborted, this);
  }
}

/** Of a response that was not announced, and is closed without having told that it is through. */
function isBrokenOff(req, res) {
  if (isUpgrade(req) && !res.headersSent) {
    res.statusCode = 101; // nobody answers there: the connection has become another's, and that has ended now
    return false;
  }
  const { stream } = res; // HTTP/2's
  return stream?.aborted === true || !res.writableEnded;
}

function isUpgrade({ headers }) {
  return headers.upgrade?.toLowerCase() === "websocket";
}

let latest = null;
let listening = false;

function hearOfRequests() {
  if (listening)
    return;
  listening = true;
  subscribe("http.server.request.start", (message) => begun(message));
  subscribe("http.server.response.finish", (message) => finished(message));
}

function begun({ request, response, socket }) {
  const known = response[ARRIVAL];
  latest = known ?? new Arrival(request, response, request.url);
  if (known !== undefined)
    return;
  if (socket[OPEN] === undefined)
    socket.on("close", closed);
  let last = socket[OPEN] ?? null;
  if (last === null) {
    socket[OPEN] = latest;
    return;
  }
  while (last.later !== null)
    last = last.later;
  last.later = latest;
}

function finished({ response, socket }) {
  let before = null;
  for (let each = socket[OPEN] ?? null; each !== null; before = each, each = each.later) {
    if (each.res !== response)
      continue;
    if (before === null)
      socket[OPEN] = each.later;
    else
      before.later = each.later;
    each.over(false);
    return;
  }
}

function closed() {
  let each = this[OPEN] ?? null;
  this[OPEN] = null;
  for (; each !== null; each = each.later)
    each.over(each.res?.writableFinished === false);
}

const MAX_URL = 2048; // bytes
const OWN = { requestId: 0, traceId: 0, duration: 0, route: 0, aborted: 0, userAgent: 0, ip: 0 };
const REQUEST_FRAME = 260; // bytes of an entry beside its texts

/**
 * Sees to it that the request gets one entry when it is over, however it ends and however often this is called. This
 * and what follows from it is what every request of the app pays for: it makes one object and no function.
 *
 * @returns the request's trace; null where it was watched already
 */
function watch(client, req, res, source, reader) {
  const arrival = Arrival.of(req, res);
  const first = arrival.watcher;
  if (first === null) {
    return (arrival.watcher = new Watched(client, req, arrival, source, reader, client.newId));
  }
  let last = first;
  for (let each = first; each !== null; each = each.next) {
    if (sameTarget(each.client, client))
      return null;
    last = each;
  }
  return (last.next = new Watched(client, req, arrival, source, reader, () => first.requestId));
}

/** The trace of a request that is being watched. */
function watchedTrace(res) {
  return Arrival.known(res)?.watcher ?? undefined;
}

/** Takes note of an error that ended a request which is being watched, unless the client leaves errors alone. */
function recordFailure(res, error) {
  for (let each = Arrival.known(res)?.watcher ?? null; each !== null; each = each.next) {
    if (each.client.settings.errors)
      each.client.recordError(error, { trace: each });
  }
}

/** The level of a request's entry; a null status is that of a request without an answer. */
function levelOf(status, aborted, stream) {
  if (status !== null && status >= 500)
    return "error";
  if (status !== null && status >= 400)
    return "warn";
  return aborted && !stream ? "warn" : "info"; // leaving is how a reader ends an event stream
}

/** Whether an error is the app's fault: frameworks use errors with a status below 500 to answer a bad request. */
function isFault(error) {
  try {
    const { status, statusCode } = (error ?? {});
    const code = typeof status === "number" ? status : statusCode;
    return !(typeof code === "number" && code >= 300 && code < 500);
  }
  catch {
    return true; // it has no status that can be read
  }
}

/**
 * A request from its beginning, then its entry. It becomes text only when its batch does: doing that for all of a batch
 * at once, and not between an app's requests, takes a fraction of the time. Until then it keeps a few texts, neither
 * request nor response.
 */
class Watched extends RequestTrace {
  client;
  /** The same request, for another client. */
  next = null;
  at;
  duration;
  level = "info";
  method;
  url = "";
  route = undefined;
  status = null;
  aborted = false;
  agent;
  ip = undefined;
  bytes = 0;
  /** What the app has set, as JSON's members. */
  more = "";
  #req;
  #source;
  #reader;

  constructor(client, req, { headers, method }, source, reader, newId) {
    super(headers, newId);
    this.client = client;
    this.method = method;
    this.agent = headers["user-agent"];
    this.#req = req;
    this.#source = source;
    this.#reader = reader;
    this.duration = this.at = client.monotonic();
  }

  end(res, aborted, arrival) {
    const { client } = this;
    try {
      this.#read(this.#req, res, this.#source, aborted, arrival.url);
      client.pushEncoded(this);
    }
    catch (error) {
      client.recordError(error, { trace: this }); // a framework's own getters may throw
    }
    this.#req = this.#source = null;
  }

  #read(req, res, source, aborted, url) {
    const { client } = this;
    const reader = this.#reader;
    this.duration = client.monotonic() - this.at;
    this.at = client.now();
    this.url = url ?? asText(reader.url(source, req)) ?? "/";
    this.route = asText(reader.route(source, this.url));
    if (client.settings.ip)
      this.ip = asText(reader.ip(source, req));
    this.aborted = aborted;
    this.status = aborted && !res.headersSent ? null : res.statusCode;
    this.level = levelOf(this.status, aborted, aborted && isEventStream(req, res));
    // As good as: what has to be escaped is rare, and a query goes.
    const texts = 2 * (Math.min(this.url.length, MAX_URL) + this.method.length) + (this.agent?.length ?? 0);
    this.bytes = REQUEST_FRAME + texts + (this.route?.length ?? 0);
    if (this.fields === undefined && this.failure === undefined)
      return;
    const error = this.failure === undefined ? {} : { error: this.failure };
    this.more = membersOf(plainMembers(error, client), plainMembers(this.fields ?? {}, client));
    this.bytes += Buffer.byteLength(this.more);
  }

  get text() {
    return this.client.requestText.of(this, this.client.sourceName);
  }
}

/** Those with a name that the entry has itself get a `_` before it. */
function membersOf(own, fields) {
  return JSON.stringify({ ...own, ...beside(fields, { ...OWN, ...own }) }).slice(1, -1);
}

/** What a framework keeps, an app may have replaced by anything. */
function asText(value) {
  return typeof value === "string" ? value : undefined;
}

function isEventStream(req, res) {
  const type = String(res.getHeader("content-type") ?? req.headers.accept ?? "");
  return type.startsWith("text/event-stream");
}

/** Two clients that send to the same service would show a request twice. */
function sameTarget(one, other) {
  if (one === other)
    return true;
  return one.baseUrl === other.baseUrl && one.apiKey === other.apiKey && one.source === other.source;
}

const MOST_MOUNTS = 50; // of one route
const MOST_DEPTH = 16; // of routers in one another

const known = new WeakMap();

/** The template of a route for a request to `path`, which may have a query, where `templateOf` has found it before. */
function knownTemplate(route, path) {
  for (const { template, fits } of known.get(route) ?? [])
    if (fits.test(path))
      return template;
  return undefined;
}

/**
 * The template of a route: its own, behind where its router is mounted, such as /tenants/:tenant/orders/:id for a
 * request to /tenants/acme/orders/7. Express forgets where that was, and that it had been there at all when an error
 * comes up: so it is asked anew, once a template.
 *
 * @param own the route's own
 * @param path of the request, without its query
 * @returns undefined where that can't be found out
 */
function templateOf(app, route, own, path) {
  const found = known.get(route) ?? [];
  if (found.length >= MOST_MOUNTS || app === undefined)
    return undefined;
  const mount = mountedAt(app, route, path);
  if (mount === undefined)
    return undefined;
  const pattern = mount.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\/:[^/]+/g, "/[^/?]+");
  const template = mount + own;
  known.set(route, [...found, { template, fits: new RegExp(`^${pattern}(?=[/?]|$)`, "i") }]);
  return template;
}

function mountedAt(app, route, path) {
  let before = "";
  for (let each = app; each.parent !== undefined; each = each.parent) {
    if (typeof each.mountpath !== "string")
      return undefined;
    if (each.mountpath !== "/")
      before = each.mountpath + before;
  }
  const segments = before === "" ? 0 : before.split("/").length - 1;
  const rest = path.split("/").slice(segments + 1);
  const found = below(app._router ?? app.router, route, `/${rest.join("/")}`, 0);
  return found === undefined ? undefined : before + found;
}

function below(router, route, path, depth) {
  for (const layer of router?.stack ?? []) {
    if (layer.route === route)
      return "";
    if (layer.route !== undefined || layer.handle?.stack === undefined || depth > MOST_DEPTH)
      continue;
    const matched = matching(layer, path);
    if (matched === undefined)
      continue;
    const found = below(layer.handle, route, path.slice(matched.text.length) || "/", depth + 1);
    if (found !== undefined)
      return matched.template + found;
  }
  return undefined;
}

/** How a layer matches the begin of a path. It is left as it was: a request may be on its way through it. */
function matching(layer, path) {
  const { path: before, params: paramsBefore } = layer;
  try {
    const matched = matchOf(layer, path);
    if (matched === undefined)
      return undefined;
    const text = (matched.path ?? "").replace(/\/$/, "");
    const segments = text.split("/");
    const template = [...segments];
    for (const [name, value] of Object.entries(matched.params ?? {})) {
      const at = segments.findIndex((segment, index) => {
        return decoded(segment) === value && isParameter(layer, segments, index, name);
      });
      if (at !== -1)
        template[at] = `:${name}`;
    }
    return { text, template: template.join("/") };
  }
  finally {
    layer.path = before;
    layer.params = paramsBefore;
  }
}

function matchOf(layer, path) {
  const matched = layer.match(path);
  if (typeof matched === "object")
    return matched;
  return matched ? { path: layer.path, params: layer.params } : undefined;
}

/** Whether it is this segment that has the parameter: then the parameter is what one puts there. */
function isParameter(layer, segments, index, name) {
  const value = segments[index];
  if (segments.filter((segment) => segment === value).length === 1)
    return true;
  const probe = /^\d+$/.test(value) ? `${value}0` : `${value}x`;
  const probed = segments.map((each, at) => (at === index ? probe : each)).join("/");
  return matchOf(layer, probed)?.params?.[name] === probe;
}

function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  }
  catch {
    return segment;
  }
}

const NEST_HANDLER = /[\\/]@nestjs[\\/]core[\\/]exceptions[\\/]exceptions-handler\.js$/;
const NEST_NOTED = Symbol.for("spectrix.nest"); // on what was wrapped, by whichever copy of this file

/**
 * NestJS answers errors itself and hands none on to Express or Fastify, so its handler of exceptions is told to say
 * what it is given. Call it when the app has been made; does nothing where that is no NestJS app.
 */
function watchNest() {
  try {
    const { cache } = createRequire(`${process.cwd()}/`);
    for (const path in cache)
      if (NEST_HANDLER.test(path))
        wrapNest(cache[path]?.exports?.ExceptionsHandler?.prototype);
  }
  catch {
    // no folder, or no modules of this kind: then there is no NestJS either
  }
}

function wrapNest(handler) {
  const next = handler?.["next"];
  if (handler === undefined || typeof next !== "function" || NEST_NOTED in handler)
    return;
  handler[NEST_NOTED] = true;
  handler["next"] = function (exception, host) {
    noteException(exception, host);
    return next.call(this, exception, host);
  };
}

function noteException(exception, host) {
  try {
    const response = host.getArgByIndex?.(1);
    if (response !== undefined && isFault(exception))
      recordFailure(response.raw ?? response, exception);
  }
  catch {
    // not of a request over HTTP
  }
}

const EXPRESS = {
  url: (req) => req.originalUrl ?? req.url ?? "/",
  route: (req, url) => {
    const { route } = req;
    if (route === undefined)
      return undefined;
    return knownTemplate(route, url) ?? learnedTemplate(req, route);
  },
  ip: (req) => req.ip ?? req.socket.remoteAddress,
};

function learnedTemplate({ originalUrl = "/", baseUrl = "", app }, route) {
  const { path } = route;
  if (path === undefined)
    return undefined;
  const own = Array.isArray(path) ? path.map(String).join("|") : String(path);
  return templateOf(app, route, own, originalUrl.split("?", 1)[0]) ?? baseUrl + own;
}

/** Middleware for Express 4 and 5, and for whatever else calls (req, res, next). */
function express(client) {
  const errors = expressErrors(client);
  const apps = new WeakSet();
  let lately; // nearly always the same one
  const met = (app) => {
    lately = app;
    if (apps.has(app))
      return;
    apps.add(app);
    // Behind all that the app has by now: what gets there, nobody has handled.
    if (!client.settings.errors)
      return;
    app.use?.(errors);
    watchNest();
  };
  return (req, res, next) => {
    const trace = watch(client, req, res, req, EXPRESS);
    if (trace === null)
      return next();
    const { app } = req;
    if (app !== lately && typeof app?.use === "function")
      met(app);
    within(trace, next);
  };
}

/** Takes note of an error and passes it on. Put before an app's own error handler, it sees what that one handles. */
function expressErrors(client) {
  return (error, _req, res, next) => {
    if (isFault(error))
      client.recordError(error, { trace: watchedTrace(res) });
    next(error);
  };
}

const FASTIFY = {
  url: (_, req) => req.url ?? "/",
  route: (request) => request.routeOptions?.url,
  ip: (request) => request.ip,
};

/** For Fastify: `app.register` it. */
function fastify(client) {
  const plugin = (app, _options, done) => {
    app.addHook("onRequest", (request, reply, next) => {
      const trace = watch(client, request.raw, reply.raw, request, FASTIFY);
      if (trace === null)
        next();
      else
        within(trace, next);
    });
    // A body is read in the socket's context, not in the request's: enter that again behind it.
    app.addHook("preValidation", (_request, reply, next) => {
      const trace = watchedTrace(reply.raw);
      if (trace === undefined)
        next();
      else
        within(trace, next);
    });
    app.addHook("onError", (_request, reply, error, next) => {
      if (client.settings.errors && isFault(error))
        client.recordError(error, { trace: watchedTrace(reply.raw) });
      next();
    });
    if (client.settings.errors)
      watchNest();
    done();
  };
  // For the whole app, not only for what is registered inside the plugin.
  const marks = { [Symbol.for("skip-override")]: true, [Symbol.for("fastify.display-name")]: "spectrix" };
  return Object.assign(plugin, marks);
}

const HONO = {
  url: (_, req) => req.url ?? "/",
  route: ({ req }) => (req.routePath.includes("*") ? undefined : req.routePath), // that is a middleware's
  ip: (_, req) => req.socket.remoteAddress,
};

/** For Hono on Node (@hono/node-server). */
function hono(client) {
  return async (context, next) => {
    const { incoming, outgoing } = (context.env ?? {});
    if (incoming === undefined || outgoing === undefined)
      return next();
    const trace = watch(client, incoming, outgoing, context, HONO);
    if (trace === null)
      return next();
    await within(trace, next);
    const error = context.error;
    if (error !== undefined && client.settings.errors && isFault(error))
      client.recordError(error, { trace });
  };
}

// --- adapters/http --------------------------------------------------------------------------

const PLAIN = {
  url: (_, req) => req.url ?? "/",
  route: () => undefined,
  ip: (_, req) => req.socket.remoteAddress,
};

/** A handler of node:http, with an entry for each of its requests. */
function wrapHandler(client, handler) {
  return (req, res) => {
    const trace = watch(client, req, res, null, PLAIN);
    if (trace === null)
      return handler(req, res);
    return within(trace, () => {
      try {
        return handler(req, res);
      }
      catch (error) {
        if (client.settings.errors && isFault(error))
          client.recordError(error, { trace });
        throw error;
      }
    });
  };
}

const KOA = {
  url: (context) => context.originalUrl,
  route: ({ _matchedRoute: route }) => (route === undefined ? undefined : String(route)),
  ip: (context) => context.ip,
};

/** For Koa: `app.use` it before all else. */
function koa(client) {
  return async (context, next) => {
    const trace = watch(client, context.req, context.res, context, KOA);
    if (trace === null)
      return void (await next());
    await within(trace, async () => {
      try {
        await next();
      }
      catch (error) {
        if (client.settings.errors && isFault(error))
          client.recordError(error, { trace });
        throw error;
      }
    });
  };
}

// --- logged-time ----------------------------------------------------------------------------

const WITHOUT_ZONE = /^\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?$/;

/**
 * The time of an entry that a logger has made just now. A text without a zone is local time or UTC, whichever is nearer
 * to `now`, in milliseconds; undefined for what is no time.
 */
function loggedTime(given, now) {
  if (typeof given === "number" || given instanceof Date)
    return given;
  if (typeof given !== "string")
    return undefined;
  if (!WITHOUT_ZONE.test(given))
    return given;
  const text = given.replace(",", ".").replace(/\//g, "-").replace(" ", "T");
  const [local, utc] = [Date.parse(text), Date.parse(`${text}Z`)];
  if (Number.isNaN(local) || Number.isNaN(utc))
    return given;
  return new Date(Math.abs(local - now) <= Math.abs(utc - now) ? local : utc).toISOString();
}

// --- adapters/pino --------------------------------------------------------------------------

const METADATA = Symbol.for("pino.metadata");

const USUAL = { message: "msg", error: "err", begins: {}, labels: {} };
const TIMED = /^,"((?:[^"\\]|\\.)*)":/;
const LEVELS = [
  [60, "fatal"],
  [50, "error"],
  [40, "warn"],
  [30, "info"],
  [20, "debug"],
  [-Infinity, "trace"],
];

/** In the app's own thread, so that an entry still belongs to the request that it was logged in. */
function pino(client) {
  const known = new WeakMap();
  const stream = {
    writable: true,
    [METADATA]: true,
    write(line) {
      try {
        client.push(entryOfLine(line, stream, known, client.now()));
      }
      catch {
        client.info(typeof line === "string" ? line.trim() : line); // not pino's JSON: a line is a message
      }
      stream.lastLogger = undefined; // what somebody else writes, it has not made
    },
  };
  return stream;
}

/** @throws TypeError, SyntaxError */
function entryOfLine(line, stream, known, now) {
  const members = JSON.parse(line);
  const number = Number(stream.lastLogger === undefined ? NaN : stream.lastLevel);
  const names = namesOf(stream.lastLogger, known);
  const begin = names.begins[number];
  const metadata = { ...members };
  let level = members["level"];
  let time = members["time"];
  if (begin !== undefined && line.startsWith(begin)) {
    for (const name of Object.keys(JSON.parse(`${begin}}`)))
      delete metadata[name];
    level = number;
    const timed = TIMED.exec(line.slice(begin.length))?.[1];
    if (timed !== undefined && stream.lastTime !== "") {
      const name = JSON.parse(`"${timed}"`);
      time = members[name];
      delete metadata[name];
    }
  }
  else {
    delete metadata["level"];
    delete metadata["time"];
  }
  delete metadata[names.message];
  const label = names.labels[Number(level)];
  const told = LEVELS.find(([least]) => Number(level) >= least)?.[1] ?? String(level ?? "info");
  const isCustom = label !== undefined && !LEVELS.some(([, name]) => name === label);
  const error = members[names.error];
  return {
    level: told,
    message: String(members[names.message] ?? error?.message ?? line.trim()),
    timestamp: loggedTime(time, now),
    metadata: { ...(isCustom && { originalLevel: label }), ...metadata },
  };
}

/** It keeps them under symbols of its own, with itself or with the logger that it is a child of. */
function namesOf(logger, known) {
  if (typeof logger !== "object" || logger === null)
    return USUAL;
  const before = known.get(logger);
  if (before !== undefined)
    return before;
  const found = {};
  for (let each = logger; each !== null; each = Object.getPrototypeOf(each)) {
    for (const symbol of Object.getOwnPropertySymbols(each)) {
      found[symbol.description ?? ""] ??= logger[symbol];
    }
  }
  const names = {
    message: String(found["pino.messageKey"] ?? USUAL.message),
    error: String(found["pino.errorKey"] ?? USUAL.error),
    begins: (found["pino.lsCache"] ?? {}),
    labels: logger.levels?.labels ?? {},
  };
  known.set(logger, names);
  return names;
}

const LEVEL = Symbol.for("level"); // as given, where `level` may have colours
const SPLAT = Symbol.for("splat"); // what was logged beside the message
const WINSTON_LEVELS = { silly: "debug", http: "info", emerg: "emergency", crit: "critical" };

const KNOWN = new Set(("error warn warning info http verbose debug silly trace emerg alert crit critical fatal panic emergency notice " +
  "success err").split(" "));

/** A transport for winston, of entries of `level` and above; without one, of those that its logger lets through. */
function winston(client, level) {
  let logger = {};
  const log = (info, next) => {
    try {
      const { level: name, ...entry } = entryOf(info, client);
      if (isWanted(name, transport.level ?? logger.level, logger.levels)) {
        const nearest = levelOfRank(name, logger.levels);
        if (nearest !== undefined)
          entry.metadata = { originalLevel: name, ...entry.metadata };
        client.push({ level: nearest ?? WINSTON_LEVELS[name] ?? name, ...entry });
      }
    }
    catch {
      client.info(info); // what can't be taken apart is a message
    }
    next();
  };
  const stream = new Writable({ objectMode: true, write: (info, _encoding, next) => log(info, next) });
  const transport = Object.assign(stream, { log, ...(level !== undefined && { level }) });
  transport.on("pipe", (source) => {
    logger = source;
  });
  return transport;
}

/** Its level is winston's own. @throws TypeError, and what the app's getters do */
function entryOf(info, client) {
  if (!isRecord(info))
    throw new TypeError("not what winston has");
  const { level: shown, message: given, timestamp, ...metadata } = info;
  // An error's own message is not among its members that are enumerable.
  const message = isError(info) ? info.message : given;
  const error = [info, message, ...asList(metadata[SPLAT])].find(isError);
  const level = String(metadata[LEVEL] ?? shown);
  const time = loggedTime(timestamp, client.now());
  if (error !== undefined)
    addError(metadata, error);
  return {
    level,
    message: messageOf(message, client),
    ...(time !== undefined && { timestamp: time }),
    metadata,
  };
}

function asList(value) {
  return Array.isArray(value) ? value : [];
}

/** With its stack and its cause; of the app's own under that name nothing is lost. */
function addError(metadata, error) {
  if (metadata["stack"] === error.stack)
    delete metadata["stack"];
  if (metadata["cause"] === error.cause)
    delete metadata["cause"];
  const own = metadata["error"];
  if (own !== undefined && own !== error)
    metadata["_error"] = own;
  metadata["error"] = error;
}

/** Of a name that nobody else has: the level of the next that is known and not more severe; undefined for others. */
function levelOfRank(name, levels = {}) {
  const rank = levels[name];
  if (rank === undefined || KNOWN.has(name))
    return undefined;
  const below = Object.entries(levels).filter(([each, other]) => KNOWN.has(each) && other >= rank);
  below.sort(([, one], [, other]) => one - other);
  const next = below[0]?.[0] ?? "debug";
  return WINSTON_LEVELS[next] ?? next;
}

function isWanted(name, level, levels = {}) {
  const rank = levels[name];
  const most = level === undefined ? undefined : levels[level];
  return rank === undefined || most === undefined || rank <= most;
}

/** One client, and what each framework needs of it. The function itself is middleware for Express. */
export default function spectrix(options = {}) {
  const client = new SpectrixClient(options);
  return Object.assign(express(client), {
    client,
    errors: expressErrors(client),
    fastify: fastify(client),
    koa: koa(client),
    hono: hono(client),
    wrap: (handler) => wrapHandler(client, handler),
    pino: () => pino(client),
    winston: ({ level } = {}) => winston(client, level),
  });
}
export { SpectrixClient };
