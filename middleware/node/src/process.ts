/** The process that the middleware lives in: how it ends, without any change to whether, when and how it does. */
import { shared } from "./shared.js";
import type { Participant } from "./types.js";

const FLUSH_TIMEOUT = 2000;
const EXIT_TIMEOUT = 1000;
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** @returns leaves again */
export function join(participant: Participant): () => void {
  const home = shared();
  home.unlisten ??= listen();
  home.participants.add(participant);
  return () => {
    home.participants.delete(participant);
    if (home.participants.size > 0) return;
    home.unlisten?.();
    home.unlisten = undefined;
  };
}

/** @returns listens no longer */
function listen(): () => void {
  process.on("beforeExit", beforeExit);
  process.on("exit", exit);
  process.on("uncaughtExceptionMonitor", uncaught);
  for (const signal of SIGNALS) process.on(signal, signalled);
  return () => {
    process.off("beforeExit", beforeExit);
    process.off("exit", exit);
    process.off("uncaughtExceptionMonitor", uncaught);
    for (const signal of SIGNALS) process.off(signal, signalled);
  };
}

/** Once: an app that logs here would never come to its end. */
function beforeExit(): void {
  process.off("beforeExit", beforeExit);
  void flushAll();
}

function exit(): void {
  for (const participant of [...shared().participants]) participant.exit(EXIT_TIMEOUT);
}

function uncaught(error: unknown, origin: string): void {
  for (const participant of shared().participants) participant.uncaught(error, origin);
}

/** A signal that the app handles is the app's. Else it does what it would have, after one flush; a second, at once. */
function signalled(signal: NodeJS.Signals): void {
  const own = process.listenerCount(signal) === 1;
  const flushed = flushAll();
  if (!own) return;
  for (const each of SIGNALS) process.off(each, signalled);
  void flushed.then(() => process.kill(process.pid, signal));
}

async function flushAll(): Promise<void> {
  await Promise.all([...shared().participants].map((participant) => participant.flush(FLUSH_TIMEOUT)));
}
