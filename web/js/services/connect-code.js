/**
 * <sx-connect>: code to paste for whatever sends, address and key filled in. A tab for each kind of client, found by
 * typing as well; under it the clients of that kind.
 */

import { html, nothing } from "../../vendor/lit.js";
import {
  found,
  formerLine,
  GROUPS,
  NO_HOOK_KEY,
  NO_KEY,
  snippet,
  snippetsOf,
  startsListener,
} from "./snippets/snippets.js";
import "../ui/copy-button.js";
import { LightElement } from "../ui/element.js";

/** @typedef {import("./snippets/snippets.js").Snippet} Snippet */
/** @typedef {import("./snippets/snippets.js").Block} Block */
/** @typedef {import("./snippets/snippets.js").Target} Target */
/** @typedef {import("../api/client.js").Listener} Listener */

let made = 0;

/**
 * Properties: `streamKey`, `hookKey` (none: words that stand in their place), `service`, `listeners` (null: not known
 * yet), `chosen` (a snippet's id). Fires `hook-key` where somebody wants one.
 */
export class ConnectCode extends LightElement {
  static properties = {
    streamKey: { attribute: false },
    hookKey: { attribute: false },
    service: { attribute: false },
    listeners: { attribute: false },
    chosen: { attribute: false },
    sought: { state: true },
  };

  constructor() {
    super();
    this.streamKey = NO_KEY;
    this.hookKey = NO_HOOK_KEY;
    /** @type {{ id: string, name: string } | null} */
    this.service = null;
    /** @type {Listener[] | null} */
    this.listeners = null;
    this.chosen = "express";
    this.sought = "";
    this.number = made += 1;
  }

  /** @returns {Target} */
  get target() {
    const { streamKey: key, hookKey, service } = this;
    const ports = Object.fromEntries(
      (this.listeners ?? [])
        .filter((each) => each.serviceId === service?.id)
        .map(({ setting, port }) => [setting, port]),
    );
    return { origin: location.origin, key, hookKey, service: service?.name ?? "my-app", ports };
  }

  /** The tabs in which something is found. */
  get groups() {
    const groups = new Set(found(this.sought).map(({ group }) => group));
    return GROUPS.filter((group) => groups.has(group));
  }

  render() {
    return html`<div class="connect-choice">
        <input
          class="input"
          type="search"
          placeholder="Search clients"
          aria-label="Search clients"
          autocomplete="off"
          spellcheck="false"
          .value=${this.sought}
          @input=${this.onSearch}
        />
        <div class="connect-tabs" role="tablist" aria-label="Code to paste" @keydown=${this.onTabKey}>
          ${this.groups.map((group) => this.tab(group))}
        </div>
      </div>
      ${this.groups.length > 0 ? this.panel() : this.nothingFound()}`;
  }

  panel() {
    const { id, group, label, blocks } = snippet(this.chosen);
    const { target } = this;
    return html`<div
      id="snippet-${this.number}"
      class="snippet"
      role="tabpanel"
      aria-labelledby="snippet-${this.number}-${GROUPS.indexOf(group)}"
    >
      ${this.variants(group)} ${this.needs(snippet(id), target)}
      ${blocks(target).map((block) => this.block(block, label))} ${id === "express" ? this.former(target) : nothing}
    </div>`;
  }

  nothingFound() {
    return html`<div class="snippet">
      <p class="muted">No client of that name is listed. Whatever prints lines works with
        <button type="button" class="btn btn-quiet" @click=${() => this.choose("run")}>run</button>, whatever sends HTTP
        as <button type="button" class="btn btn-quiet" @click=${() => this.choose("curl")}>curl</button> does.</p>
    </div>`;
  }

  /** @param {string} group */
  tab(group) {
    const chosen = group === snippet(this.chosen).group;
    return html`<button
      type="button"
      role="tab"
      id="snippet-${this.number}-${GROUPS.indexOf(group)}"
      aria-controls="snippet-${this.number}"
      aria-selected=${chosen}
      tabindex=${chosen ? 0 : -1}
      @click=${() => this.choose((found(this.sought).find((each) => each.group === group) ?? snippetsOf(group)[0]).id)}
    >
      ${group}
    </button>`;
  }

