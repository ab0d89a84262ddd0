/**
 * Any value as JSON, whatever it is: what can't be sent is named in its place, secrets are replaced, and there is a
 * bound to depth, to texts, to the whole and to the time that it takes. One bad value never costs the entry, one bad
 * entry never its neighbours. What a value does when it is looked at is its own affair: it may throw, lie or be slow.
 */
import { types } from "node:util";
import { bytesOf, isError, MAX_TEXT, primitive, threw } from "./probe.js";
import { cut, type Redaction } from "./redaction.js";

const MAX_DEPTH = 32;
const ROOM = 65_536; // characters of an entry, so that even all escaped it fits a batch
const MAX_TIME = 100; // milliseconds, of which an entry usually takes some hundredths; values may have slow getters

const SURROGATE = /\p{Surrogate}/u; // matches lone ones only
const SURROGATES = /\p{Surrogate}/gu;

/** In this order, so that what matters most is there where not all of it has room. */
const FIELDS = ["message", "level", "timestamp", "source", "endpoint", "method", "statusCode"] as const;
const APART: ReadonlySet<string> = new Set([...FIELDS, "metadata"]);

/** An entry on its way to the server, as JSON. */
export interface Encoded {
  /** The same each time. */
  readonly text: string;
  /** Of UTF-8. */
  readonly bytes: number;
}

/** An entry before it is text. */
export interface Draft {
  /** The app's own, of any kind; what it leaves out is below, or the level info and no message. */
  readonly given: object;
  readonly timestamp: string;
  readonly source: string;
  /** What goes into the metadata before the app's own, */
  readonly ids?: Readonly<Record<string, string>> | undefined;
  /** and what goes there in its stead. */
  readonly more?: Readonly<Record<string, unknown>> | undefined;
}

/** What it takes to encode. */
export interface Encoding {
  readonly redaction: Redaction;
  /** Milliseconds that never go back. */
  monotonic(): number;
}

/** @throws nothing */
export function encode(draft: Draft, encoding: Encoding): Encoded {
  const text = JSON.stringify(new Walk(encoding, ROOM).entry(draft));
  return { text, bytes: Buffer.byteLength(text) };
}

/** Members as JSON takes them without trouble. @throws nothing */
export function plainMembers(members: object, encoding: Encoding): Record<string, unknown> {
  const given = { metadata: members };
  return asObject(new Walk(encoding, ROOM).entry({ given, timestamp: "", source: "" })["metadata"] ?? {});
}

/** A message, of whatever was given as one; an error's is its name and message. @throws nothing */
export function messageOf(value: unknown, encoding: Encoding): string {
  if (typeof value === "string") return value.length > MAX_TEXT ? value.slice(0, MAX_TEXT + 1) : value;
  try {
    if (typeof value === "function") return cut(String(value), MAX_TEXT);
    if (typeof value !== "object" || value === null) return primitive(value);
    const walk = new Walk(encoding, MAX_TEXT);
    const text = isError(value) ? walk.title(value) : walk.json(value);
    return walk.truncated ? `${text}…` : text;
  } catch (error) {
    return threw(error);
  }
}

class Walk {
  truncated = false;
  #room: number;
  readonly #above: object[] = [];
  readonly #encoding: Encoding;
  readonly #deadline: number;

  /** @param room characters */
  constructor(encoding: Encoding, room: number) {
    this.#encoding = encoding;
    this.#room = room;
    this.#deadline = encoding.monotonic() + MAX_TIME;
  }

  entry({ given, timestamp, source, ids, more }: Draft): Record<string, unknown> {
    const record: Record<string, unknown> = { timestamp, source: this.#text(source), level: "info", message: "" };
    for (const name of FIELDS) this.#add(record, name, () => (given as Record<string, unknown>)[name], 0);
    const before = ids && this.#members(ids, 1);
    const after = more && this.#members(more, 1);
    this.#add(record, "metadata", () => (given as Record<string, unknown>)["metadata"], 0);
    if (before !== undefined || after !== undefined) {
      record["metadata"] = { ...before, ...beside(asObject(record["metadata"] ?? {}), after), ...after };
    }
    this.#rest(record, given);
    if (!this.truncated) return record;
    const metadata = record["metadata"];
    if (isObject(metadata)) metadata["truncated"] = true;
    else record["truncated"] = true;
    return record;
  }

  json(value: object): string {
    const plain = this.#plain(value, 1);
    if (typeof plain === "string") return plain;
    return JSON.stringify(plain) ?? cut(String(value), MAX_TEXT);
  }

  /** `TypeError: boom`, or the name alone. */
  title(error: Error): string {
    const parts: Record<string, unknown> = {};
    for (const name of ["name", "message"] as const) this.#add(parts, name, () => error[name], 1);
    const text = (part: unknown): string => (typeof part === "string" ? part : JSON.stringify(part));
    const [name, message] = [text(parts["name"] ?? "Error"), text(parts["message"] ?? "")];
    return message ? `${name}: ${message}` : name;
  }

  /** The value as JSON.stringify takes it without trouble; undefined where it is left out. */
  #plain(value: unknown, depth: number, converted = false): unknown {
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

  #members(value: object, depth: number): Record<string, unknown> {
    const plain: Record<string, unknown> = {};
    for (const name of this.#names(value)) {
      if (!this.#fits(0)) break;
      this.#add(plain, name, () => (value as Record<string, unknown>)[name], depth);
    }
    return plain;
  }

  /** Fields that the wire has no name for. */
  #rest(record: Record<string, unknown>, given: object): void {
    try {
      for (const name of this.#names(given)) {
        if (!this.#fits(0)) break;
        if (!APART.has(name)) this.#add(record, name, () => (given as Record<string, unknown>)[name], 0);
      }
    } catch (error) {
      record["fields"] = this.#text(threw(error)); // a proxy's names
    }
  }

  /** Own names. A proxy is asked for one after the other: each costs a call of somebody's code. */
  #names(value: object): Iterable<string> {
    return types.isProxy(value) ? this.#proxiedNames(value) : Object.keys(value);
  }

