/** Whether a client works that was just given a key: what the API says of it, taken again and again. */

import { ago } from "../lib/format.js";
import { refusedText } from "./refused-text.js";

/** @typedef {import("../api/client.js").StreamKey} StreamKey */
/** @typedef {import("../api/client.js").FirstEntry} FirstEntry */
/** @typedef {import("../api/client.js").Intake} Intake */
/** @typedef {import("../api/client.js").Refusal} Refusal */

/**
 * @typedef {{ state: "waiting" }
 *   | { state: "refused", words: string, last: string }
 *   | { state: "received", first: FirstEntry }} Arrival
 *   refused: requests come, and nothing of them was taken; `last` shows why
 */

/** Whose requests are nobody's: they have no key that would tell. */
const OF_NOBODY = new Set(["missing_key", "invalid_key", "not_found", "method_not_allowed", "unsupported_type"]);

/**
 * What has come since `before`, by one of these keys or by a listener of the service.
 * @param {Intake} before as it was when the keys were made
 * @param {Intake} now
 * @param {readonly StreamKey[]} keys
 * @param {string} serviceId
 * @param {number} time ms since 1970
 * @returns {Arrival}
 */
export function arrival(before, now, keys, serviceId, time) {
  const silent = before.listeners.filter(({ first }) => !first);
  const listeners = now.listeners.filter(
    (each) => each.serviceId === serviceId && silent.some(({ setting }) => setting === each.setting),
  );
  const [first] = [...keys, ...listeners]
    .flatMap((each) => (each.first ? [each.first] : []))
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  if (first) return { state: "received", first };
  const refused = keys.find((key) => key.refused)?.refused;
  if (refused) {
    const { words, last } = refusedText(refused, time);
    return { state: "refused", words, last };
  }
  const stranger = now.refusals.find((each) => OF_NOBODY.has(each.code) && !before.refusals.some(isAsOften(each)));
  if (!stranger) return { state: "waiting" };
  const { method, path, at, detail } = stranger;
  return { state: "refused", words: `${method} ${path} ${ago(Date.parse(at), time)}, not over this key`, last: detail };
}

/** @param {Refusal} now @returns {(before: Refusal) => boolean} whether nothing more like it has come */
function isAsOften({ method, path, code, requests }) {
  return (before) =>
    before.method === method && before.path === path && before.code === code && before.requests === requests;
}
