/** What is to be said about the connection, and what to do about it. Quiet while all is well. */

import { html, nothing } from "../../../vendor/lit.js";
import { dayOf, moment } from "../../lib/format.js";
import { SERVICES } from "../../lib/router.js";

/** @typedef {import("../../stream/live-log.js").LiveLog} Watch */
/** @typedef {{tone: "" | "warn" | "error", text: unknown, action?: unknown}} Notice */

/** @type {Record<string, string>} */
const WAITS = {
  lost: "Connection lost",
  restarting: "The server is restarting",
  crowded: "Too many pages watch this service at once",
  unavailable: "The server can't open a session now",
};

/** @type {Notice} */
const AWAY = { tone: "warn", text: "The server does not answer. This page keeps trying and goes on by itself." };

/**
 * @param {object} options
 * @param {Watch} options.watch
 * @param {import("../../lib/format.js").Zone} options.zone
 * @param {string} options.problem of what the operator just tried; "" if none
 * @param {string} options.word what is to be said beside that; "": nothing
 * @param {boolean} options.away whether the server does not answer what is asked beside the stream
 * @param {() => void} options.again
 * @param {() => void} options.signIn
 */
export function connectionNotice({ watch, zone, problem, word, away, again, signIn }) {
  const notice =
    connection(watch, zone, { again, signIn }) ??
    (away ? AWAY : null) ??
    (problem ? { tone: "error", text: problem } : word ? { tone: "", text: word } : null);
  return html`<div class="watch-notice" role="status" data-tone=${notice?.tone || nothing} ?hidden=${!notice}>
    ${notice ? html`<span class="grow">${notice.text}</span>${notice.action ?? nothing}` : nothing}
  </div>`;
}

/**
 * @param {Watch} watch
 * @param {import("../../lib/format.js").Zone} zone
 * @param {{again: () => void, signIn: () => void}} actions
 * @returns {Notice | null}
 */
function connection(watch, zone, { again, signIn }) {
  const { phase, reason, detail, deadline, renewalRefused } = watch.subscriber;
  const retry = html`<button type="button" class="btn" @click=${again}>Try now</button>`;
  const goOn = html`<button
    type="button"
    class="btn btn-primary go-on"
    @click=${again}
  >Go on <kbd class="kbd">Enter</kbd></button>`;
  if (phase === "waiting") {
    const seconds = Math.max(1, Math.ceil((deadline - watch.clock.now()) / 1000));
    return { tone: "warn", text: html`${WAITS[reason]}, trying again in ${seconds} s${why(detail)}`, action: retry };
  }
  if ((phase === "connecting" || phase === "asking") && WAITS[reason])
    return { tone: "warn", text: `${WAITS[reason]}, trying again now` };
  if (phase === "ended") {
    const at = moment(watch.endedAt, zone, dayOf(watch.serverTime, zone), "minutes");
    if (watch.shared)
      return {
        tone: "",
        text: html`<b>The shared log ended${watch.endedAt ? ` ${at}` : nothing}.</b>
          ${detail || "Ask whoever sent the link for a new one."}`,
      };
    switch (reason) {
      case "expired":
        return {
          tone: "",
          text: html`<b>Session ended ${at}.</b> Going on misses nothing that the server still keeps.`,
          action: goOn,
        };
      case "ended":
        return { tone: "", text: html`<b>Session was ended ${at}</b>, here or on another page.`, action: goOn };
      case "signed_out":
        return {
          tone: "warn",
          text: html`<b>You are signed out</b>, here or on another page. What came so far stays.`,
          action: html`<button type="button" class="btn btn-primary" @click=${signIn}>Sign in</button>`,
        };
      case "gone":
        if (watch.facetCounts.entries === 0) return null; // the log's place says so
        return {
          tone: "error",
          text: "This service does not exist any more.",
          action: html`<a class="btn" href=${SERVICES}>All services</a>`,
        };
      default:
        return { tone: "error", text: detail || "The server refused the stream.", action: retry };
    }
  }
  return renewalRefused ? { tone: "warn", text: html`The session was not renewed${why(renewalRefused)}` } : null;
}

/** @param {string} detail */
function why(detail) {
  return detail ? html`<span class="muted"> · ${detail}</span>` : nothing;
}
