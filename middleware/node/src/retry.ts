/** What is to be done with a batch after an attempt. */

/** What to do with a batch; `delay` is in milliseconds. */
export type Verdict = { action: "done" | "drop" | "halve" } | { action: "retry"; delay: number };

/** One attempt to send a batch, and its result. */
export interface Attempt {
  /** null where no answer came: network, timeout, a redirect. */
  status: number | null;
  /** 1 for the first. */
  attempt: number;
  /** How many entries the batch has. */
  entries: number;
  retryAfter: string | null;
  /** Epoch milliseconds. */
  now: number;
  /** 0 to 1. */
  random: number;
}

const SHORTEST = 500; // milliseconds
const LONGEST = 30_000;
const LONGEST_ASKED = 300_000;

/** The verdict on an attempt. @throws nothing */
export function judge({ status, attempt, entries, retryAfter, now, random }: Attempt): Verdict {
  if (status !== null) {
    if (status >= 200 && status < 300) return { action: "done" };
    if (status === 413) return { action: entries > 1 ? "halve" : "drop" };
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) return { action: "drop" };
  }
  const longest = Math.min(LONGEST, SHORTEST * 2 ** attempt);
  const delay = Math.round(SHORTEST + random * (longest - SHORTEST));
  return { action: "retry", delay: Math.max(delay, asked(retryAfter, now)) };
}

/** Retry-After in milliseconds, 0 where there is none that can be read. */
function asked(retryAfter: string | null, now: number): number {
  if (retryAfter === null) return 0;
  const text = retryAfter.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : /[a-z]/i.test(text) ? Date.parse(text) - now : 0;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), LONGEST_ASKED);
}
