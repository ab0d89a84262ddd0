/** What a test prepares behind the page's back: services, stream keys and entries, over the API. */

import assert from "node:assert/strict";

/** The operator API with the sign-in of a page. */
export class Operator {
  #request;

  /** @param {import("playwright-core").Page} page signed in @param {import("./server.mjs").Server} server */
  constructor(page, server) {
    this.#request = page.context().request;
    this.api = `${new URL(page.url()).origin}/api/v1`;
    this.server = server;
  }

  /** @param {string} method @param {string} path @param {unknown} [data] */
  async call(method, path, data) {
    const answer = await this.#request.fetch(this.api + path, { method, data });
    assert(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
    return answer.status() === 204 ? undefined : answer.json();
  }

  /** A service with a stream key. @param {string} [name] */
  async service(name = "Payment Service") {
    const { id } = await this.call("POST", "/services", { name });
    const { key } = await this.call("POST", `/services/${id}/stream-keys`, { name: "backend" });
    return { id, name, key, producer: new Producer(this.server.ingest, key) };
  }

  async stats(id) {
    return (await this.call("GET", `/services/${id}`)).stats;
  }
}

/** Sends entries with a stream key. */
export class Producer {
  #ingest;
  #key;
  sent = 0;

  /** @param {string} ingest @param {string} key */
  constructor(ingest, key) {
    this.#ingest = ingest;
    this.#key = key;
  }

  /** @param {object[]} logs */
  send(...logs) {
    return this.raw(JSON.stringify({ logs }));
  }

  /** Exactly this body. @param {string} body @param {Record<string, string>} [headers] */
  async raw(body, headers = {}) {
    const answer = await fetch(this.#ingest, {
      method: "POST",
      headers: { Authorization: `Bearer ${this.#key}`, "Content-Type": "application/json", ...headers },
      body,
    });
    const said = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(said));
    return said;
  }

  /** So many more entries, "entry 1", "entry 2" …, in batches of ten. @param {number} count */
  async count(count) {
    for (let left = count; left > 0; left -= 10) {
      const batch = Array.from({ length: Math.min(10, left) }, () => ({
        level: "info",
        message: `entry ${++this.sent}`,
      }));
      assert.equal((await this.send(...batch)).accepted, batch.length);
    }
  }
}

/**
 * The messages that `Producer.count` gives, from the first to the last number.
 * @param {number} from
 * @param {number} to
 */
export function entries(from, to) {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => `entry ${from + index}`);
}
