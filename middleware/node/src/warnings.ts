import type { Environment } from "./environment.js";

const MINUTE = 60_000;

/** Says what goes wrong to whoever runs the app: one line a minute, whatever happens. */
export class Warnings {
  readonly #environment: Environment;
  #last = -Infinity;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  warn(line: string): void {
    if (this.#environment.monotonic() - this.#last >= MINUTE) this.warnNow(line);
  }

  /** Also within the minute: for what can't be said later. */
  warnNow(line: string): void {
    this.#last = this.#environment.monotonic();
    this.#environment.writeLine(`spectrix: ${line.slice(0, 500).replace(/[\p{Cc}\p{Cf}]+/gu, " ")}`);
  }
}

/** What happened, with its causes: an error of the network often says nothing itself. */
export function describe(error: unknown): string {
  const words: string[] = [];
  for (let next = error; next !== undefined && next !== null && words.length < 5; ) {
    const { message, code, errors, cause } = next as Record<string, unknown>;
    const text = typeof message === "string" && message ? message : typeof code === "string" ? code : "";
    if (text && !words.includes(text)) words.push(text);
    next = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return words.join(": ") || String(error);
}
