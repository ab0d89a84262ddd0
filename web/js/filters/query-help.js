/** The few rules of the query language, for the popover beside the line. `docs/query.md` tells all of it. */

import { html } from "../../vendor/lit.js";

/** @type {readonly [example: string, meaning: string][]} */
const RULES = [
  ["timeout card", "both words, anywhere in the entry, in any case"],
  ['"card declined"', "these words in a row"],
  ["/time ?out/i", "a regular expression; i ignores case"],
  ["level:error", "also level>=warn"],
  ["status:404  status:5xx", "one, or a class; status>=400 a range"],
  ["duration>300  duration<1.5s", "milliseconds, or seconds"],
  ["source:api  route:/users/:id", "the whole value, in any case"],
  ["path:/users  message:failed", "a part of the value"],
  ["request:…  trace:…", "everything of one request, of one trace"],
  ["metadata.userId=42", "exactly that; : a part of it, > and < numbers"],
  ["metadata.plan:*  -source:*", "it is there; it is not"],
  ["-path:/healthz  NOT timeout", "without it"],
  ["(a OR b) c", "a or b, and c as well"],
];

export function queryHelp() {
  return html`<div class="query-help">
    <h2>Query help</h2>
    <dl>
      ${RULES.map(([example, meaning]) => html`<dt class="mono">${example}</dt><dd>${meaning}</dd>`)}
    </dl>
    <p class="muted">Press <kbd class="kbd">i</kbd> or <kbd class="kbd">x</kbd> on a row to filter to what it tells, or
      exclude it. <kbd class="kbd">Alt</kbd> <kbd class="kbd">↓</kbd> offers what was seen.</p>
  </div>`;
}
