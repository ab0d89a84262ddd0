import { Writable } from "node:stream";
import type { SpectrixClient } from "../client.js";
import { messageOf } from "../encode.js";
import { isRecord } from "../probe.js";
import type { LogEntry } from "../types.js";

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

/** A transport for winston, of entries of `level` and above; without one, of those that its logger lets through. */
export function winston(client: SpectrixClient, level?: string): WinstonTransport {
  let logger: Logger = {};
  const log = (info: unknown, next: () => void): void => {
    try {
      const { level: name, ...entry } = entryOf(info, client);
      const level = WINSTON_LEVELS[name] ?? name;
      if (isWanted(name, transport.level ?? logger.level, logger.levels)) client.push({ level, ...entry });
    } catch {
      client.info(info); // what can't be taken apart is a message
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

/** Its level is winston's own. @throws TypeError, and what the app's getters do */
function entryOf(info: unknown, client: SpectrixClient): LogEntry {
  if (!isRecord(info)) throw new TypeError("not what winston has");
  const { level: shown, message, timestamp, ...metadata } = info as Record<string | symbol, unknown>;
  const level = String(metadata[LEVEL] ?? shown);
  const time = typeof timestamp === "number" || typeof timestamp === "string" ? { timestamp } : {};
  return { level, message: messageOf(message, client), ...time, metadata };
}

function isWanted(name: string, level: string | undefined, levels: Record<string, number> = {}): boolean {
  const rank = levels[name];
  const most = level === undefined ? undefined : levels[level];
  return rank === undefined || most === undefined || rank <= most;
}
