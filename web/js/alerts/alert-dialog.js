/** Makes an alert, or changes one: a rule with a dry run, and where it is told. */

import { html, nothing } from "../../vendor/lit.js";
import {
  COOLDOWNS,
  destinationText,
  dryRunText,
  formOf,
  KINDS,
  ruleOf,
  SILENCES,
  spanText,
  WINDOWS,
} from "./alert-form.js";
import { changeAlert, createAlert, dryRun } from "../api/alerts.js";
import { ApiError } from "../api/problem.js";
import { listViews } from "../api/views.js";
import { Modal } from "../ui/modal.js";

/** @typedef {import("../api/client.js").Api} Api */
/** @typedef {import("../api/alerts.js").Alert} Alert */
/** @typedef {import("./alert-form.js").AlertForm} AlertForm */

/** @extends {Modal<boolean>} */
class AlertDialog extends Modal {
  static properties = { form: { state: true }, said: { state: true }, views: { state: true } };

  /** @param {Api} api @param {{ id: string, name: string }} service @param {Alert | null} alert */
  constructor(api, service, alert) {
    super();
    this.api = api;
    this.service = service;
    this.alert = alert;
    this.heading = alert ? `Alert “${alert.name}”` : "Create alert";
    /** @type {AlertForm} */
    this.form = formOf(alert);
    this.said = "";
    /** @type {import("../api/views.js").View[]} */
    this.views = [];
  }

  connectedCallback() {
    super.connectedCallback();
    void this.loadViews();
  }

  async loadViews() {
    try {
      const views = await listViews(this.api);
      this.views = views.filter(
        ({ id, service }) => [null, this.service.id].includes(service) || id === this.form.view,
      );
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.problem = error.detail;
    }
  }

  body() {
    const { form } = this;
    return html`<form id="alert-form" class="dialog-body" @submit=${this.save} @input=${this.read}>
      ${this.text("name", "Name", { required: true, autofocus: true })}
      ${
        this.views.length > 0
          ? this.choice("view", "Watches", [
              ["", "a query of its own"],
              ...this.views.map(({ id, name }) => /** @type {[string, string]} */ ([id, `the view “${name}”`])),
            ])
          : nothing
      }
      ${form.view ? nothing : this.text("query", "Query", { mono: true, hint: "Empty: every entry." })}
      ${this.choice("kind", "Tell when there", [
        ["count", "are so many matches"],
        ["none", "is none for a while"],
        ["firstSeen", "is an error of a new kind"],
      ])}
      ${
        form.kind === "count"
          ? html`${this.text("count", "Matches", { type: "number" })}${this.spans("within", "Within", WINDOWS)}`
          : nothing
      }
      ${form.kind === "none" ? this.spans("none", "For", SILENCES) : nothing}
      ${this.spans("cooldown", "At most one message in", COOLDOWNS)}
      ${form.kind === "firstSeen" ? nothing : this.check("resolved", "Tell also when it is over")}
      ${this.check("every", `All services, each by itself, not ${this.service.name} alone`)}
      ${this.destinations()}
    </form>`;
  }

  destinations() {
    const { form } = this;
    return html`${form.kept.map(
      (each) => html`<div class="section-row">
        <span>${destinationText(each)}</span>
        <button
          type="button"
          class="btn btn-quiet"
          aria-label="Remove ${destinationText(each)}"
          @click=${() => this.set({ kept: form.kept.filter((other) => other !== each) })}
        >Remove</button>
      </div>
      ${each.kind === "json" ? this.otherHeaders(each) : nothing}`,
    )}
    ${this.choice("adds", form.kept.length ? "And also" : "Tell it to", [
      ["", "nobody else"],
      ...Object.entries(KINDS).map(([kind, { name }]) => /** @type {[string, string]} */ ([kind, name])),
    ])}
    ${
      form.adds
        ? KINDS[form.adds].fields.map(
            ([name, label, hint]) => html`<div class="field">
              <label for="alert-added-${name}">${label}</label>
              <input
                id="alert-added-${name}"
                name="added.${name}"
                class="input mono"
                placeholder=${hint}
                autocomplete="off"
                spellcheck="false"
                .value=${form.added[name] ?? ""}
              />
            </div>`,
          )
        : nothing
    }
    ${form.adds === "json" ? this.headers("added.headers", form.added.headers) : nothing}`;
  }

  /** @param {import("../api/alerts.js").Destination} destination */
  otherHeaders({ id = "", headers }) {
    return this.headers(`headers.${id}`, this.form.headers[id], headers);
  }

  /**
   * @param {string} name
   * @param {string} [text]
   * @param {Record<string, string>} [former] those that stay if none is given
   */
  headers(name, text = "", former = {}) {
    const names = Object.keys(former).join(", ");
    return html`<div class="field">
      <label for="alert-${name}">${names ? `Other headers instead of ${names}` : "Headers, a line each"}</label>
      <textarea
        id="alert-${name}"
        name=${name}
        class="input mono"
        rows="2"
        placeholder="X-Key: value"
        autocomplete="off"
        spellcheck="false"
        .value=${text}
      ></textarea>
    </div>`;
  }

