/**
 * Any value as JSON, whatever it is: what can't be sent is named in its place, secrets are replaced, and there is a
 * bound to depth, to texts and to the whole. One bad value never costs the entry, one bad entry never its neighbours.
 */
import { cut, type Redaction } from "./redaction.js";

const MAX_DEPTH = 32;
const MAX_TEXT = 16_384; // bytes of UTF-8
const ROOM = 65_536; // characters of an entry, so that even all escaped it fits a batch

const SURROGATE = /\p{Surrogate}/u; // matches lone ones only
const SURROGATES = /\p{Surrogate}/gu;

export interface Encoded {
  /** The same each time. */
  readonly text: string;
  /** Of UTF-8. */
  readonly bytes: number;
}

/** @throws nothing */
export function encode(entry: Record<string, unknown>, redaction: Redaction): Encoded {
  const walk = new Walk(redaction);
  const record = walk.members(entry, 0);
  if (walk.truncated) {
    const metadata = record["metadata"];
    if (typeof metadata === "object" && metadata !== null && !Array.isArray(metadata)) {
      (metadata as Record<string, unknown>)["truncated"] = true;
    } else {
      record["truncated"] = true;
    }
  }
  const text = JSON.stringify(record);
  return { text, bytes: Buffer.byteLength(text) };
}

/** A message, of whatever was given as one. */
export function messageOf(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    if (value instanceof Error) return titleOf(value);
    if (typeof value === "object" && value !== null) return JSON.stringify(value) ?? String(value);
    return String(value);
  } catch (error) {
    return threw(error);
  }
}

/** `TypeError: boom`, or the name alone. */
export function titleOf(error: { name: string; message: string }): string {
  return error.message ? `${error.name}: ${error.message}` : error.name;
}

class Walk {
  truncated = false;
  #room = ROOM;
  readonly #above: object[] = [];
  readonly #redaction: Redaction;

  constructor(redaction: Redaction) {
    this.#redaction = redaction;
  }

  /** The value as JSON.stringify takes it without trouble; undefined where it is left out. */
  plain(value: unknown, depth: number, converted = false): unknown {
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
        return this.#text(String(value));
      case "object":
        return value === null ? null : this.#object(value, depth, converted);
      default:
        return undefined;
    }
  }

  members(value: object, depth: number): Record<string, unknown> {
    const plain: Record<string, unknown> = {};
    for (const name of Object.keys(value)) {
      if (!this.#fits(0)) break;
      this.#add(plain, name, () => (value as Record<string, unknown>)[name], depth);
    }
    return plain;
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
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (value instanceof Error) return this.#error(value, depth);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    const conversion: unknown = (value as { toJSON?: unknown }).toJSON;
    if (typeof conversion === "function" && !converted) return this.plain(conversion.call(value, ""), depth, true);
    if (value instanceof String || value instanceof Number || value instanceof Boolean) {
      return this.plain(value.valueOf(), depth);
    }
    if (Array.isArray(value)) return this.#list(value, depth);
    if (value instanceof Set) return this.#list(value, depth);
    if (value instanceof Map) {
      const plain: Record<string, unknown> = {};
      for (const [name, member] of value) this.#add(plain, messageOf(name), () => member, depth);
      return plain;
    }
    return this.members(value, depth);
  }

  #error(error: Error, depth: number): Record<string, unknown> {
    const plain: Record<string, unknown> = {};
    for (const name of ["name", "message", "stack", "cause", "errors", ...Object.keys(error)] as const) {
      if (name in error && !(name in plain)) this.#add(plain, name, () => error[name as keyof Error], depth);
    }
    return plain;
  }

  #list(values: Iterable<unknown>, depth: number): unknown[] {
    const plain: unknown[] = [];
    for (const value of values) {
      if (!this.#fits(2)) break;
      plain.push(this.plain(value, depth + 1) ?? null);
    }
    return plain;
  }

  #add(plain: Record<string, unknown>, name: string, read: () => unknown, depth: number): void {
    if (!this.#fits(name.length + 3)) return;
    let value: unknown;
    try {
      value = read();
    } catch (error) {
      value = threw(error);
    }
    if (value !== undefined && this.#redaction.isSecretName(name)) value = this.#redaction.redactMember(value);
    value = this.plain(value, depth + 1);
    if (value === undefined) return;
    const key = wellFormed(name);
    if (key === "__proto__") Object.defineProperty(plain, key, { value, enumerable: true });
    else plain[key] = value;
  }

  #text(text: string): string {
    let kept = cut(text, MAX_TEXT);
    if (kept.length < text.length) kept += "…";
    kept = this.#redaction.redactText(wellFormed(kept));
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
    if (this.#room > 0) return true;
    this.truncated = true;
    return false;
  }
}

function threw(error: unknown): string {
  try {
    return `[threw: ${error instanceof Error ? error.message : String(error)}]`;
  } catch {
    return "[threw]"; // what was thrown can't be read either
  }
}

/** Lone surrogates become U+FFFD: a receiver could refuse the whole body for one. */
function wellFormed(text: string): string {
  return SURROGATE.test(text) ? text.replace(SURROGATES, "\ufffd") : text;
}
