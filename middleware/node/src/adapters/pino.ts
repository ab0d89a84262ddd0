import type { SpectrixClient } from "../client.js";
import { loggedTime } from "../logged-time.js";

const METADATA = Symbol.for("pino.metadata");

/** What pino writes its lines to. */
export interface PinoStream {
  /** By which pino knows it as a stream. */
  readonly writable: true;
  /** By which pino tells of each line, before it writes that, what it was made of. */
  readonly [METADATA]: true;
  lastLogger?: unknown;
  lastLevel?: unknown;
  lastMsg?: unknown;
  lastTime?: unknown;
  write(line: string): void;
}

/** How a logger names what is in its lines, by its own settings. */
interface Names {
  readonly message: string;
  readonly error: string;
  /** The begin of its lines, by level. */
  readonly begins: Readonly<Record<number, string>>;
  readonly labels: Readonly<Record<number, string>>;
}

const USUAL: Names = { message: "msg", error: "err", begins: {}, labels: {} };
const TIMED = /^,"((?:[^"\\]|\\.)*)":/;
const LEVELS = [
  [60, "fatal"],
  [50, "error"],
  [40, "warn"],
  [30, "info"],
  [20, "debug"],
  [-Infinity, "trace"],
] as const;

/** In the app's own thread, so that an entry still belongs to the request that it was logged in. */
export function pino(client: SpectrixClient): PinoStream {
  const known = new WeakMap<object, Names>();
  const stream: PinoStream = {
    writable: true,
    [METADATA]: true,
    write(line) {
      try {
        client.push(entryOfLine(line, stream, known, client.now()));
      } catch {
        client.info(typeof line === "string" ? line.trim() : line); // not pino's JSON: a line is a message
      }
      stream.lastLogger = undefined; // what somebody else writes, it has not made
    },
  };
  return stream;
}

/** @throws TypeError, SyntaxError */
function entryOfLine(line: string, stream: PinoStream, known: WeakMap<object, Names>, now: number) {
  const members = JSON.parse(line) as Record<string, unknown>;
  const number = Number(stream.lastLogger === undefined ? NaN : stream.lastLevel);
  const names = namesOf(stream.lastLogger, known);
  const begin = names.begins[number];
  const metadata = { ...members };
  let level = members["level"];
  let time = members["time"];
  if (begin !== undefined && line.startsWith(begin)) {
    for (const name of Object.keys(JSON.parse(`${begin}}`) as object)) delete metadata[name];
    level = number;
    const timed = TIMED.exec(line.slice(begin.length))?.[1];
    if (timed !== undefined && stream.lastTime !== "") {
      const name = JSON.parse(`"${timed}"`) as string;
      time = members[name];
      delete metadata[name];
    }
  } else {
    delete metadata["level"];
    delete metadata["time"];
  }
  delete metadata[names.message];
  const label = names.labels[Number(level)];
  const told = LEVELS.find(([least]) => Number(level) >= least)?.[1] ?? String(level ?? "info");
  const isCustom = label !== undefined && !LEVELS.some(([, name]) => name === label);
  const error = members[names.error] as { message?: unknown } | undefined;
  return {
    level: told,
    message: String(members[names.message] ?? error?.message ?? line.trim()),
    timestamp: loggedTime(time, now),
    metadata: { ...(isCustom && { originalLevel: label }), ...metadata },
  };
}

/** It keeps them under symbols of its own, with itself or with the logger that it is a child of. */
function namesOf(logger: unknown, known: WeakMap<object, Names>): Names {
  if (typeof logger !== "object" || logger === null) return USUAL;
  const before = known.get(logger);
  if (before !== undefined) return before;
  const found: Record<string, unknown> = {};
  for (let each: object | null = logger; each !== null; each = Object.getPrototypeOf(each)) {
    for (const symbol of Object.getOwnPropertySymbols(each)) {
      found[symbol.description ?? ""] ??= (logger as Record<symbol, unknown>)[symbol];
    }
  }
  const names: Names = {
    message: String(found["pino.messageKey"] ?? USUAL.message),
    error: String(found["pino.errorKey"] ?? USUAL.error),
    begins: (found["pino.lsCache"] ?? {}) as Names["begins"],
    labels: (logger as { levels?: { labels?: Names["labels"] } }).levels?.labels ?? {},
  };
  known.set(logger, names);
  return names;
}
