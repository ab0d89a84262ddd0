import type { Encoded } from "./encode.js";

/** At most so many entries, and so many bytes of UTF-8. */
export interface Bounds {
  readonly entries: number;
  readonly bytes: number;
}

/**
 * The entries that wait, oldest first, bounded in number and in bytes: the oldest go where a new one doesn't fit.
 * What is on its way counts as well (`reserve`), so that the bound holds for all that is in memory.
 */
export class Ring {
  readonly #bounds: Bounds;
  #entries: (Encoded | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  #reserved: Bounds = { entries: 0, bytes: 0 };

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  get length(): number {
    return this.#entries.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The oldest, still in the ring. */
  peek(): Encoded | undefined {
    return this.#entries[this.#head];
  }

  shift(): Encoded | undefined {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return undefined;
    this.#entries[this.#head++] = undefined;
    this.#bytes -= entry.bytes;
    if (this.#head > 1000 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  /** @returns how many entries had to go */
  push(entry: Encoded): number {
    this.#entries.push(entry);
    this.#bytes += entry.bytes;
    return this.#trim();
  }

  /** What is taken out but still kept elsewhere. */
  reserve(entries: number, bytes: number): void {
    this.#reserved = { entries, bytes };
  }

  #trim(): number {
    let dropped = 0;
    while (
      this.length > 0 &&
      (this.length + this.#reserved.entries > this.#bounds.entries ||
        this.#bytes + this.#reserved.bytes > this.#bounds.bytes)
    ) {
      this.shift();
      dropped++;
    }
    return dropped;
  }
}
