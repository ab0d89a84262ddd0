/** <sx-rejected>: the entries that the server did not take lately, each with why and what to do about it. */

import { html, nothing } from "../../../vendor/lit.js";
import { ago, exactTime } from "../../lib/format.js";
import { preferences } from "../../lib/store.js";
import { refusedText } from "../../services/refused-text.js";
import { LightElement } from "../../ui/element.js";
import { problemNotice } from "../../ui/problem.js";
import { safeText } from "../../ui/safe-text.js";

/** @typedef {import("../../api/client.js").Rejected} Rejected */
/** @typedef {import("../../api/client.js").StreamKey} StreamKey */

/** @type {Record<string, [why: string, remedy: string]>} by the server's code */
const REASONS = {
  not_a_record: ["No record of its protocol", "A field has another type than its protocol says, or it is too large."],
  missing_message: [
    "It has no message, and neither method nor endpoint to make one of.",
    "Send a text as message, msg or body, or a method and an endpoint.",
  ],
  not_an_object: [
    "It is JSON, but no object.",
    "Send each entry as an object, {…}, not as a text, a number or a list.",
  ],
  invalid_json: [
    "It is not JSON.",
    "Write each entry with your language's JSON library, not by hand; as NDJSON, one entry a line.",
  ],
};

/**
 * Properties: `rejected` (newest first; null until the server has said), `keys` (names of stream keys by id),
 * `refused` (stream keys whose requests bring nothing), `problem`.
 */
export class RejectedPanel extends LightElement {
  static properties = {
    rejected: { attribute: false },
    keys: { attribute: false },
    refused: { attribute: false },
    problem: { attribute: false },
  };

  constructor() {
    super();
    /** @type {readonly Rejected[] | null} */
    this.rejected = null;
    /** @type {ReadonlyMap<string, string>} */
    this.keys = new Map();
    /** @type {readonly StreamKey[]} */
    this.refused = [];
    /** @type {string | null} */
    this.problem = null;
  }

  render() {
    const { rejected, refused } = this;
    if (!rejected) return html`<div class="panel-body" aria-busy="true">${problemNotice(this.problem)}</div>`;
    if (rejected.length === 0 && refused.length === 0) {
      return html`<div class="empty">
        <h2>Nothing was rejected</h2>
        <p>An entry that the server can't take appears here with the reason, and its neighbours are taken all the
          same.</p>
      </div>`;
    }
    return html`<div class="panel-body">
      ${problemNotice(this.problem)}
      ${refused.map((key) => this.wholly(key))}
      <p class="muted" ?hidden=${rejected.length === 0}>What the server did not take lately, newest first, at most 100.
        Everything else of the same batch was taken.</p>
      <ul class="rejected-list">
        ${rejected.map((each) => this.one(each))}
      </ul>
    </div>`;
  }

  /** A stream key whose requests bring nothing. @param {StreamKey} key */
  wholly({ name, refused }) {
    if (!refused) return nothing;
    const { words, last, isSample } = refusedText(refused, Date.now());
    return html`<p class="rejected-key">
      <b>${safeText(name)}</b>: ${words}: ${isSample ? html`<code class="mono">${safeText(last)}</code>` : last}
    </p>`;
  }

  /** @param {Rejected} rejected */
  one({ at, keyId, index, field, reason, sample }) {
    const [why, remedy] = REASONS[reason] ?? ["", ""];
    const time = Date.parse(at);
    return html`<li class="rejected">
      <p class="rejected-head">
        <b>${why || reason}</b>
        <time
          class="faint num"
          datetime=${at}
          title=${exactTime(time, preferences.get("zone"))}
        >${ago(time, Date.now())}</time>
      </p>
      ${remedy ? html`<p>${remedy}</p>` : nothing}
      <pre
        class="rejected-sample mono"
        tabindex="0"
        role="group"
        aria-label="The beginning of what came"
      >${safeText(sample)}</pre>
      <p class="faint rejected-facts">
        <code>${reason}</code>${
          field ? html` · field <code>${field}</code>` : nothing
        } · entry ${index + 1} of its batch · stream key
        ${safeText(this.keys.get(keyId) ?? keyId)}
      </p>
    </li>`;
  }
}

customElements.define("sx-rejected", RejectedPanel);
