/** What the page makes of queries and of messages: JSON in, `{queries, messages}`; JSON out, an outcome for each. */

import { readFileSync } from "node:fs";
import { QueryError } from "../../web/js/query/language/error.js";
import { parse } from "../../web/js/query/language/parser.js";
import { compile } from "../../web/js/query/matcher.js";
import { readMessage } from "../../web/js/stream/messages.js";

const GOLDEN = readFileSync(new URL("../golden/queries.json", import.meta.url), "utf8");
const NOW = Date.parse(JSON.parse(GOLDEN).now);
const sent = GOLDEN.slice(GOLDEN.indexOf("[", GOLDEN.indexOf('"entries"')), GOLDEN.indexOf('"matching"'))
  .trim()
  .replace(/,$/, "");
const ENTRIES = entries(sent);

/** @param {string} list the JSON of a list, as text: objects would have lost the last digits of long numbers */
function entries(list) {
  const message = readMessage(`{"type":"entries","through":1000,"entries":${list}}`, "e");
  if (message?.type !== "entries") throw new TypeError("no entries");
  return message.entries;
}

/** @param {string} q */
function outcome(q) {
  try {
    const matches = compile(parse(q, NOW));
    return { q, matches: ENTRIES.flatMap((entry, index) => (matches(entry) ? [index] : [])) };
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    // The page counts halves of surrogate pairs, the server characters.
    const place = (/** @type {number} */ at) => [...q.slice(0, at)].length;
    return { q, about: error.about, from: place(error.from), to: place(error.to) };
  }
}

/** @type {{queries: string[], messages: string[]}} */
const asked = JSON.parse(readFileSync(0, "utf8"));
console.log(
  JSON.stringify({ queries: asked.queries.map(outcome), messages: asked.messages.map((list) => entries(list)) }),
);