  foot() {
    return html`<footer class="dialog-foot">
      <p class="muted said" role="status">${this.said || nothing}</p>
      ${this.problem ? html`<p class="problem said" role="alert">${this.problem}</p>` : nothing}
      <button type="button" class="btn" ?disabled=${this.busy} @click=${this.tryOut}>Dry run</button>
      <span class="grow"></span>
      <button type="button" class="btn" @click=${() => this.leave()}>Cancel</button>
      <button type="submit" form="alert-form" class="btn btn-primary" ?disabled=${this.busy}>
        ${this.alert ? "Save" : "Create alert"}
      </button>
    </footer>`;
  }

  /**
   * @param {"name" | "query" | "count"} name
   * @param {string} label
   * @param {{ required?: boolean, autofocus?: boolean, mono?: boolean, type?: string, hint?: string }} [how]
   */
  text(name, label, { required = false, autofocus = false, mono = false, type = "text", hint = "" } = {}) {
    return html`<div class="field">
      <label for="alert-${name}">${label}</label>
      <input
        id="alert-${name}"
        name=${name}
        type=${type}
        min="1"
        class="input ${mono ? "mono" : ""}"
        ?required=${required}
        ?autofocus=${autofocus}
        placeholder=${hint}
        autocomplete="off"
        spellcheck="false"
        .value=${this.form[name]}
      />
    </div>`;
  }

  /** @param {"kind" | "adds" | "view"} name @param {string} label @param {[value: string, text: string][]} values */
  choice(name, label, values) {
    return html`<div class="field">
      <label for="alert-${name}">${label}</label>
      <select id="alert-${name}" name=${name} class="input">
        ${values.map(
          ([value, text]) => html`<option value=${value} ?selected=${this.form[name] === value}>${text}</option>`,
        )}
      </select>
    </div>`;
  }

  /** @param {"within" | "none" | "cooldown"} name @param {string} label @param {readonly number[]} usual */
  spans(name, label, usual) {
    const chosen = Number(this.form[name]);
    const values = usual.includes(chosen) ? usual : [...usual, chosen].sort((one, other) => one - other);
    return html`<div class="field">
      <label for="alert-${name}">${label}</label>
      <select id="alert-${name}" name=${name} class="input">
        ${values.map(
          (seconds) => html`<option value=${seconds} ?selected=${seconds === chosen}>${spanText(seconds)}</option>`,
        )}
      </select>
    </div>`;
  }

  /** @param {"resolved" | "every"} name @param {string} label */
  check(name, label) {
    return html`<label class="share-filter">
      <input type="checkbox" name=${name} .checked=${this.form[name]} />
      <span>${label}</span>
    </label>`;
  }

  /** @param {Event} event */
  read(event) {
    const { name, value, type, checked } = /** @type {HTMLInputElement} */ (event.target);
    this.said = "";
    if (name.startsWith("headers.")) this.set({ headers: { ...this.form.headers, [name.slice(8)]: value } });
    else if (name.startsWith("added.")) this.set({ added: { ...this.form.added, [name.slice(6)]: value } });
    else if (name === "adds") this.set({ adds: /** @type {AlertForm["adds"]} */ (value), added: {} });
    else if (name === "kind" && !this.alert)
      this.set({ kind: /** @type {AlertForm["kind"]} */ (value), cooldown: value === "firstSeen" ? "0" : "300" });
    else this.set({ [name]: type === "checkbox" ? checked : value });
  }

  /** @param {Partial<AlertForm>} change */
  set(change) {
    this.form = { ...this.form, ...change };
  }

  tryOut() {
    void this.attempt(async () => {
      const query = this.views.find(({ id }) => id === this.form.view)?.query ?? this.form.query;
      const rule = { ...ruleOf(this.form, this.service.id), query };
      this.said = dryRunText(await dryRun(this.api, rule), Date.now());
    });
  }

  /** @param {SubmitEvent} event */
  save(event) {
    event.preventDefault();
    void this.attempt(async () => {
      const { service, ...rule } = ruleOf(this.form, this.service.id);
      // One of another service stays where it is: this page shows those of all services, too.
      const whole = { ...rule, service: this.form.every ? null : service };
      await (this.alert ? changeAlert(this.api, this.alert.id, whole) : createAlert(this.api, whole));
      this.finish(true);
    });
  }
}

customElements.define("sx-alert-dialog", AlertDialog);

/**
 * Lets the operator make or change an alert; resolves when the dialog is closed.
 * @param {Api} api
 * @param {{ id: string, name: string }} service
 * @param {Alert | null} [alert]
 */
export function openAlertDialog(api, service, alert = null) {
  return new AlertDialog(api, service, alert).show();
}
