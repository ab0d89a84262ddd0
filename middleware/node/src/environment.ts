/** What the middleware needs from outside, so that tests can bring their own clock, network and chance. */

import { randomBytes } from "node:crypto";
import { type Received, type Sending, send } from "./send.js";

/** What setTimeout gives; an unref'd one keeps no process alive. */
export interface Timer {
  ref?(): unknown;
  unref?(): unknown;
}

/** Clock, network, chance and stderr. */
export interface Environment {
  send(url: string, sending: Sending): Promise<Received>;
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds that never go back. */
  monotonic(): number;
  /** 0 to 1. */
  random(): number;
  /** A new id of 32 hexadecimal digits. */
  id(): string;
  setTimeout(callback: () => void, ms: number): Timer;
  clearTimeout(timer: Timer): void;
  /** One line for whoever runs the app. */
  writeLine(line: string): void;
}

const ID_PREFIX = randomBytes(10).toString("hex"); // new in each process; what follows counts
let ids = 0;

/** That of Node. */
export const REAL_ENVIRONMENT: Environment = {
  send,
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  id: () => ID_PREFIX + (++ids).toString(16).padStart(12, "0"),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  writeLine: (line) => void process.stderr.write(`${line}\n`),
};
