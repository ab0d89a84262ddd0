/** What the server says of a stream key whose requests bring nothing, in words: so that nobody wonders. */

import { ago, count } from "../lib/format.js";

/** @typedef {import("../api/client.js").Refused} Refused */

/** What was wrong with them, by the server's code. @type {Record<string, string>} */
const WRONG = {
  invalid_json: "with lines we could not read",
  invalid_body: "of a form we do not know",
  unsupported_type: "of a form we do not take",
  bad_encoding: "that could not be decompressed",
  body_stalled: "that stopped halfway",
  too_large: "too large to be taken",
  too_many_requests: "too soon after each other",
  idempotency_mismatch: "with another's Idempotency-Key",
  bad_origin: "from a page that may not send",
  not_an_object: "with nothing but entries that are no objects",
  missing_message: "with nothing but entries that say nothing",
  not_a_record: "with nothing but records of another form than their protocol's",
};

/**
 * "12 requests with lines we could not read, the last 3 s ago", and what shows why: the beginning of the last, or where
 * nothing of it was read, the server's own sentence.
 * @param {Refused} refused
 * @param {number} now ms since 1970
 * @returns {{ words: string, last: string, isSample: boolean }}
 */
export function refusedText({ requests, at, code, detail, sample }, now) {
  return {
    words: `${count(requests, "request")} ${WRONG[code] ?? "refused"}, the last ${ago(Date.parse(at), now)}`,
    last: sample || detail,
    isSample: sample !== "",
  };
}

/**
 * What became of spans that are no entries.
 * @param {number} dropped
 * @returns {string}
 */
export function droppedText(dropped) {
  return `${count(dropped, "span")} left out: of a trace, only the spans of requests are entries`;
}
