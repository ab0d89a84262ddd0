import { Writable } from "node:stream";
import type { SpectrixClient } from "../client.js";
import { messageOf } from "../encode.js";
import { loggedTime } from "../logged-time.js";
import { isError, isRecord } from "../probe.js";
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
const SPLAT = Symbol.for("splat"); // what was logged beside the message
const WINSTON_LEVELS: Record<string, string> = { silly: "debug", http: "info", emerg: "emergency", crit: "critical" };

const KNOWN = new Set(
  (
    "error warn warning info http verbose debug silly trace emerg alert crit critical fatal panic emergency notice " +
    "success err"
  ).split(" "),
);

/** A transport for winston, of entries of `level` and above; without one, of those that its logger lets through. */
export function winston(client: SpectrixClient, level?: string): WinstonTransport {
  let logger: Logger = {};
  const log = (info: unknown, next: () => void): void => {
    try {
      const { level: name, ...entry } = entryOf(info, client);
      if (isWanted(name, transport.level ?? logger.level, logger.levels)) {
        const nearest = levelOfRank(name, logger.levels);
        if (nearest !== undefined) entry.metadata = { originalLevel: name, ...entry.metadata };
        client.push({ level: nearest ?? WINSTON_LEVELS[name] ?? name, ...entry });
      }
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
  const { level: shown, message: given, timestamp, ...metadata } = info as Record<string | symbol, unknown>;
  // An error's own message is not among its members that are enumerable.
  const message = isError(info) ? info.message : given;
  const error = [info, message, ...asList(metadata[SPLAT])].find(isError);
  const level = String(metadata[LEVEL] ?? shown);
  const time = loggedTime(timestamp, client.now());
  if (error !== undefined) addError(metadata, error);
  return {
    level,
    message: messageOf(message, client),
    ...(time !== undefined && { timestamp: time }),
    metadata,
  };
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** With its stack and its cause; of the app's own under that name nothing is lost. */
function addError(metadata: Record<string | symbol, unknown>, error: Error): void {
  if (metadata["stack"] === error.stack) delete metadata["stack"];
  if (metadata["cause"] === error.cause) delete metadata["cause"];
  const own = metadata["error"];
  if (own !== undefined && own !== error) metadata["_error"] = own;
  metadata["error"] = error;
}

/** Of a name that nobody else has: the level of the next that is known and not more severe; undefined for others. */
function levelOfRank(name: string, levels: Record<string, number> = {}): string | undefined {
  const rank = levels[name];
  if (rank === undefined || KNOWN.has(name)) return undefined;
  const below = Object.entries(levels).filter(([each, other]) => KNOWN.has(each) && other >= rank);
  below.sort(([, one], [, other]) => one - other);
  const next = below[0]?.[0] ?? "debug";
  return WINSTON_LEVELS[next] ?? next;
}

function isWanted(name: string, level: string | undefined, levels: Record<string, number> = {}): boolean {
  const rank = levels[name];
  const most = level === undefined ? undefined : levels[level];
  return rank === undefined || most === undefined || rank <= most;
}
