/** Asks from when to when. */

import { html } from "../../vendor/lit.js";
import { clock, date, zoneName } from "../lib/format.js";
import { Modal } from "../ui/modal.js";

/** @typedef {import("../lib/format.js").Zone} Zone */
/** @typedef {{since: number, until: number}} Chosen epoch milliseconds; `until` Infinity: and what comes */

/** @extends {Modal<Chosen>} */
class TimeDialog extends Modal {
  constructor() {
    super();
    /** @type {Chosen & {zone: Zone}} */
    this.begin = { since: 0, until: Infinity, zone: "local" };
    this.heading = "Only what came in a time";
  }

  body() {
    const { since, until, zone } = this.begin;
    const field = (/** @type {string} */ id, /** @type {string} */ label, /** @type {number} */ at) =>
      html`<div class="field">
        <label for=${id}>${label}</label>
        <input
          id=${id}
          class="input"
          type="datetime-local"
          step="1"
          .value=${at < Infinity ? spell(at, zone) : ""}
          aria-describedby="time-about"
        />
      </div>`;
    return html`<form id="time-form" class="dialog-body" novalidate @submit=${this.choose}>
      ${field("time-from", "From", since)} ${field("time-to", "To", until)}
      <div class="field"><p id="time-about" class=${this.problem ? "problem" : "hint"} role="status">${
        this.problem ??
        `When entries came in, ${zoneName(Date.now(), zone)}. Without an end, what comes is shown as well.`
      }</p></div>
    </form>`;
  }

  foot() {
    return html`<footer class="dialog-foot">
      <button type="button" class="btn" @click=${() => this.leave()}>Cancel</button>
      <button type="submit" form="time-form" class="btn btn-primary">Show</button>
    </footer>`;
  }

  /** @param {SubmitEvent} event */
  choose(event) {
    event.preventDefault();
    const [since, until] = ["#time-from", "#time-to"].map((field) => {
      const input = /** @type {HTMLInputElement} */ (this.querySelector(field));
      return read(input.value, this.begin.zone);
    });
    if (Number.isNaN(since)) this.problem = "A beginning is needed.";
    else if (until <= since) this.problem = "The end is before the beginning.";
    else this.finish({ since, until: Number.isNaN(until) ? Infinity : until });
  }
}

customElements.define("sx-time-dialog", TimeDialog);

/** @param {number} at @param {Zone} zone */
function spell(at, zone) {
  return `${date(at, zone)}T${clock(at, zone).slice(0, 8)}`;
}

/** @param {string} value @param {Zone} zone @returns {number} NaN: there is none */
function read(value, zone) {
  return Math.floor(Date.parse(zone === "utc" ? `${value}Z` : value) / 1000) * 1000;
}

/**
 * Asks for a time.
 * @param {Chosen & {zone: Zone}} begin with what it begins
 * @returns {Promise<Chosen | undefined>} undefined: the dialog was left
 */
export function askTime(begin) {
  const dialog = new TimeDialog();
  dialog.begin = begin;
  return dialog.show();
}
