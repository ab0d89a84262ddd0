/**
 * <sx-sign-in>: the way in for who has no sign-in: what became of a one-time link, the password, or the command that
 * helps.
 */

import { html, nothing } from "../../vendor/lit.js";
import { ApiError } from "../api/client.js";
import { EXPOSED, isExposed, isLoopback } from "../lib/plain-http.js";
import { LightElement } from "../ui/element.js";
import { ICONS, MARK } from "../ui/icons.js";

/** The command that prints a link to this server: with its port, where that is neither the default nor a proxy's. */
function linkCommand() {
  const named = isLoopback(location.hostname) && location.port !== "" && location.port !== "4000";
  return `python -m spectrix_lite url${named ? ` --port ${location.port}` : ""}`;
}

/** Properties: `api`, `me`, `reason` (an ApiError from claiming a link, or null), `embedded`. Fires `signed-in`. */
export class SignInPage extends LightElement {
  static properties = {
    api: { attribute: false },
    me: { attribute: false },
    reason: { attribute: false },
    embedded: { attribute: false },
    problem: { state: true },
    busy: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../api/client.js").Api | null} */
    this.api = null;
    /** @type {import("../api/client.js").Me | null} */
    this.me = null;
    /** @type {ApiError | null} */
    this.reason = null;
    /** Whether it is part of a dialog, and not a page. */
    this.embedded = false;
    /** @type {string | null} */
    this.problem = null;
    this.busy = false;
  }

  render() {
    if (this.embedded) return this.me?.passwordSet ? this.form() : this.command();
    return html`<main class="gate">
      <div class="gate-card">
        <h1>${MARK}<span>Spectrix Lite</span></h1>
        ${this.reason ? this.aboutLink(this.reason) : nothing} ${this.me?.passwordSet ? this.form() : this.command()}
      </div>
      ${isExposed(location) ? html`<p class="gate-note muted">${EXPOSED}</p>` : nothing}
      ${this.me ? html`<p class="faint num">version ${this.me.version}</p>` : nothing}
    </main>`;
  }

  /** @param {ApiError} reason */
  aboutLink(reason) {
    const said = {
      link_used: "This sign-in link was used before. Each link works once.",
      link_unknown: "This sign-in link is unknown, or older than 30 minutes.",
    }[reason.code];
    return html`<div class="notice" data-tone="warn" role="alert">
      ${ICONS.warning}
      <span>${said ?? reason.detail}${
        said && this.me?.passwordSet ? " Sign in with the password, or print a fresh link." : nothing
      }</span>
    </div>`;
  }

  form() {
    return html`<form class="gate-form" @submit=${this.signIn}>
        <input type="text" name="username" autocomplete="username" value="operator" hidden />
        <div class="field">
          <label for="password">Password</label>
          <input
            id="password"
            class="input"
            type="password"
            name="password"
            autocomplete="current-password"
            required
            autofocus
            aria-invalid=${this.problem !== null}
            aria-describedby="password-problem"
          />
          <p id="password-problem" class="problem" role="alert">${this.problem ?? nothing}</p>
        </div>
        <button type="submit" class="btn btn-primary btn-lg" ?disabled=${this.busy}>Sign in</button>
      </form>
      <details class="gate-more">
        <summary>No password at hand?</summary>
        ${this.command()}
      </details>`;
  }

  command() {
    const command = linkCommand();
    return html`<div class="gate-command">
      <p>On the machine that runs the server, print a one-time sign-in link and open it ${
        this.embedded ? "in this browser" : "here"
      }:</p>
      <div class="code">
        <pre tabindex="0">${command}</pre>
        <sx-copy .text=${command} label="the command"></sx-copy>
      </div>
      <p class="hint">
        If the server runs with another database, or in a cluster, add the same
        <code class="mono">--db</code> or <code class="mono">--cluster</code>.
      </p>
    </div>`;
  }

  /** @param {SubmitEvent & { target: HTMLFormElement }} event */
  async signIn(event) {
    event.preventDefault();
    const form = event.target;
    if (this.busy) return;
    this.busy = true;
    this.problem = null;
    try {
      await this.api?.login(String(new FormData(form).get("password")));
      this.dispatchEvent(new Event("signed-in"));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.problem = explain(error);
      /** @type {HTMLInputElement | null} */ (form.querySelector("#password"))?.select();
    } finally {
      this.busy = false;
    }
  }
}

/** @param {ApiError} error */
function explain({ code, detail, retryAfter }) {
  if (code === "wrong_password") return "That is not the password.";
  if (code === "too_many_attempts") {
    const seconds = Math.max(1, Math.ceil(retryAfter ?? 60));
    return `Too many wrong passwords. Try again in ${seconds} seconds, or sign in by a link.`;
  }
  return detail;
}

customElements.define("sx-sign-in", SignInPage);
