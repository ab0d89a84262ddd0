/**
 * One watcher's side of the stream, without a socket: it is told what happened and says what to do.
 *
 *     subscriber.start();                      for (const action of subscriber.take()) perform(action);
 *     subscriber.received(socket, text);       …and `tick()` when `subscriber.deadline` has passed
 *
 * Every event is a method; none throws. After each one, perform what `take()` returns and wake up at `deadline`.
 * A socket is known by a number; what comes late from a former one is ignored.
 *
 *     stopped ─start→ asking ─session→ connecting ─watching→ live ─lost→ waiting ─deadline→ connecting
 *                       └──────── refused ───────────────────┴── expired, ended ──→ ended ─again→ asking
 */

import { Backoff } from "../lib/timing/backoff.js";
import { Ledger } from "./ledger.js";
import { closeReason, refusalReason } from "./close-reason.js";
import { filterMessage, readMessage, watchMessage } from "./messages.js";
import { StreamState } from "./stream-state.js";

/** @typedef {import("../log/ring.js").Row} Row */
/** @typedef {import("./actions.js").Session} Session */
/** @typedef {import("./close-reason.js").Reason} Reason */
/** @typedef {import("../lib/timing/clock.js").Clock} Clock */

const SILENCE = 35_000; // ms without a word; a heartbeat comes every 15 s
const GREETING = 10_000; // ms to connect and be greeted
const STEADY = 5_000; // ms; a connection that held so long starts the backoff anew

export class Subscriber extends StreamState {
  /** @type {import("./actions.js").Action[]} */
  #actions = [];
  /** @type {Session | null} */
  #session = null;
  #socket = 0; // 0: none
  #sockets = 0; // opened so far
  #backoff;
  #liveSince = Infinity;
  #fault = "";
  #freshSession = false;

  /**
   * @param {object} options
   * @param {Clock} options.clock
   * @param {() => number} [options.random] [0, 1)
   * @param {number} [options.backlog] entries to begin with
   */
  constructor({ clock, random = Math.random, backlog = 1000 }) {
    super(clock);
    this.ledger = new Ledger();
    this.#backoff = new Backoff(random);
    this.backlog = backlog;
  }

  /** @returns {import("./actions.js").Action[]} what to do now; asked again, it is empty */
  take() {
    return this.#actions.splice(0);
  }

  // --- what the operator does

  start() {
    if (this.phase !== "stopped") return;
    this.renewal.attended();
    this.#ask();
  }

  /** Somebody is at the page: the session goes on. */
  attended() {
    this.renewal.attended();
    this.tick();
  }

  /** Ends the session, in place; `again` goes on. */
  finish() {
    if (this.phase === "ended" || this.phase === "stopped") return;
    this.#deliver([{ kind: "session", end: "ended", at: this.serverTime }]);
    this.#end("ended");
  }

  /** The operator is signed out, here or on another page: nothing comes any more, what came stays. */
  signedOut() {
    if (this.phase !== "stopped" && this.reason !== "gone") this.#end("signed_out");
  }

  /** Leaves for good: the socket closes, the session ends. */
  stop() {
    this.#closeSocket();
    this.#dropSession();
    this.enter("stopped");
    this.deadline = Infinity;
  }

  /** Goes on after an end, or tries at once instead of waiting. */
  again() {
    this.renewal.attended();
    if (this.phase === "ended") this.#ask();
    else if (this.phase === "waiting") this.#retry();
  }

  /** A new session in place of the present one; the stream goes on meanwhile. */
  renew() {
    if (this.phase !== "live") return this.again();
    if (this.renewing) return;
    this.beginRenewal();
    this.#wake();
    this.#actions.push({ do: "session" });
  }

  /** The tab or the network came back: no reason to wait. @param {number} [since] a socket silent since then is dead */
  awake(since = -Infinity) {
    if (this.phase === "waiting" && this.reason !== "crowded") this.#retry();
    else if (this.phase === "live" && this.heardAt < since) this.#connect();
    else this.tick();
  }

  /**
   * Has the server send only what matches, from here on and after every reconnect; null: everything.
   * @param {import("../query/server-filter-text.js").WireFilter | null} wanted
   */
  filterAtServer(wanted) {
    this.ledger.filters.ask(wanted);
    if (this.phase === "live") this.#sendFilter();
  }

