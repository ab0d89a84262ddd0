/**
 * Creates a stream key, shows it this one time with code to paste, and a light that turns green when the first entry
 * has come in over it. The key is held by this element alone and goes with it.
 */

import { html, nothing } from "../../vendor/lit.js";
import { poll } from "../api/poll.js";
import { ago } from "../lib/format.js";
import { serviceAddress } from "../lib/router.js";
import { CopyButton } from "../ui/copy-button.js";
import { ICONS } from "../ui/icons.js";
import { Modal } from "../ui/modal.js";
import "./connect-code.js";
import { arrival } from "./first-entry.js";
import { NO_HOOK_KEY } from "./snippets/snippets.js";
import { askName } from "../ui/name-dialog.js";

const ASK_EVERY_MS = 1000;

/** @typedef {import("../api/client.js").Api} Api */
/** @typedef {import("../api/client.js").NewStreamKey} NewStreamKey */
/** @typedef {{ id: string, name: string }} Named */

/** @extends {Modal<void>} */
class KeyDialog extends Modal {
  static properties = {
    keys: { state: true },
    intake: { state: true },
    arrival: { state: true },
    text: { state: true },
    warned: { state: true },
  };

  /**
   * @param {Api} api
   * @param {Named} service
   * @param {NewStreamKey} made
   * @param {import("../api/client.js").Intake} before
   */
  constructor(api, service, made, before) {
    super();
    this.api = api;
    this.service = service;
    /** What was made here; a hook key beside a stream key, where a client needs one. @type {NewStreamKey[]} */
    this.keys = [made];
    this.intakeBefore = before;
    this.intake = before;
    this.heading = `Stream key “${made.name}”`;
    /** @type {"md" | "lg" | "xl"} */
    this.size = "xl";
    /** Which code to show first. */
    this.tab = "curl";
    /** @type {import("./first-entry.js").Arrival} */
    this.arrival = { state: "waiting" };
    /** The first entry's own words. */
    this.text = "";
    this.warned = false;
    this.taken = false;
    /** @type {() => void} */
    this.onFirstEntry = () => {};
  }

  connectedCallback() {
    super.connectedCallback();
    const asking = poll(async (signal) => {
      const [intake, keys] = await Promise.all([
        this.api.intake({ signal }),
        this.api.streamKeys(this.service.id, { signal }),
      ]);
      const mine = keys.filter(({ id }) => this.keys.some((each) => each.id === id));
      this.intake = intake;
      this.arrival = arrival(this.intakeBefore, intake, mine, this.service.id, Date.now());
      if (this.arrival.state !== "received") return;
      asking.stop();
      const { first } = this.arrival;
      this.onFirstEntry();
      this.text = (await this.api.entryAt(this.service.id, first))?.message ?? "";
    }, ASK_EVERY_MS);
    this.atEnd(asking.stop);
    const ageing = setInterval(() => this.requestUpdate(), ASK_EVERY_MS);
    this.atEnd(() => clearInterval(ageing));
  }

  async firstUpdated() {
    super.firstUpdated();
    const copy = this.querySelector("sx-copy");
    if (!(copy instanceof CopyButton)) return;
    await copy.updateComplete;
    copy.querySelector("button")?.focus();
  }

  body() {
    const [made] = this.keys;
    const hook = this.keys.find(({ kind }) => kind === "hook");
    return html`<div class="dialog-body" @copied=${this.onCopied}>
      ${this.keys.map(({ key, kind }) => {
        const isSecond = kind === "hook" && this.keys.length > 1;
        return html`<div class="secret">
          <code class="mono" tabindex="0" aria-label=${isSecond ? "Hook key" : "Stream key"}>${key}</code>
          <sx-copy
            .text=${key}
            label=${isSecond ? "hook key" : "stream key"}
            face=${isSecond ? "Copy hook key" : "Copy key"}
            .primary=${true}
          ></sx-copy>
        </div>`;
      })}
      <p class="secret-note muted">${ICONS.lock} Shown this one time: only a hash of it is kept. Store it where your app
        reads its secrets.</p>
      <sx-connect
        .streamKey=${made.key}
        .hookKey=${hook?.key ?? NO_HOOK_KEY}
        .service=${this.service}
        .listeners=${this.intake.listeners}
        .chosen=${made.kind === "hook" ? "webhook" : this.tab}
        @hook-key=${() => this.attempt(() => this.makeHookKey())}
      ></sx-connect>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
    </div>`;
  }

  /** For a client that has nothing but an address for its secret. */
  async makeHookKey() {
    const [{ name }] = this.keys;
    this.keys = [...this.keys, await this.api.createStreamKey(this.service.id, `${name}, hook`, "hook")];
  }

