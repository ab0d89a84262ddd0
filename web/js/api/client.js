/** The operator API: one method a call, parsed JSON out, `ApiError` for everything that is not an answer. */

import { ApiError, readProblem } from "./problem.js";
import { parse as parseExact, stringify } from "../lib/exact-json.js";
import { readEntry } from "../entry/entry.js";

/** @typedef {{ info: number, warn: number, error: number, debug: number }} Levels */
/**
 * @typedef {object} Stats
 * @property {string} epoch
 * @property {number} oldest
 * @property {number} head
 * @property {number} buffered
 * @property {number} bytes
 * @property {number} accepted
 * @property {number} rejected
 * @property {Levels} levels
 * @property {number} rate entries/s over the last 10 s
 * @property {number} errorShare 0 to 1, over the last 60 s
 * @property {string | null} lastReceivedAt
 * @property {number} watchers
 * @property {number} [paused] only while history cannot be written: the first seq that it has not recorded
 * @property {[number, number, number, number][]} [history] one-second buckets [info, warn, error, debug], newest last
 */
/** @typedef {{ id: string, name: string, createdAt: string, stats: Stats }} Service */
/**
 * Requests in a row of which nothing was taken, and of the last one why, and its beginning where it was read.
 * @typedef {{ requests: number, since: string, at: string, code: string, detail: string, sample: string }} Refused
 */
/**
 * @typedef {object} StreamKey
 * @property {string} id
 * @property {string} name
 * @property {"live" | "hook"} kind a hook key may stand in an address
 * @property {boolean} active neither off nor revoked
 * @property {string} preview
 * @property {string} createdAt
 * @property {string | null} lastUsedAt
 * @property {string | null} revokedAt
 * @property {FirstEntry | null} first since the server started
 * @property {Refused | null} refused null where something of its last request was taken
 * @property {number} dropped spans that are no requests, since the server started: they are no entries
 */
/** @typedef {StreamKey & { key: string }} NewStreamKey */
/** @typedef {{ epoch: string, seq: number, at: string }} FirstEntry */
/**
 * A listener besides the main one, by its setting; those without keys belong to a service.
 * @typedef {{ setting: string, host: string, port: number, serviceId: string | null, first: FirstEntry | null }}
 * Listener
 */
/**
 * Requests of whoever wants to send that were answered alike, whosever they are.
 * @typedef {{ method: string, path: string, status: number, code: string, detail: string, kind: string, peer: string,
 *   requests: number, at: string }} Refusal
 */
/** @typedef {{ listeners: Listener[], refusals: Refusal[], missing: string[] }} Intake the last refusal first */
/**
 * @typedef
 * {{ id: string, token: string, kind: "operator" | "share", expiresAt: string, watchIdle?: number }}
 * NewSession
 *   watchIdle: seconds for which a page renews it after somebody was last there
 */
/**
 * @typedef {{ id: string, kind: "operator" | "share", createdAt: string, expiresAt: string, watchers: number }} Session
 */
/** @typedef {{ signedIn: boolean, passwordSet: boolean, version: string }} Me */
/**
 * @typedef {{ at: string, keyId: string, index: number, field: string | null, reason: string, sample: string }}
 * Rejected
 */

/** @typedef {Record<string, string | number | readonly string[] | undefined>} Query a list: a name several times */

export const API_BASE = "/api/v1";

const PATIENCE_MS = 10_000;

export { ApiError };

/**
 * Calls the server this page came from. Events tell the shell what every caller would otherwise have to:
 * `away` when no answer comes, `back` with the first one after that, `signed-out` when the sign-in is gone.
 */
export class Api extends EventTarget {
  #fetch;
  #base;
  #away = false;

  /** @param {{ fetch?: typeof globalThis.fetch, base?: string }} [options] */
  constructor({ fetch = globalThis.fetch.bind(globalThis), base = API_BASE } = {}) {
    super();
    this.#fetch = fetch;
    this.#base = base;
  }

  /** Whether the last call got no answer. */
  get away() {
    return this.#away;
  }

