/** What an alert is in words, and what a form makes of it: no page is needed for any of it. */

import { count, whole } from "../lib/format.js";

/** @typedef {import("../api/alerts.js").Alert} Alert */
/** @typedef {import("../api/alerts.js").Destination} Destination */
/** @typedef {import("../api/alerts.js").Kind} Kind */
/** @typedef {import("../api/alerts.js").Notice} Notice */
/** @typedef {import("../api/alerts.js").Rule} Rule */
/** @typedef {import("../api/alerts.js").When} When */
/**
 * The fields of the form, as text.
 * @typedef {object} AlertForm
 * @property {string} name
 * @property {string} query
 * @property {string} view the id of the view whose query it follows, or nothing
 * @property {boolean} every for all services, each by itself
 * @property {"count" | "none" | "firstSeen"} kind
 * @property {string} count
 * @property {string} within seconds
 * @property {string} none seconds
 * @property {string} cooldown seconds
 * @property {boolean} resolved
 * @property {Destination[]} kept those that are there and stay
 * @property {Kind | ""} adds the kind of one that is added
 * @property {Record<string, string>} added its fields; `headers` are a line each
 * @property {Record<string, string>} headers by the id of one that stays: those that replace what it has
 */

/** @type {Record<Kind, { name: string, fields: [name: string, label: string, hint: string][] }>} */
export const KINDS = {
  json: { name: "Webhook (JSON)", fields: [["url", "Address", "https://example.org/hook"]] },
  slack: { name: "Slack", fields: [["url", "Webhook address", "https://hooks.slack.com/services/…"]] },
  discord: { name: "Discord", fields: [["url", "Webhook address", "https://discord.com/api/webhooks/…"]] },
  ntfy: {
    name: "ntfy",
    fields: [
      ["url", "Server", "https://ntfy.sh"],
      ["topic", "Topic", "a name that nobody guesses"],
      ["token", "Access token, if it asks for one", ""],
    ],
  },
  telegram: {
    name: "Telegram",
    fields: [
      ["token", "Bot token", "123456:…"],
      ["chatId", "Chat id", "-100123456"],
    ],
  },
};

export const WINDOWS = [10, 60, 300, 900, 3600];
export const SILENCES = [60, 300, 900, 3600, 21_600, 86_400];
export const COOLDOWNS = [0, 60, 300, 3600, 21_600, 86_400];

/** What a new alert begins with, or what one that is changed is. @param {Alert | null} alert @param {string} query */
export function formOf(alert, query = "level:error") {
  const when = /** @type {{ count?: number, within?: number, none?: number, firstSeen?: true }} */ (alert?.when ?? {});
  /** @type {AlertForm} */
  const form = {
    name: alert?.name ?? "",
    query: alert?.query ?? query,
    view: alert?.view ?? "",
    every: alert !== null && alert.service === null,
    kind: when.firstSeen ? "firstSeen" : when.none ? "none" : "count",
    count: String(when.count ?? 10),
    within: String(when.within ?? 60),
    none: String(when.none ?? 300),
    cooldown: String(alert?.cooldown ?? 300),
    resolved: alert?.resolved ?? false,
    kept: alert?.destinations ?? [],
    adds: "",
    added: {},
    headers: {},
  };
  return form;
}

/** The rule that a form says. @param {AlertForm} form @param {string} serviceId @returns {Rule} */
export function ruleOf(form, serviceId) {
  // Those that are there are named alone: what is left out of them stays, their secrets too.
  const kept = form.kept.map(({ id, kind }) => ({
    ...(id === undefined ? {} : { id }),
    kind,
    ...(id !== undefined && form.headers[id]?.trim() ? { headers: headersOf(form.headers[id]) } : {}),
  }));
  const { headers = "", ...fields } = form.added;
  const added = form.adds
    ? [
        {
          kind: form.adds,
          ...Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== "")),
          ...(headers.trim() ? { headers: headersOf(headers) } : {}),
        },
      ]
    : [];
  return {
    name: form.name,
    ...(form.view ? { view: form.view } : { query: form.query }),
    service: form.every ? null : serviceId,
    when: whenOf(form),
    cooldown: Number(form.cooldown),
    resolved: form.kind !== "firstSeen" && form.resolved,
    destinations: [...kept, ...added],
  };
}

