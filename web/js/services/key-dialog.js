/**
 * Creates a stream key, shows it this one time with code to paste, and a light that turns green when the first entry
 * has come in over it. The key is held by this element alone and goes with it.
 */

import { html } from "../../vendor/lit.js";
import { arrival } from "./first-entry.js";
import { hookCurl } from "./snippets/snippet-curl.js";
import { hookAddress } from "./snippets/snippet-text.js";
import { poll } from "../api/poll.js";
import { serviceAddress } from "../lib/router.js";
import { CopyButton } from "../ui/copy-button.js";
import { ICONS } from "../ui/icons.js";
import { Modal } from "../ui/modal.js";
import "./connect-code.js";
import { askName } from "../ui/name-dialog.js";

const ASK_EVERY_MS = 1000;

/** @typedef {import("../api/client.js").Api} Api */
/** @typedef {{ id: string, name: string }} Named */

const LIGHTS = {
  waiting: ["", "Waiting for the first entry over this key"],
  rejected: ["warn", "Entries arrive over this key, but all were rejected: the Rejected list says why"],
  received: ["ok", "The first entry has come in over this key"],
};

/** @extends {Modal<void>} */
class KeyDialog extends Modal {
  static properties = {
    arrival: { state: true },
    warned: { state: true },
  };

  /**
   * @param {Api} api
   * @param {Named} service
   * @param {import("../api/client.js").NewStreamKey} made
   * @param {{ accepted: number, rejected: number }} before
   */
  constructor(api, service, made, before) {
    super();
    this.api = api;
    this.service = service;
    this.made = made;
    this.countsBefore = before;
    this.heading = `Stream key “${made.name}”`;
    /** @type {"md" | "lg"} */
    this.size = "lg";
    /** Which code to show first. */
    this.tab = "curl";
    /** @type {import("./first-entry.js").Arrival} */
    this.arrival = "waiting";
    this.warned = false;
    this.taken = false;
    /** @type {() => void} */
    this.onFirstEntry = () => {};
  }

  connectedCallback() {
    super.connectedCallback();
    const asking = poll(async (signal) => {
      const [service, keys] = await Promise.all([
        this.api.service(this.service.id, { signal }),
        this.api.streamKeys(this.service.id, { signal }),
      ]);
      const mine = keys.find((key) => key.id === this.made.id);
      this.arrival = arrival(this.countsBefore, service.stats, mine);
      if (this.arrival !== "received") return;
      asking.stop();
      this.onFirstEntry();
    }, ASK_EVERY_MS);
    this.atEnd(asking.stop);
  }

  async firstUpdated() {
    super.firstUpdated();
    const copy = this.querySelector("sx-copy");
    if (!(copy instanceof CopyButton)) return;
    await copy.updateComplete;
    copy.querySelector("button")?.focus();
  }

  body() {
    return html`<div class="dialog-body" @copied=${this.onCopied}>
      <div class="secret">
        <code class="mono" tabindex="0" aria-label="Stream key">${this.made.key}</code>
        <sx-copy .text=${this.made.key} label="stream key" face="Copy key" .primary=${true}></sx-copy>
      </div>
      <p class="secret-note muted">${ICONS.lock} Shown this one time: only a hash of it is kept. Store it where your app
        reads its secrets.</p>
      ${
        this.made.kind === "hook"
          ? this.hook()
          : html`<sx-connect .streamKey=${this.made.key} .chosen=${this.tab}></sx-connect>`
      }
    </div>`;
  }

  /** Where to send by a hook key: an address is all that a webhook is given. */
  hook() {
    const target = { origin: location.origin, key: this.made.key };
    const [address, command] = [hookAddress(target), hookCurl(target)];
    return html`<div class="snippet">
      <div class="snippet-block">
        <p class="snippet-title">Address <span class="faint">any JSON or text, by POST</span></p>
        <div class="code" data-wrap="true">
          <pre tabindex="0" aria-label="Address">${address}</pre>
          <sx-copy .text=${address} label="the address"></sx-copy>
        </div>
      </div>
      <div class="snippet-block">
        <p class="snippet-title"><span class="mono">curl</span></p>
        <div class="code" data-wrap="true">
          <pre tabindex="0" aria-label="curl">${command}</pre>
          <sx-copy .text=${command} label="the command"></sx-copy>
        </div>
      </div>
    </div>`;
  }

  foot() {
    if (this.warned) {
      return html`<footer class="dialog-foot" data-tone="warn">
        <p class="grow" role="alert">You have not copied the key, and it is not shown again.</p>
        <button type="button" class="btn" @click=${this.stay}>Keep open</button>
        <button type="button" class="btn btn-danger" @click=${() => this.leave()}>Close anyway</button>
      </footer>`;
    }
    const [tone, words] = LIGHTS[this.arrival];
    return html`<footer class="dialog-foot">
      <p class="grow key-light" role="status"><span class="light" data-tone=${tone}></span>${words}</p>
      ${
        this.arrival === "received" && !this.isWatching
          ? html`<a
            class="btn btn-primary"
            href=${serviceAddress(this.service.id, "watch")}
            @click=${() => this.dialog.close()}
          >Watch</a>`
          : html`<button type="button" class="btn" @click=${() => this.leave()}>Done</button>`
      }
    </footer>`;
  }

  get isWatching() {
    return location.hash.startsWith(serviceAddress(this.service.id, "watch"));
  }

  /** Not all that can be copied here has the key in it. @param {Event} event */
  onCopied({ target }) {
    if (!(target instanceof CopyButton) || !target.text.includes(this.made.key)) return;
    this.taken = true;
    this.warned = false;
  }

  stay() {
    this.warned = false;
  }

  /** Says once that the key is gone for good; not to somebody who has copied it, nor where it is already in use. */
  mayLeave() {
    if (this.taken || this.warned || this.arrival !== "waiting") return true;
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
    const { stats } = await api.service(service.id);
    dialog = new KeyDialog(api, service, await api.createStreamKey(service.id, chosen, hook ? "hook" : "live"), stats);
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