  /** The clients under one tab. @param {string} group */
  variants(group) {
    const all = snippetsOf(group);
    if (all.length === 1) return nothing;
    return html`<fieldset class="connect-variants">
      <legend class="sr-only">${group}</legend>
      ${all.map(
        ({ id, label }) => html`<label class="choice">
          <input
            type="radio"
            name="snippet-${this.number}"
            .checked=${id === this.chosen}
            @change=${() => this.choose(id)}
          />${label}
        </label>`,
      )}
    </fieldset>`;
  }

  /** What has to be there before these lines work. @param {Snippet} snippet @param {Target} target */
  needs({ group, listener, hook }, target) {
    if (hook && this.hookKey === NO_HOOK_KEY) {
      return html`<p class="connect-needs">
        <span>An address is all that it has for a secret, so it needs a hook key, which may stand there.</span>
        <button type="button" class="btn" @click=${() => this.dispatchEvent(new Event("hook-key"))}>
          Create hook key
        </button>
      </p>`;
    }
    if (listener && target.ports[listener]) {
      return html`<p class="connect-needs" data-tone="ok">
        The listener is on, at port ${target.ports[listener]}, for this service. It asks for no key.
      </p>`;
    }
    if (listener) {
      const command = startsListener(target, listener);
      return html`<p class="connect-needs" data-tone="warn">
        <span>It has no place for a key, so it sends to a listener, which is off. The server's setting turns it
          on:</span>
        <span><code class="mono">${command}</code> <sx-copy .text=${command} label="the setting"></sx-copy></span>
      </p>`;
    }
    return group === "OpenTelemetry" ? this.otlp() : nothing;
  }

  /** Where SDKs send that were told nothing but the key. */
  otlp() {
    const there = this.listeners?.find(({ setting }) => setting === "otlp-port");
    return html`<p class="connect-needs">
      ${
        there
          ? html`<span>OTLP is taken at port ${there.port} too.</span>`
          : html`<span>With <code class="mono">--otlp-port 4318</code> the server takes OTLP at its usual port
            too.</span>`
      }
    </p>`;
  }

  /** @param {Block} block @param {string} label */
  block({ title, note, code }, label) {
    return html`<div class="snippet-block">
      ${
        title
          ? html`<p class="snippet-title"><span class="mono">${title}</span>${
              note ? html`<span class="faint">${note}</span>` : nothing
            }</p>`
          : nothing
      }
      <div class="code" data-wrap=${!title || !code.includes("\n")}>
        <pre tabindex="0" aria-label=${title || label}>${code}</pre>
        <sx-copy .text=${code} label=${title || "the command"}></sx-copy>
      </div>
    </div>`;
  }

  /** For those who have the middleware file that was there before ours. @param {Target} target */
  former(target) {
    const line = formerLine(target);
    return html`<p class="snippet-former faint">
      An app that has spectrix.middleware.ts can keep it and change one line: <code class="mono">${line}</code>
      <sx-copy .text=${line} label="the line"></sx-copy>
    </p>`;
  }

  /** @param {string} id */
  choose(id) {
    this.chosen = id;
    if (!found(this.sought).some((each) => each.id === id)) this.sought = "";
  }

  /** What is found first is shown, unless what is shown is found as well. @param {Event} event */
  onSearch({ target }) {
    this.sought = /** @type {HTMLInputElement} */ (target).value;
    const all = found(this.sought);
    if (all.length > 0 && !all.some(({ id }) => id === this.chosen)) this.chosen = all[0].id;
  }

  /** @param {KeyboardEvent} event */
  onTabKey(event) {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const { groups } = this;
    const at = groups.indexOf(snippet(this.chosen).group);
    this.choose(snippetsOf(groups.at((at + step) % groups.length) ?? groups[0])[0].id);
    void this.updateComplete.then(() => this.selectedTab?.focus());
  }

  get selectedTab() {
    return /** @type {HTMLElement | null} */ (this.querySelector("[role=tab][aria-selected=true]"));
  }

  /** @param {import("../../vendor/lit.js").PropertyValues} changed */
  updated(changed) {
    if (changed.has("chosen")) this.showSelected();
  }

  /** Within the tabs alone: the page does not move. */
  showSelected() {
    const tab = this.selectedTab;
    const tabs = tab?.parentElement;
    if (!tab || !tabs) return;
    tabs.scrollTo({
      left: tab.offsetLeft - (tabs.clientWidth - tab.clientWidth) / 2,
      top: tab.offsetTop - (tabs.clientHeight - tab.clientHeight) / 2,
    });
  }
}

customElements.define("sx-connect", ConnectCode);
