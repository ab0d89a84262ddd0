/** The line that says how the watching itself is: three lights, and how long the session goes on. */

import { html, nothing } from "../../vendor/lit.js";
import { countdown, duration } from "../format.js";
import { WATCH_ICONS } from "./watch-icons.js";

/** @typedef {import("../watch.js").Watch} Watch */
/** @typedef {[tone: "ok" | "warn" | "error" | "", word: string, title: string]} Light */

const SOON = 60_000; // the end of a session comes into view
const QUIET = 20_000; // a heartbeat comes every 15 s
const IDLE = 60_000;

/**
 * @param {object} options
 * @param {Watch} options.watch
 * @param {() => void} options.renew
 */
export function watchHead({ watch, renew }) {
  return html`<div class="watch-lights">${[socketLight(watch), serverLight(watch), appLight(watch)].map(light)}</div>
    ${timeLeft(watch, renew)}`;
}

/** @param {Light} light */
function light([tone, word, title]) {
  return html`<span class="watch-light" title=${title}><span class="light" data-tone=${tone}></span>${word}</span>`;
}

/** @param {Watch} watch @returns {Light} */
function socketLight({ subscriber: { phase } }) {
  switch (phase) {
    case "live":
      return ["ok", "socket", "The socket is connected"];
    case "waiting":
      return ["error", "socket lost", "The socket is not connected; this page tries again by itself"];
    case "ended":
    case "stopped":
      return ["", "socket closed", "The socket is closed"];
    default:
      return ["warn", "socket opening", "The socket is being connected"];
  }
}

/** @param {Watch} watch @returns {Light} */
function serverLight({ subscriber: { phase, heardAt }, clock }) {
  if (heardAt === -Infinity) return ["", "server", "The server has not been heard yet"];
  const since = clock.now() - heardAt;
  const title = `The server was last heard ${duration(since)} ago`;
  if (phase === "ended") return ["", "server", title];
  return phase === "live" && since < QUIET ? ["ok", "server", title] : ["warn", `server ${duration(since)} ago`, title];
}

/** @param {Watch} watch @returns {Light} */
function appLight({ lastEntryAt, serverTime }) {
  if (lastEntryAt === 0) return ["", "app not heard yet", "No entry of the app has come in"];
  const since = Math.max(0, serverTime - lastEntryAt);
  const word = since < 1000 ? "app now" : `app ${duration(since)} ago`;
  return [since < IDLE ? "ok" : "", word, "When the last entry of the app came in"];
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
    ${shared
      ? nothing
      : html`<button
          type="button"
          class=${soon ? "btn" : "icon-btn"}
          title="Renew the session: a new one takes its place, nothing is lost"
          aria-label="Renew the session"
          ?disabled=${subscriber.renewing}
          @click=${renew}
        >
          ${WATCH_ICONS.renew}${soon ? "Renew" : nothing}
        </button>`}
  </div>`;
}
