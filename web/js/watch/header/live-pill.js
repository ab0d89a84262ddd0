/**
 * The pill that says how the watching itself is: one word for the worst of it. What it opens says it of the socket, the
 * server and the app, and when the session is renewed; it renews it now, or ends it.
 */

import { html, nothing } from "../../../vendor/lit.js";
import "../../ui/popover.js";
import { appWords, serverWords, sessionWords, standing } from "./live-words.js";

/** @typedef {import("../../stream/live-log.js").LiveLog} Watch */

const HOLDS = [0, 2, 5]; // s

/**
 * @param {object} options
 * @param {Watch} options.watch
 * @param {import("../reader/ingest-lag.js").IngestLag} options.lag
 * @param {import("../../lib/format.js").Zone} options.zone
 * @param {() => void} options.renew
 * @param {() => void} options.finish ends the session
 * @param {number} options.hold seconds for which rows of several services are held
 * @param {(seconds: number) => void} options.holdFor
 */
export function livePill(options) {
  const { tone, word, hint } = standing(options.watch);
  return html`<sx-popover
    class="live-place"
    kind="live-pill"
    hint=${hint}
    label="Live"
    side="end"
    .face=${html`<span class="light" data-tone=${tone}></span>${word}`}
    .content=${() => more(options, hint)}
  ></sx-popover>`;
}

/** @param {Parameters<typeof livePill>[0]} options @param {string} hint */
function more({ watch, lag, zone, renew, finish, hold, holdFor }, hint) {
  const session = sessionWords(watch, zone);
  return html`${part("Socket", [`${hint}.`])} ${part("Server", serverWords(watch))}
    ${part(watch.services.length > 0 ? "Apps" : "App", appWords(watch, lag))}
    ${watch.services.length > 0 ? order(hold, holdFor) : nothing}
    ${
      session
        ? html`${part("Session", [session])}
          ${
            watch.shared
              ? nothing
              : html`<div class="live-acts">
                <button type="button" class="btn" ?disabled=${watch.subscriber.renewing} @click=${renew}>Renew the
                  session</button>
                <button type="button" class="btn btn-quiet" @click=${finish}>End the session</button>
              </div>`
          }`
        : nothing
    }`;
}

/** @param {string} name @param {readonly string[]} sentences */
function part(name, sentences) {
  return html`<h2>${name}</h2>${sentences.map((words) => html`<p>${words}</p>`)}`;
}

/** @param {number} hold @param {(seconds: number) => void} holdFor */
function order(hold, holdFor) {
  return html`<h2 id="live-hold">Order of time</h2>
    <p>Rows of several services are held for a moment, so that a cause that comes late stands before its effect.</p>
    <div class="live-acts" role="group" aria-labelledby="live-hold">
      ${HOLDS.map(
        (seconds) =>
          html`<button
            type="button"
            class="chip"
            aria-pressed=${seconds === hold}
            @click=${() => holdFor(seconds)}
          >${seconds === 0 ? "Not held" : `${seconds} s`}</button>`,
      )}
    </div>`;
}
