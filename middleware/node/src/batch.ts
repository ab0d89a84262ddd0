import type { Encoded } from "./encode.js";
import type { Bounds, Ring } from "./ring.js";

const FRAME = '{"logs":[]}'.length;

/** Entries that go in one request. It keeps its key across retries, so that a server takes it once. */
export class Batch {
  readonly key: string;
  readonly entries: readonly Encoded[];
  /** How many entries were lost in front of it, which its first entry tells. */
  readonly told: Losses;
  attempts = 0;

  constructor(key: string, entries: readonly Encoded[], told: Losses) {
    this.key = key;
    this.entries = entries;
    this.told = told;
  }

  get bytes(): number {
    return bodyBytes(this.entries);
  }

  get body(): string {
    return `{"logs":[${this.entries.map((entry) => entry.text).join(",")}]}`;
  }

  /** How many entries are the app's own. */
  get count(): number {
    return this.entries.length - (this.told.total > 0 ? 1 : 0);
  }

  halves(id: () => string): [Batch, Batch] {
    const middle = Math.ceil(this.entries.length / 2);
    return [
      new Batch(id(), this.entries.slice(0, middle), this.told),
      new Batch(id(), this.entries.slice(middle), new Losses()),
    ];
  }
}

/** As many of the oldest as fit, at least one where there is one; `first` goes before them. */
export function takeEntries(ring: Ring, most: Bounds, first?: Encoded): Encoded[] {
  const entries = first === undefined ? [] : [first];
  let bytes = bodyBytes(entries);
  for (let next = ring.peek(); next !== undefined; next = ring.peek()) {
    const larger = bytes + next.bytes + (entries.length > 0 ? 1 : 0);
    if (entries.length > 0 && (entries.length >= most.entries || larger > most.bytes)) break;
    entries.push(next);
    bytes = larger;
    ring.shift();
  }
  return entries;
}

/** Entries that were lost since the last time it was told, by cause. */
export class Losses {
  /** By a full buffer. */
  overflow: number;
  /** By a server that will never take them. */
  refused: number;

  constructor(overflow = 0, refused = 0) {
    this.overflow = overflow;
    this.refused = refused;
  }

  get total(): number {
    return this.overflow + this.refused;
  }

  add(other: Losses): void {
    this.overflow += other.overflow;
    this.refused += other.refused;
  }

  /** All of it; nothing is left. */
  take(): Losses {
    const taken = new Losses(this.overflow, this.refused);
    this.overflow = this.refused = 0;
    return taken;
  }

  /** The entry that tells it, or null where nothing was lost. */
  entry(): { level: string; message: string; metadata: Record<string, unknown> } | null {
    const { overflow, refused, total } = this;
    if (total === 0) return null;
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

function bodyBytes(entries: readonly Encoded[]): number {
  return entries.reduce((sum, entry) => sum + entry.bytes, FRAME + Math.max(entries.length - 1, 0));
}
