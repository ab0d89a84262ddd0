import type { Batch } from "./batch.js";
import { describe } from "./complaints.js";
import type { World } from "./world.js";

/** What became of one attempt to send a batch. */
export interface Answer {
  /** null where none came. */
  readonly status: number | null;
  readonly retryAfter: string | null;
  /** What to tell about it, empty where all is well. */
  readonly problem: string;
  readonly rejected: number;
}

export interface Target {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Milliseconds for the whole exchange. */
  readonly timeout: number;
}

const MAX_ANSWER = 65_536; // bytes

/** Sends a batch once. It never throws: whatever goes wrong is an answer. `abort` ends it early. */
export async function post(batch: Batch, target: Target, world: World, abort: AbortController): Promise<Answer> {
  const late = world.setTimeout(() => abort.abort(new Error(`no answer within ${target.timeout} ms`)), target.timeout);
  late.unref?.();
  try {
    const response = await world.fetch(ingestUrl(target.baseUrl), { ...request(batch, target.apiKey), signal: abort.signal });
    const body = await answerOf(response);
    const rejected = response.ok && typeof body["rejected"] === "number" ? body["rejected"] : 0;
    const problem = response.ok ? rejection(rejected, body) : refusal(response.status, body);
    return { status: response.status, retryAfter: response.headers.get("retry-after"), problem, rejected };
  } catch (error) {
    return { status: null, retryAfter: null, problem: describe(error), rejected: 0 };
  } finally {
    world.clearTimeout(late);
  }
}

export function ingestUrl(baseUrl: string): string {
  return `${baseUrl}/ingest/logs`;
}

/** A redirect is refused: following one would turn POST into GET, and what answers it would look like success. */
export function request(batch: Batch, apiKey: string): RequestInit & { headers: Record<string, string> } {
  const headers = {
    Authorization: `Bearer ${apiKey}`,
    "Content-Type": "application/json",
    "Idempotency-Key": batch.key,
  };
  return { method: "POST", redirect: "error", headers, body: batch.body };
}

/** The JSON object in an answer; empty where there is none. The status alone decides, so a lost body costs nothing. */
async function answerOf(response: Response): Promise<Record<string, unknown>> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    const reader = response.body?.getReader();
    for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
      text += decoder.decode(part.value, { stream: true });
      if (text.length > MAX_ANSWER) {
        await reader?.cancel();
        break;
      }
    }
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {}; // no JSON, or cut off
  }
}

function refusal(status: number, body: Record<string, unknown>): string {
  const detail = body["detail"] ?? body["title"];
  return typeof detail === "string" ? `${status}: ${detail}` : `HTTP ${status}`;
}

function rejection(rejected: number, body: Record<string, unknown>): string {
  if (rejected === 0) return "";
  const errors = Array.isArray(body["errors"]) ? (body["errors"] as { reason?: unknown }[]) : [];
  const reasons = new Set(errors.map((error) => String(error.reason)));
  return `${rejected} ${rejected === 1 ? "entry was" : "entries were"} rejected: ${[...reasons].join(", ") || "no reason given"}`;
}