/** `X-Name: value`, a line each. @param {string} text @returns {Record<string, string>} */
function headersOf(text) {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const [name, ...rest] = line.split(":");
      return [name.trim(), rest.join(":").trim()];
    }),
  );
}

/** @param {AlertForm} form @returns {When} */
function whenOf({ kind, count: wanted, within, none }) {
  if (kind === "firstSeen") return { firstSeen: true };
  return kind === "none" ? { none: Number(none) } : { count: Number(wanted), within: Number(within) };
}

/** What a rule waits for. @param {When} when */
export function whenText(when) {
  if ("firstSeen" in when) return "an error of a new kind";
  if ("none" in when) return `none for ${spanText(when.none)}`;
  return `${whole(when.count)} or more in ${spanText(when.within)}`;
}

/** @param {number} seconds */
export function spanText(seconds) {
  if (seconds === 0) return "none";
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** Where a destination leads, without its secrets. @param {Destination} destination */
export function destinationText({ kind, url, topic, chatId }) {
  const { name } = KINDS[kind];
  if (kind === "telegram") return `${name}, chat ${chatId}`;
  const host = url?.replace(/^https?:\/\//, "").replace(/\/…$/, "") ?? "";
  return kind === "ntfy" ? `${name}, ${topic} at ${host}` : `${name}, ${host}`;
}

/** What a dry run came to. @param {import("../api/alerts.js").DryRun} run @param {number} now milliseconds */
export function dryRunText({ firings, since, entries }, now) {
  if (since === null) return "Nothing is kept yet that it could be tried on.";
  const seconds = Math.max(1, Math.round((now - Date.parse(since)) / 1000));
  const on = `over the last ${spanText(seconds)} (${count(entries, "entry", "entries")})`;
  if (firings.length === 0) return `Would not have fired ${on}.`;
  const newest = firings[firings.length - 1];
  const matches = count(newest.count, "match", "matches");
  return `Would have fired ${count(firings.length, "time")} ${on}, at last with ${matches}.`;
}

/** @param {Notice} notice */
export function noticeText({ kind, count: matches, missed }) {
  const behind = missed > 0 ? `; ${whole(missed)} entries were not looked at` : "";
  if (kind === "resolved") return `over${behind}`;
  return `${matches === 0 ? "nothing came" : count(matches, "match", "matches")}${behind}`;
}

/**
 * What became of a notice somewhere, and where that was, unless the alert tells one place only.
 * @param {import("../api/alerts.js").Notice["deliveries"][number]} delivery
 * @param {Pick<Alert, "destinations">} alert
 */
export function deliveryText({ destination, state, tries, said }, { destinations }) {
  const after = state === "delivered" || tries === 0 ? "" : ` after ${count(tries, "try", "tries")}`;
  return `${placeText(destinations, destination)}${state}${after}${said && `: ${said}`}`;
}

/** Which places a notice does not reach, and why. @param {Pick<Alert, "destinations" | "trouble">} alert */
export function troubleText({ destinations, trouble }) {
  return Object.entries(trouble)
    .map(([id, why]) => placeText(destinations, id) + why)
    .join("; ");
}

/** Before what is said of one place. @param {Alert["destinations"]} destinations @param {string} wanted */
function placeText(destinations, wanted) {
  const found = destinations.find(({ id }) => id === wanted);
  if (!found) return "a place that it tells no more: ";
  return destinations.length === 1 ? "" : `${destinationText(found)}: `;
}

/** How an alert stands. @param {Alert} alert @param {number} now @returns {[tone: string, text: string]} */
export function standing(alert, now) {
  if (alert.silencedUntil !== null && Date.parse(alert.silencedUntil) > now) return ["", "silenced"];
  if (Object.keys(alert.trouble).length > 0) return ["error", "not delivered"];
  if (alert.behind > 0) return ["warn", "behind"];
  return alert.state === "firing" ? ["error", "firing"] : ["ok", "watching"];
}

/** Those that concern a service. @param {readonly Alert[]} alerts @param {string} serviceId */
export function concerning(alerts, serviceId) {
  return alerts.filter(({ service }) => service === null || service === serviceId);
}
