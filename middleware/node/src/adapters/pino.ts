import type { SpectrixClient } from "../client.js";

/** What pino writes its lines to. */
export interface PinoStream {
  /** By which pino knows it as a stream. */
  readonly writable: true;
  write(line: string): void;
}

const PINO_LEVELS: Record<number, string> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};

/** In the app's own thread, so that an entry still belongs to the request that it was logged in. */
export function pino(client: SpectrixClient): PinoStream {
  return {
    writable: true,
    write(line) {
      try {
        const { level, time, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
        const error = rest["err"] as { message?: unknown } | undefined;
        client.push({
          level: PINO_LEVELS[Number(level)] ?? String(level ?? "info"),
          message: String(msg ?? error?.message ?? line.trim()),
          ...(typeof time === "number" || typeof time === "string" ? { timestamp: time } : {}),
          metadata: rest,
        });
      } catch {
        client.info(typeof line === "string" ? line.trim() : line); // not pino's JSON: a line is a message
      }
    },
  };
}