  /** @returns {Promise<Me>} */
  me() {
    return this.call("GET", "/auth/me");
  }

  /** @param {string} token @returns {Promise<void>} 409 link_used, 401 link_unknown */
  claimToken(token) {
    return this.call("POST", "/auth/token", { body: { token } });
  }

  /** @param {string} password @returns {Promise<void>} 401 wrong_password, 429 too_many_attempts */
  login(password) {
    return this.call("POST", "/auth/login", { body: { password } });
  }

  /** @returns {Promise<void>} */
  logout() {
    return this.call("POST", "/auth/logout");
  }

  /** @param {string | null} current null while no password is set @param {string} next @returns {Promise<void>} */
  setPassword(current, next) {
    return this.call("PUT", "/auth/password", { body: { ...(current === null ? {} : { current }), new: next } });
  }

  /** @param {{ history?: number, signal?: AbortSignal }} [options] @returns {Promise<Service[]>} */
  async services({ history, signal } = {}) {
    return (await this.call("GET", "/services", { query: { history }, signal })).services;
  }

  /** @param {string} id @param {{ history?: number, signal?: AbortSignal }} [options] @returns {Promise<Service>} */
  service(id, { history, signal } = {}) {
    return this.call("GET", `/services/${segment(id)}`, { query: { history }, signal });
  }

  /** @param {string} name @returns {Promise<Service>} 409 name_taken */
  createService(name) {
    return this.call("POST", "/services", { body: { name } });
  }

  /** @param {string} id @param {string} name @returns {Promise<Service>} */
  renameService(id, name) {
    return this.call("PATCH", `/services/${segment(id)}`, { body: { name } });
  }

  /** @param {string} id @returns {Promise<void>} */
  deleteService(id) {
    return this.call("DELETE", `/services/${segment(id)}`);
  }

  /** @param {string} serviceId @param {{ signal?: AbortSignal }} [options] @returns {Promise<StreamKey[]>} */
  async streamKeys(serviceId, { signal } = {}) {
    return (await this.call("GET", `/services/${segment(serviceId)}/stream-keys`, { signal })).streamKeys;
  }

  /**
   * @param {string} serviceId
   * @param {string} name
   * @param {"live" | "hook"} [kind]
   * @returns {Promise<NewStreamKey>} the only answer that holds the key
   */
  createStreamKey(serviceId, name, kind) {
    return this.call("POST", `/services/${segment(serviceId)}/stream-keys`, { body: { name, kind } });
  }

  /** @param {string} serviceId @param {string} keyId @param {string} name @returns {Promise<StreamKey>} */
  renameStreamKey(serviceId, keyId, name) {
    return this.call("PATCH", `/services/${segment(serviceId)}/stream-keys/${segment(keyId)}`, { body: { name } });
  }

  /**
   * @param {string} serviceId
   * @param {string} keyId
   * @param {boolean} active off, it is refused until it is on again
   * @returns {Promise<StreamKey>}
   */
  switchStreamKey(serviceId, keyId, active) {
    return this.call("PATCH", `/services/${segment(serviceId)}/stream-keys/${segment(keyId)}`, { body: { active } });
  }

  /** @param {string} serviceId @param {string} keyId @returns {Promise<void>} */
  revokeStreamKey(serviceId, keyId) {
    return this.call("DELETE", `/services/${segment(serviceId)}/stream-keys/${segment(keyId)}`);
  }

  /**
   * @param {string} serviceId
   * @param
   * {{ ttl?: number, kind?: "operator" | "share", filter?: import("../query/server-filter-text.js").WireFilter,
   * columns?: string[], range?: string }} [body] ttl in seconds; the others narrow what it shows, as in a view
   * @returns {Promise<NewSession>}
   */
  createSession(serviceId, body = {}) {
    return this.call("POST", `/services/${segment(serviceId)}/sessions`, { body });
  }

  /** @param {string} serviceId @param {{ signal?: AbortSignal }} [options] @returns {Promise<Session[]>} */
  async sessions(serviceId, { signal } = {}) {
    return (await this.call("GET", `/services/${segment(serviceId)}/sessions`, { signal })).sessions;
  }