  #sendFilter() {
    this.#actions.push({ do: "send", socket: this.#socket, text: filterMessage(this.ledger.filters.wanted) });
  }

  // --- what came of `session`

  /** @param {Session} session */
  sessionReady(session) {
    if (this.phase !== "asking" && !this.renewing) {
      this.#actions.push({ do: "end", session: session.id });
      return;
    }
    this.renewing = false;
    this.#closeSocket();
    this.#dropSession();
    this.#session = session;
    this.renewal.idle = (session.watchIdle ?? 0) * 1000;
    this.#freshSession = true;
    this.#connect();
  }

  /** @param {import("./close-reason.js").Refusal} refusal */
  sessionRefused(refusal) {
    if (this.renewing && this.phase === "live") {
      this.failRenewal(refusal);
      this.#wake();
      if (refusal.status === 401) this.#end("signed_out", refusal.detail);
      return;
    }
    if (this.phase !== "asking") return;
    const reason = refusalReason(refusal.status);
    if (reason !== "unavailable") this.#end(reason, refusal.detail);
    else this.#wait(reason, Math.max((refusal.retryAfter ?? 0) * 1000, this.#backoff.next()), refusal.detail);
  }

  // --- what happened to a socket

  /** @param {number} socket */
  opened(socket) {
    if (socket !== this.#socket || !this.#session) return;
    const text = watchMessage(this.#session.token, this.ledger.cursor, this.backlog, this.ledger.filters.open());
    this.#actions.push({ do: "send", socket, text });
  }

  /** @param {number} socket @param {string} text */
  received(socket, text) {
    if (socket !== this.#socket) return;
    this.heardAt = this.clock.now();
    let message;
    try {
      message = readMessage(text, this.ledger.cursor?.epoch ?? "");
    } catch (error) {
      // What can't be read now can't be read later: to ask for it again would be a loop.
      const what = error instanceof Error ? error.message : error;
      this.#end("refused", `The server sent what this page can't read (${what}). Reload the page.`);
      return;
    }
    if (this.phase === "live") this.#renewIfDue();
    switch (message?.type) {
      case "watching":
        return this.#greet(message);
      case "entries":
        return this.#deliver(this.ledger.entries(message, this.serverTime), text.length);
      case "gap":
        return this.#deliver(this.ledger.gap(message, this.serverTime));
      case "heartbeat":
        this.skew = message.time - this.clock.wall();
        return this.ledger.heartbeat(message);
      case "filtered":
        return this.ledger.filtered(message);
      case "expiring":
        this.endsAt = this.heardAt + message.seconds * 1000;
        return;
      case "error":
        this.#fault = message.detail;
        if (this.phase === "live") this.ledger.filters.refuse(message.detail);
    }
  }

  /** @param {number} socket @param {number} code RFC 6455's or the contract's @param {string} [why] in its words */
  closed(socket, code, why = "") {
    if (socket !== this.#socket) return;
    if (this.clock.now() - this.#liveSince >= STEADY) this.#backoff.reset();
    const fault = this.#fault;
    this.#forgetSocket();
    this.renewing = false;
    const reason = closeReason(code, why);
    // A page that slept through the moment of renewal, and that somebody was at.
    if (reason === "expired" && this.renewal.wanted) {
      this.#session = null;
      return this.#ask();
    }
    switch (reason) {
      case "expired":
      case "ended":
      case "gone":
        this.#deliver([{ kind: "session", end: reason === "expired" ? reason : "ended", at: this.serverTime }]);
        this.#session = null;
        return this.#end(reason);
      case "refused":
        if (this.ledger.filters.closed(fault)) return this.#connect();
        return this.#end(reason, fault || "The server could not read what this page sent. Reload the page.");
      case "unknown":
        // A new token helps, unless this one was new.
        this.#session = null;
        return this.#freshSession ? this.#wait("lost", this.#backoff.next()) : this.#ask();
      default:
        return this.#wait(reason, reason === "crowded" ? this.#backoff.crowded() : this.#backoff.next());
    }
  }

  /** Time has come, or may have: does what is due and nothing else. */
  tick() {
    if (this.phase === "live") this.#renewIfDue();
    if (this.clock.now() < this.deadline) return;
    if (this.phase === "live" && this.clock.now() < this.heardAt + SILENCE) return this.#wake();
    if (this.phase === "waiting") this.#retry();
    else if (this.phase === "connecting" || this.phase === "live") {
      this.#closeSocket();
      if (this.phase === "live") this.#connect();
      else this.#wait("lost", this.#backoff.next());
    }
  }

  /** @param {import("./messages.js").Watching} message */
  #greet(message) {
    this.enter("live");
    this.#freshSession = false;
    this.#liveSince = this.heardAt;
    [this.service, this.view] = [message.service, message.view];
    this.skew = message.time - this.clock.wall();
    this.endsAt = this.heardAt + (message.expiresAt - message.time);
    this.renewal.endsIn(message.expiresAt - message.time);
    this.#wake();
    if (this.ledger.filters.greeted()) this.#sendFilter();
    this.ledger.greet(message, this.backlog);
  }

  /** When there is something to do for a live stream, if nothing comes. */
  #wake() {
    this.deadline = Math.min(this.heardAt + SILENCE, this.renewal.dueAt);
  }

  #renewIfDue() {
    if (this.renewal.due) this.renew();
    else this.#wake();
  }

  #ask() {
    this.#dropSession();
    this.enter("asking");
    this.deadline = Infinity;
    this.#actions.push({ do: "session" });
  }

  #connect() {
    this.#closeSocket();
    this.enter("connecting");
    this.deadline = this.clock.now() + GREETING;
    this.#socket = ++this.#sockets;
    this.#actions.push({ do: "open", socket: this.#socket });
  }

  #retry() {
    if (this.#session) this.#connect();
    else this.#ask();
  }

  /** @param {Reason} reason @param {number} delay milliseconds */
  #wait(reason, delay, detail = "") {
    this.enter("waiting", reason, detail);
    this.deadline = this.clock.now() + delay;
  }

  /** @param {Reason} reason */
  #end(reason, detail = "") {
    this.#closeSocket();
    this.#dropSession();
    this.enter("ended", reason, detail);
    this.renewing = false;
    this.endsAt = Infinity;
    this.deadline = Infinity;
  }

  #closeSocket() {
    if (this.#socket) this.#actions.push({ do: "close", socket: this.#socket });
    this.#forgetSocket();
  }

  /** From here on nothing that the present socket says counts. */
  #forgetSocket() {
    this.#socket = 0;
    this.#liveSince = Infinity;
    this.#fault = "";
  }

  #dropSession() {
    if (this.#session) this.#actions.push({ do: "end", session: this.#session.id });
    this.#session = null;
  }

  /** @param {Row[]} rows @param {number} [size] */
  #deliver(rows, size = 0) {
    if (rows.length > 0) this.#actions.push({ do: "deliver", rows, size });
  }
}
