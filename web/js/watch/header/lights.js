/**
 * The line that says how the watching itself is: three lights, each with more to say when pressed, and how long the
 * session goes on.
 */

import { html, nothing } from "../../../vendor/lit.js";
import { appClockText, appDelayText, browserClockText } from "../../stream/clock-skew-text.js";
import { countdown, dayOf, duration, moment } from "../../lib/format.js";
import { preferences } from "../../lib/store.js";
import "../../ui/popover.js";
import { ICONS } from "../../ui/icons.js";

/** @typedef {import("../../stream/live-log.js").LiveLog} Watch */
/** @typedef {import("../reader/ingest-lag.js").IngestLag} IngestLag */
/**
 * @typedef {{tone: "ok" | "warn" | "error" | "", word: unknown, hint: string, name: string, more: () => unknown}} Light
 */

const SOON = 60_000; // the end of a session comes into view
const QUIET = 20_000; // a heartbeat comes every 15 s
const IDLE = 60_000;

/**
 * @param {object} options
 * @param {Watch} options.watch
 * @param {IngestLag} options.lag
 * @param {() => void} options.renew
 */
export function watchHeader({ watch, lag, renew }) {
  const lights = [socketLight(watch), serverLight(watch), appLight(watch, lag)];
  return html`<div class="watch-lights">${lights.map(light)}</div>
    ${timeLeft(watch, renew)}`;
}

/** @param {Light} light */
function light({ tone, word, hint, name, more }) {
  return html`<sx-popover
    kind="watch-light"
    hint=${hint}
    label=${name}
    .face=${html`<span class="light" data-tone=${tone}></span>${word}`}
    .content=${() => html`<h3>${name}</h3><p>${hint}.</p>${more()}`}
  ></sx-popover>`;
}

/** @param {Watch} watch @returns {Light} */
function socketLight(watch) {
  const { subscriber, remaining } = watch;
  const zone = preferences.get("zone");
  const more = () =>
    remaining === Infinity
      ? nothing
      : html`<p>The session behind it ends ${moment(
          watch.serverTime + remaining,
          zone,
          dayOf(watch.serverTime, zone),
          "minutes",
        )}. ${watch.shared ? "Whoever shared this log chose how long." : "Renewing it loses nothing."}</p>`;
  const say = (/** @type {Light["tone"]} */ tone, /** @type {string} */ word, /** @type {string} */ hint) => ({
    tone,
    word,
    hint,
    name: "Socket",
    more,
  });
  switch (subscriber.phase) {
    case "live":
      return say("ok", "socket", "The socket is connected");
    case "waiting":
      return say("error", "socket lost", "The socket is not connected; this page tries again by itself");
    case "ended":
    case "stopped":
      return say("", "socket closed", "The socket is closed");
    default:
      return say("warn", "socket opening", "The socket is being connected");
  }
}

/** @param {Watch} watch @returns {Light} */
function serverLight(watch) {
  const { subscriber, clock: time } = watch;
  const { phase, heardAt } = subscriber;
  const name = "Server";
  if (heardAt === -Infinity)
    return { tone: "", word: "server", hint: "The server has not been heard yet", name, more: () => nothing };
  const since = time.now() - heardAt;
  const well = phase === "live" && since < QUIET;
  return {
    tone: phase === "ended" ? "" : well ? "ok" : "warn",
    word: well || phase === "ended" ? "server" : ago("server", since),
    hint: `The server was last heard ${duration(since)} ago`,
    name,
    more: () => html`<p>It speaks every 15 s at least.</p><p>${browserClockText(subscriber.skew)}</p>`,
  };
}

/** @param {string} who @param {number} since milliseconds */
function ago(who, since) {
  return html`${who} ${duration(since)}<span class="light-ago"> ago</span>`;
}

/** @param {Watch} watch @param {IngestLag} lag @returns {Light} */
function appLight({ lastEntryAt, serverTime, services }, lag) {
  const name = services.length > 0 ? "Apps" : "App";
  if (lastEntryAt === 0) {
    return {
      tone: "",
      word: "app not heard yet",
      hint: "No entry of the app has come in",
      name,
      more: () => html`<p>Its first one lights this up.</p>`,
    };
  }
  const since = Math.max(0, serverTime - lastEntryAt);
  const word = since < 1000 ? "app now" : ago("app", since);
  return {
    tone: since < IDLE ? "ok" : "",
    word,
    hint: `The last entry came in ${since < 1000 ? "just now" : `${duration(since)} ago`}`,
    name,
    more: () => [appDelayText(lag), appClockText(lag)].map((words) => (words ? html`<p>${words}</p>` : nothing)),
  };
}

/**
 * @param {Watch} watch
 * @param {() => void} renew
 */
function timeLeft({ remaining, subscriber, shared }, renew) {
  if (remaining === Infinity || subscriber.phase === "ended") return nothing;
  const soon = remaining < SOON;
  return html`<div class="watch-ends" data-soon=${soon}>
    <span class="num" title="A session lasts a short time, for security. Renewing it loses nothing.">
      <span class="ends-words">ends in </span>${countdown(remaining)}
    </span>
    ${
      shared
        ? nothing
        : html`<button
          type="button"
          class=${soon ? "btn" : "icon-btn"}
          title="Renew the session: a new one takes its place, nothing is lost"
          aria-label="Renew the session"
          ?disabled=${subscriber.renewing}
          @click=${renew}
        >
          ${ICONS.renew}${soon ? "Renew" : nothing}
        </button>`
    }
  </div>`;
}
