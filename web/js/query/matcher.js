/** A query ready to be asked of entries, as fast as it goes: a page asks it of 200,000. */

import { insensitive } from "./language/terms.js";

/** @typedef {import("./language/terms.js").Test} Test */

const REMEMBERED = 1000; // values whose answer is known

/**
 * @param {import("./language/parser.js").Node} node
 * @returns {Test}
 */
export function compile(node) {
  switch (node.kind) {
    case "term":
      return node.matches;
    case "text":
      return anywhere(insensitive(node.text));
    case "pattern":
      return anywhere(node.pattern);
    case "not": {
      const test = compile(node.part);
      return (entry) => !test(entry);
    }
    case "or": {
      const tests = node.parts.map(compile);
      return (entry) => {
        for (const test of tests) if (test(entry)) return true;
        return false;
      };
    }
    case "and": {
      const tests = node.parts.map(compile);
      return (entry) => {
        for (const test of tests) if (!test(entry)) return false;
        return true;
      };
    }
  }
}

/** Text is sought in each of five fields for itself. @param {RegExp} wanted @returns {Test} */
function anywhere(wanted) {
  const source = remembered(wanted);
  const method = remembered(wanted);
  return (entry) =>
    wanted.test(entry.message) ||
    wanted.test(entry.endpoint) ||
    wanted.test(entry.metadata) ||
    source(entry.source) ||
    method(entry.method);
}

/** For a field that has few values. @param {RegExp} wanted @returns {(text: string) => boolean} */
function remembered(wanted) {
  /** @type {Map<string, boolean>} */
  const answers = new Map();
  return (text) => {
    let answer = answers.get(text);
    if (answer === undefined) {
      if (answers.size >= REMEMBERED) answers.clear();
      answers.set(text, (answer = wanted.test(text)));
    }
    return answer;
  };
}
