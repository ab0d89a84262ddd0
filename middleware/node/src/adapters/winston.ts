import { Writable } from "node:stream";
import type { SpectrixClient } from "../client.js";
import { messageOf } from "../encode.js";

/** What winston asks of a transport, without winston's own base class. */
export interface WinstonTransport extends Writable {
  level?: string;
  log(info: unknown, next: () => void): void;
}

interface Logger {
  level?: string;
  levels?: Record<string, number>;
}

const LEVEL = Symbol.for("level"); // as given, where `level` may have colours
const WINSTON_LEVELS: Record<string, string> = { silly: "debug", http: "info" };

export function winston(client: SpectrixClient, level?: string): WinstonTransport {
  let logger: Logger = {};
  const log = (info: unknown, next: () => void): void => {
    const { level: shown, message, timestamp, ...metadata } = info as Record<string | symbol, unknown>;
    const name = String(metadata[LEVEL] ?? shown);
    if (isWanted(name, transport.level ?? logger.level, logger.levels)) {
      const time = typeof timestamp === "number" || typeof timestamp === "string" ? { timestamp } : {};
      client.push({ level: WINSTON_LEVELS[name] ?? name, message: messageOf(message), ...time, metadata });
    }
    next();
  };
  const stream = new Writable({ objectMode: true, write: (info, _encoding, next) => log(info, next) });
  const transport: WinstonTransport = Object.assign(stream, { log, ...(level !== undefined && { level }) });
  transport.on("pipe", (source: unknown) => {
    logger = source as Logger;
  });
  return transport;
}

function isWanted(name: string, level: string | undefined, levels: Record<string, number> = {}): boolean {
  const rank = levels[name];
  const most = level === undefined ? undefined : levels[level];
  return rank === undefined || most === undefined || rank <= most;
}
