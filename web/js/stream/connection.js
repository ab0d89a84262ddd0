/** The thin edge of the stream: does what the subscriber says, with a real socket, a real timer and the real API. */

/** @typedef {import("./subscriber.js").Subscriber} Subscriber */
/** @typedef {import("./actions.js").Session} Session */
/** @typedef {import("../log/ring.js").Row} Row */

/** What of the API a connection needs; a refusal is an error with status, code, detail and retryAfter. */
/**
 * @typedef {object} Sessions
 * @property {() => Promise<Session>} create
 * @property {(id: string) => Promise<unknown>} end
 * @property {boolean} [shared] there is this one session of a shared log, and no other after it
 */

/** The longest that a browser's timer can be told to wait. */
const LONGEST_TIMER = 2 ** 31 - 1;

export class Connection {
  /** @type {Map<number, WebSocket>} */
  #sockets = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** When it is due, by the subscriber's clock. */
  #dueAt = Infinity;

  /**
   * @param {object} options
   * @param {Subscriber} options.subscriber
   * @param {Sessions} options.sessions
   * @param {string} options.url ws: or wss: address of the stream
   * @param {(rows: Row[], size: number) => void} options.deliver gets the rows in order, with their size on the wire
   * @param {() => void} options.changed called after every event, for who shows the state
   */
  constructor({ subscriber, sessions, url, deliver, changed }) {
    this.subscriber = subscriber;
    this.sessions = sessions;
    this.url = url;
    this.deliver = deliver;
    this.changed = changed;
  }

  /**
   * Tells the subscriber something and does what follows from it: `tell((s) => s.renew())`.
   * @param {(subscriber: Subscriber) => void} event
   */
  tell(event) {
    event(this.subscriber);
    for (const action of this.subscriber.take()) this.#perform(action);
    this.#wake();
    this.changed();
  }

  /** With every message the deadline moves: a timer that is early is left to find that out. */
  #wake() {
    const { deadline, clock } = this.subscriber;
    if (deadline >= this.#dueAt && deadline !== Infinity) return;
    clearTimeout(this.#timer);
    this.#dueAt = deadline;
    if (deadline === Infinity) return;
    const delay = Math.min(Math.max(deadline - clock.now(), 0), LONGEST_TIMER);
    this.#timer = setTimeout(() => {
      this.#dueAt = Infinity;
      this.tell((subscriber) => subscriber.tick());
    }, delay);
  }

  /** @param {import("./actions.js").Action} action */
  #perform(action) {
    switch (action.do) {
      case "deliver":
        return this.deliver(action.rows, action.size);
      case "session":
        return void this.#ask();
      case "open":
        return this.#open(action.socket);
      case "send":
        return this.#sockets.get(action.socket)?.send(action.text);
      case "close":
        this.#sockets.get(action.socket)?.close(1000);
        return void this.#sockets.delete(action.socket);
      case "end":
        // A courtesy: what can't be ended now ends by itself.
        return void this.sessions.end(action.session).catch(() => {});
    }
  }

  async #ask() {
    try {
      const session = await this.sessions.create();
      this.tell((subscriber) => subscriber.sessionReady(session));
    } catch (error) {
      const {
        status = 0,
        code = "",
        detail = String(error),
        retryAfter = null,
      } = /** @type {Partial<import("./close-reason.js").Refusal>} */ (error);
      this.tell((subscriber) => subscriber.sessionRefused({ status, code, detail, retryAfter }));
    }
  }

  /** @param {number} number */
  #open(number) {
    const socket = new WebSocket(this.url);
    this.#sockets.set(number, socket);
    socket.onopen = () => this.tell((subscriber) => subscriber.opened(number));
    socket.onmessage = (event) => this.tell((subscriber) => subscriber.received(number, String(event.data)));
    socket.onclose = (event) => {
      this.#sockets.delete(number);
      this.tell((subscriber) => subscriber.closed(number, event.code, event.reason));
    };
  }
}
