/** What a middleware was given to log, and what became of its requests; seen from outside, changing nothing. */

export class Deliveries {
  constructor() {
    this.pushed = 0;
    this.requests = 0;
    this.bytes = 0;
    this.inFlight = 0;
    /** @type {Record<string, number>} how often each status came back; `failed` where none did */
    this.statuses = {};
    /** @type {string[]} the messages of all entries that were answered with 2xx */
    this.acknowledged = [];
    /** @type {(() => void)[]} */
    this.waiting = [];
  }

  /** Sees every request from now on; before a middleware is loaded. */
  watchFetch() {
    const fetch = globalThis.fetch;
    globalThis.fetch = async (address, init) => {
      this.requests += 1;
      this.bytes += init.body.length;
      this.inFlight += 1;
      let status = "failed";
      try {
        const answer = await fetch(address, init);
        status = String(answer.status);
        if (answer.ok) this.acknowledged.push(...JSON.parse(init.body).logs.map((log) => log.message));
        return answer;
      } finally {
        this.statuses[status] = (this.statuses[status] ?? 0) + 1;
        this.inFlight -= 1;
        setImmediate(() => this.check()); // when the middleware has put back what was refused
      }
    };
  }

  /** Counts what `client` is given from now on. */
  watchClient(client) {
    const push = client.push;
    client.push = (log) => {
      this.pushed += 1;
      push.call(client, log);
    };
  }

  /** Ends when everything that was pushed is delivered. */
  async delivered() {
    while (this.acknowledged.length < this.pushed) await this.answered();
  }

  /** Ends when no request is on its way. */
  async quiet() {
    while (this.inFlight) await this.answered();
  }

  /** Ends with the next answer, whatever it is. */
  answered() {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  check() {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  counts() {
    const { pushed, requests, bytes, statuses } = this;
    return { pushed, requests, bytes, statuses, delivered: this.acknowledged.length };
  }
}