  /** Also while the page is being left. @param {string} sessionId @returns {Promise<void>} */
  endSession(sessionId) {
    return this.call("DELETE", `/sessions/${segment(sessionId)}`, { keepalive: true });
  }

  /**
   * Entries that the server keeps, every digit as it came.
   * @param {string} serviceId
   * @param {{ limit: number, q: string }} query
   * @returns {Promise<any>}
   */
  entries(serviceId, query) {
    return this.call("GET", `/services/${segment(serviceId)}/entries`, { query, parse: parseExact });
  }

  /**
   * One entry, with every digit as it came; null where the server keeps it no longer.
   * @param {string} serviceId
   * @param {import("../entry/entry.js").Cursor} cursor
   * @returns {Promise<import("../entry/entry.js").Entry | null>}
   */
  async entryAt(serviceId, { epoch, seq }) {
    const query = { after: `${epoch}.${seq - 1}`, limit: 1 };
    try {
      const { entries } = await this.call("GET", `/services/${segment(serviceId)}/entries`, {
        query,
        parse: parseExact,
      });
      const entry = entries.length > 0 ? readEntry(entries[0], epoch, stringify) : null;
      return entry?.seq === seq ? entry : null;
    } catch (error) {
      if (error instanceof ApiError && error.code === "epoch_mismatch") return null;
      throw error;
    }
  }

  /** Sends one entry the way a producer would. @param {string} serviceId @returns {Promise<any>} */
  testEntry(serviceId) {
    return this.call("POST", `/services/${segment(serviceId)}/test-entry`);
  }

  /** By which ways entries may come, and what was refused lately. @returns {Promise<Intake>} */
  intake({ signal } = /** @type {{ signal?: AbortSignal }} */ ({})) {
    return this.call("GET", "/intake", { signal });
  }

  /**
   * The last 100 rejected entries.
   * @param {string} serviceId
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<Rejected[]>}
   */
  async rejected(serviceId, { signal } = {}) {
    return (await this.call("GET", `/services/${segment(serviceId)}/rejected`, { signal })).rejected;
  }

  /**
   * What each method asks by; also those of other files of this folder.
   * @param {string} method
   * @param {string} path
   * @param {{ body?: unknown, query?: Query, signal?: AbortSignal, keepalive?: boolean, parse?: (text: string) => any
   * }} [options] keepalive: the call outlives the page
   * @returns {Promise<any>}
   */
  async call(method, path, { body, query = {}, signal, keepalive = false, parse = JSON.parse } = {}) {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    /** @type {Response} */
    let response;
    /** @type {string} */
    let text;
    try {
      response = await this.#fetch(this.address(path, query), {
        method,
        credentials: "same-origin",
        cache: "no-store",
        redirect: "error",
        keepalive,
        signal: signal ? AbortSignal.any([signal, patience]) : patience,
        ...(body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch (error) {
      if (signal?.aborted) throw error;
      this.#setAway(true);
      throw new ApiError({
        status: 0,
        code: "unreachable",
        title: "No answer",
        detail: "The server does not answer. Check that it is running; this page carries on by itself.",
      });
    }
    this.#setAway(false);
    if (response.ok) return text === "" ? undefined : parse(text);
    const problem = readProblem(response, text);
    if (problem.code === "sign_in_required") this.dispatchEvent(new Event("signed-out"));
    throw problem;
  }

  /** @param {string} path @param {Query} query */
  address(path, query) {
    return `${this.#base}${path}${searchOf(query)}`;
  }

  /** @param {boolean} away */
  #setAway(away) {
    if (away === this.#away) return;
    this.#away = away;
    this.dispatchEvent(new Event(away ? "away" : "back"));
  }
}

/** @param {Query} query @returns {string} */
function searchOf(query) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) for (const each of [value].flat()) search.append(name, String(each));
  return search.size > 0 ? `?${search}` : "";
}

/** @param {string} id */
function segment(id) {
  return encodeURIComponent(id);
}