  *#proxiedNames(value: object): Iterable<string> {
    for (const name of Reflect.ownKeys(value)) {
      if (!this.#fits(1)) return;
      if (typeof name === "string" && Reflect.getOwnPropertyDescriptor(value, name)?.enumerable) yield name;
    }
  }

  #object(value: object, depth: number, converted: boolean): unknown {
    if (this.#above.includes(value)) {
      if (!converted) return "[circular]";
    } else if (depth > MAX_DEPTH) {
      return "[deep]";
    }
    this.#above.push(value);
    try {
      return this.#opened(value, depth, converted);
    } catch (error) {
      return this.#text(threw(error));
    } finally {
      this.#above.pop();
    }
  }

  #opened(value: object, depth: number, converted: boolean): unknown {
    if (types.isDate(value)) {
      return Number.isNaN(Date.prototype.getTime.call(value)) ? null : Date.prototype.toISOString.call(value);
    }
    if (isError(value)) return this.#error(value, depth);
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return this.#text(bytesOf(value));
    const conversion: unknown = (value as { toJSON?: unknown }).toJSON;
    if (typeof conversion === "function" && !converted) return this.#plain(conversion.call(value, ""), depth, true);
    if (types.isStringObject(value)) return this.#plain(String.prototype.valueOf.call(value), depth);
    if (types.isNumberObject(value)) return this.#plain(Number.prototype.valueOf.call(value), depth);
    if (types.isBooleanObject(value)) return this.#plain(Boolean.prototype.valueOf.call(value), depth);
    if (Array.isArray(value) || types.isSet(value)) return this.#list(value, depth);
    return types.isMap(value) ? this.#map(value, depth) : this.#members(value, depth);
  }

  #error(error: Error, depth: number): Record<string, unknown> {
    const plain: Record<string, unknown> = {};
    const read = (name: string): void => {
      if (name in error && !(name in plain)) this.#add(plain, name, () => error[name as keyof Error], depth);
    };
    for (const name of ["name", "message", "stack", "cause", "errors"]) read(name);
    for (const name of this.#names(error)) {
      if (!this.#fits(0)) break;
      read(name);
    }
    return plain;
  }

  #list(values: Iterable<unknown>, depth: number): unknown[] {
    const plain: unknown[] = [];
    for (const value of values) {
      if (!this.#fits(2)) break;
      plain.push(this.#plain(value, depth + 1) ?? null);
    }
    return plain;
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): Record<string, unknown> {
    const plain: Record<string, unknown> = {};
    for (const [key, member] of map) {
      if (!this.#fits(0)) break;
      this.#add(plain, this.#nameOf(key, depth + 1), () => member, depth);
    }
    return plain;
  }

  /** Of a map's member. */
  #nameOf(key: unknown, depth: number): string {
    if (typeof key === "string") return key;
    if (typeof key !== "object" || key === null) return primitive(key);
    const plain = this.#plain(key, depth);
    return typeof plain === "string" ? plain : JSON.stringify(plain);
  }

  #add(plain: Record<string, unknown>, name: string, read: () => unknown, depth: number): void {
    if (!this.#fits(name.length + 3)) return;
    let value: unknown;
    try {
      value = read();
    } catch (error) {
      value = threw(error);
    }
    const { redaction } = this.#encoding;
    if (value !== undefined && redaction.isSecretName(name)) value = redaction.redactMember(value);
    value = this.#plain(value, depth + 1);
    if (value === undefined) return;
    const key = wellFormed(name);
    if (key === "__proto__") Object.defineProperty(plain, key, { value, enumerable: true });
    else plain[key] = value;
  }

  #text(text: string): string {
    let kept = cut(text, MAX_TEXT);
    if (kept.length < text.length) kept += "…";
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

  #fits(characters: number): boolean {
    this.#room -= characters;
    if (this.#room > 0 && this.#encoding.monotonic() <= this.#deadline) return true;
    this.truncated = true;
    this.#room = 0;
    return false;
  }
}

function isObject(plain: unknown): plain is Record<string, unknown> {
  return typeof plain === "object" && plain !== null && !Array.isArray(plain);
}

function asObject(plain: unknown): Record<string, unknown> {
  return isObject(plain) ? plain : { value: plain };
}

/** What has a name that is among the others' too gets a `_` before it, so that nothing is lost. */
export function beside(own: Record<string, unknown>, others: object = {}): Record<string, unknown> {
  const found = { ...own };
  for (const name of Object.keys(own)) {
    if (!Object.hasOwn(others, name)) continue;
    let other = `_${name}`;
    while (Object.hasOwn(own, other) || Object.hasOwn(others, other)) other = `_${other}`;
    found[other] = found[name];
    delete found[name];
  }
  return found;
}

/** Lone surrogates become U+FFFD: a receiver could refuse the whole body for one. */
function wellFormed(text: string): string {
  return SURROGATE.test(text) ? text.replace(SURROGATES, "\ufffd") : text;
}
