/** A query ready to be asked of entries, as fast as it goes: a page asks it of 200,000. */

import { insensitive } from "./terms.js";
import { Look } from "./look.js";

/** @typedef {import("../wire.js").Entry} Entry */
/** @typedef {import("./terms.js").Test} Test */

/**
 * @param {import("./grammar.js").Node} tree
 * @returns {(entry: Entry) => boolean}
 */
export function compile(tree) {
  const test = tested(tree);
  const look = new Look();
  return (entry) => {
    look.at(entry);
    return test(look);
  };
}

/**
 * @param {import("./grammar.js").Node} node
 * @returns {Test}
 */
function tested(node) {
  switch (node.kind) {
    case "term":
      return node.matches;
    case "text":
      return anywhere(insensitive(node.text));
    case "pattern":
      return anywhere(node.pattern);
    case "not": {
      const test = tested(node.part);
      return (look) => !test(look);
    }
    case "or": {
      const tests = node.parts.map(tested);
      return (look) => tests.some((test) => test(look));
    }
    case "and": {
      const tests = node.parts.map(tested);
      return (look) => tests.every((test) => test(look));
    }
  }
}

/** Text is sought in each of five fields for itself. @param {RegExp} wanted @returns {Test} */
function anywhere(wanted) {
  return ({ entry }) =>
    wanted.test(entry.message) || wanted.test(entry.endpoint) || wanted.test(entry.metadata) || wanted.test(entry.source) || wanted.test(entry.method);
}
