/** How tests talk to a process of theirs: calls come as JSON lines on standard input, answers go to standard output. */

import { createInterface } from "node:readline";

/** @param {object} message */
export function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/**
 * Answers `{id, call, ...options}` with `{id, answer}` or `{id, error}`, in any order. The process ends with its input.
 * @param {Record<string, (options: any) => unknown>} calls
 */
export function answerCalls(calls) {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", async (line) => {
    const { id, call, ...options } = JSON.parse(line);
    try {
      say({ id, answer: (await calls[call](options)) ?? null });
    } catch (error) {
      say({ id, error: String(error.stack) });
    }
  });
  lines.on("close", () => process.exit());
}
