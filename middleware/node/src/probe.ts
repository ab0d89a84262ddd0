/** What a value is, in few questions: it may be revoked, or throw, lie or never end when it is asked. */
import { types } from "node:util";
import { cut } from "./redaction.js";

/** Of one text, in bytes of UTF-8. */
export const MAX_TEXT = 16_384;
const MAX_BITS = 4096; // of an integer: to write out a larger one takes long, and nobody could read it
const MAX_PROTOTYPES = 16; // a proxy's may be without end

/** Whether it is an error, also one of another realm. @throws nothing */
export function isError(value: unknown): value is Error {
  if (typeof value !== "object" || value === null) return false;
  if (types.isNativeError(value)) return true;
  try {
    let prototype: unknown = Object.getPrototypeOf(value);
    for (let steps = 0; prototype !== null && steps < MAX_PROTOTYPES; steps++) {
      if (prototype === Error.prototype) return true;
      prototype = Object.getPrototypeOf(prototype);
    }
  } catch {
    return false; // a proxy that is revoked, or doesn't want to be asked
  }
  return false;
}

/** Whether its members may be fields of an entry, and are not one long row. @throws nothing */
export function isRecord(value: unknown): value is object {
  try {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
  } catch {
    return false; // a proxy that is revoked
  }
}

/** What is no object, in words. @throws where it is a function whose own text does */
export function primitive(value: unknown): string {
  if (typeof value !== "bigint") return String(value);
  if (BigInt.asIntN(MAX_BITS, value) === value) return String(value);
  return `[integer of more than ${MAX_BITS} bits]`;
}

/** Stands for bytes. */
export function bytesOf({ byteLength }: { byteLength: unknown }): string {
  return typeof byteLength === "number" ? `[${byteLength} bytes]` : "[bytes]";
}

/** Stands for a value that threw this when it was looked at. @throws nothing */
export function threw(error: unknown): string {
  try {
    const isGiven = typeof error !== "object" || error === null;
    const message = isGiven ? error : (error as { message?: unknown }).message;
    if (typeof message === "string") return `[threw: ${cut(message, MAX_TEXT)}]`;
    return isGiven && typeof message !== "function" ? `[threw: ${primitive(message)}]` : "[threw]";
  } catch {
    return "[threw]"; // what was thrown can't be read either
  }
}
