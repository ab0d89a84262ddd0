import type { World } from "./environment.js";

const MINUTE = 60_000;

/** Says what goes wrong to whoever runs the app: one line a minute, whatever happens. */
export class Complaints {
  readonly #world: World;
  #last = -Infinity;

  constructor(world: World) {
    this.#world = world;
  }

  say(line: string): void {
    if (this.#world.monotonic() - this.#last >= MINUTE) this.sayNow(line);
  }

  /** Also within the minute: for what can't be said later. */
  sayNow(line: string): void {
    this.#last = this.#world.monotonic();
    this.#world.say(`spectrix: ${line.replace(/[\p{Cc}\p{Cf}]+/gu, " ").slice(0, 500)}`);
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
