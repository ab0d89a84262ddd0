import type { Batch } from "./batch.js";
import type { Environment } from "./environment.js";
import { describe } from "./warnings.js";

/** The result of one attempt to send a batch. */
export interface Answer {
  /** null where none came. */
  readonly status: number | null;
  readonly retryAfter: string | null;
  /** What to tell about it, empty where all is well. */
  readonly problem: string;
  readonly rejected: number;
}

/** Where a batch goes, and under which key. */
export interface Target {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Milliseconds for the whole exchange. */
  readonly timeout: number;
}

/** Sends a batch once. It never throws: whatever goes wrong is an answer. `abort` ends it early. */
export async function post(
  batch: Batch,
  target: Target,
  environment: Environment,
  abort: AbortController,
): Promise<Answer> {
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
  } catch (error) {
    return { status: null, retryAfter: null, problem: describe(error), rejected: 0 };
  } finally {
    environment.clearTimeout(late);
  }
}

/** The URL that batches are sent to. */
export function ingestUrl(baseUrl: string): string {
  return `${baseUrl}/ingest/logs`;
}

/** Headers and body of a batch's request, the same for each attempt. */
export function request(batch: Batch, apiKey: string): { headers: Record<string, string>; body: string } {
  const headers = {
    Authorization: `Bearer ${apiKey}`,
    "Content-Type": "application/json",
    "Idempotency-Key": batch.key,
  };
  return { headers, body: batch.body };
}

/** The JSON object in an answer; empty where there is none. */
function objectOf(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {}; // no JSON, or cut off
  }
}

function refusal(status: number, body: Record<string, unknown>): string {
  // Following one would turn POST into GET, and what answers it would look like success.
  if (status >= 300 && status < 400) return `HTTP ${status}, a redirect, which is not followed`;
  const detail = body["detail"] ?? body["title"];
  return typeof detail === "string" ? `${status}: ${detail}` : `HTTP ${status}`;
}

function rejection(rejected: number, body: Record<string, unknown>): string {
  if (rejected === 0) return "";
  const errors = Array.isArray(body["errors"]) ? (body["errors"] as { reason?: unknown }[]) : [];
  const reasons = new Set(errors.map((error) => String(error.reason)));
  const were = rejected === 1 ? "entry was" : "entries were";
  return `${rejected} ${were} rejected: ${[...reasons].join(", ") || "no reason given"}`;
}