  foot() {
    if (this.warned) {
      return html`<footer class="dialog-foot" data-tone="warn">
        <p class="grow" role="alert">You have not copied the key, and it is not shown again.</p>
        <button type="button" class="btn" @click=${this.stay}>Keep open</button>
        <button type="button" class="btn btn-danger" @click=${() => this.leave()}>Close anyway</button>
      </footer>`;
    }
    return html`<footer class="dialog-foot">
      ${this.light()}
      ${
        this.arrival.state === "received" && !this.isWatching
          ? html`<a
            class="btn btn-primary"
            href=${serviceAddress(this.service.id, "watch")}
            @click=${() => this.dialog.close()}
          >Watch</a>`
          : html`<button type="button" class="btn" @click=${() => this.leave()}>Done</button>`
      }
    </footer>`;
  }

  /** What has come: said once by a screen reader, however long ago it becomes. */
  light() {
    const { arrival } = this;
    if (arrival.state === "waiting") {
      return html`<div class="grow key-light" role="status">
        <span class="light"></span><p>Waiting for the first entry…</p>
      </div>`;
    }
    if (arrival.state === "refused") {
      return html`<div class="grow key-light" role="status">
        <span class="light" data-tone="warn"></span>
        <p>Nothing taken yet: ${arrival.words}<span class="mono key-light-last" title=${arrival.last}
          >${arrival.last}</span></p>
      </div>`;
    }
    return html`<div class="grow key-light" role="status">
      <span class="light" data-tone="ok"></span>
      <p>First entry received <span aria-live="off">${ago(Date.parse(arrival.first.at), Date.now())}</span>${
        this.text ? html`<span class="mono key-light-last" title=${this.text}>${this.text}</span>` : nothing
      }</p>
    </div>`;
  }

  get isWatching() {
    return location.hash.startsWith(serviceAddress(this.service.id, "watch"));
  }

  /** Not all that can be copied here has the key in it. @param {Event} event */
  onCopied({ target }) {
    if (!(target instanceof CopyButton) || !this.keys.some(({ key }) => target.text.includes(key))) return;
    this.taken = true;
    this.warned = false;
  }

  stay() {
    this.warned = false;
  }

  /** Says once that the key is gone for good; not to somebody who has copied it, nor where it is already in use. */
  mayLeave() {
    if (this.taken || this.warned || this.arrival.state === "received") return true;
    this.warned = true;
    return false;
  }
}

customElements.define("sx-key-dialog", KeyDialog);

/** The one that is open, so that a second press of a button makes no second key. @type {Promise<boolean> | null} */
let open = null;

/**
 * Creates a stream key and shows it. Resolves when the dialog is closed; rejects with an ApiError where no key could be
 * made.
 * @param {object} options
 * @param {Api} options.api
 * @param {Named} options.service
 * @param {string} [options.name] the key's name
 * @param {boolean} [options.ask] whether to ask for the name first, with `name` to start from
 * @param {string} [options.tab] which code to show first, by the id of its snippet
 * @param {() => void} [options.onFirstEntry] called once, when the first entry over this key was accepted
 * @returns {Promise<boolean>} whether a key was made
 */
export function openKeyDialog({
  api,
  service,
  name = "First key",
  ask = false,
  tab = "curl",
  onFirstEntry = () => {},
}) {
  open ??= makeAndShow(api, service, { name, ask, tab, onFirstEntry }).finally(() => {
    open = null;
  });
  return open;
}

/**
 * @param {Api} api
 * @param {Named} service
 * @param {{ name: string, ask: boolean, tab: string, onFirstEntry: () => void }} options
 */
async function makeAndShow(api, service, { name, ask, tab, onFirstEntry }) {
  /** @type {KeyDialog | undefined} */
  let dialog;
  /** @param {string} chosen @param {boolean} [hook] */
  const create = async (chosen, hook = false) => {
    const before = await api.intake();
    dialog = new KeyDialog(api, service, await api.createStreamKey(service.id, chosen, hook ? "hook" : "live"), before);
  };
  if (ask) {
    await askName({
      heading: "Create stream key",
      label: "Name",
      value: name,
      hint: "Where the key is used, such as production or laptop. One key for each place makes revoking painless.",
      action: "Create stream key",
      option: html`A hook key, which may stand in an address: for webhooks and public pages. It only writes, and less
        at once.`,
      save: create,
    });
  } else {
    await create(name);
  }
  if (!dialog) return false;
  dialog.tab = tab;
  dialog.onFirstEntry = onFirstEntry;
  await dialog.show();
  return true;
}
