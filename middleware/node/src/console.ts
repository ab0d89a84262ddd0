import { format } from "node:util";
import { isError } from "./probe.js";
import type { Level, LogSink } from "./types.js";

const CONSOLE_LEVELS = {
  log: "info",
  info: "info",
  warn: "warn",
  error: "error",
  debug: "debug",
} as const satisfies Record<string, Level>;

/** Sends what goes to the console, which shows it as before. @returns puts the console back */
export function captureConsole(sink: LogSink): () => void {
  let on = true;
  let inside = false;
  const restore = (Object.keys(CONSOLE_LEVELS) as (keyof typeof CONSOLE_LEVELS)[]).map((name) => {
    const before = console[name];
    const captured = (...parts: unknown[]): void => {
      before.apply(console, parts);
      if (!on || inside) return;
      inside = true; // what is converted to text here may write to the console itself
      try {
        const error = parts.find(isError);
        sink.push({ level: CONSOLE_LEVELS[name], message: textOf(parts), ...(error && { metadata: { error } }) });
      } finally {
        inside = false;
      }
    };
    console[name] = captured;
    return () => {
      if (console[name] === captured) console[name] = before;
    };
  });
  return () => {
    on = false;
    for (const one of restore) one();
  };
}

function textOf(parts: unknown[]): string {
  try {
    return format(...parts);
  } catch {
    return "[unreadable]"; // the console itself has thrown already where this does
  }
}
