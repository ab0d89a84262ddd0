/** The network between a page and its server, for tests that cut it: a TCP relay on a port of its own. */

import { once } from "node:events";
import { connect, createServer } from "node:net";

import { freePort } from "./server.mjs";
import { atEnd } from "./waiting.mjs";

export class Network {
  #sockets = new Set();
  #whole = true;
  #relay;

  /** @param {number} port where it leads */
  constructor(port) {
    this.#relay = createServer((near) => {
      this.#keep(near);
      if (!this.#whole) return near.destroy();
      const far = connect(port, "127.0.0.1");
      this.#keep(far);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ]) {
        one.pipe(other);
        one.on("close", () => other.destroy());
      }
    });
  }

  #keep(socket) {
    this.#sockets.add(socket);
    socket.on("error", () => {}); // a cut is no news here; "close" follows
    socket.on("close", () => this.#sockets.delete(socket));
  }

  async listen() {
    this.#relay.listen(await freePort(), "127.0.0.1");
    await once(this.#relay, "listening");
  }

  get base() {
    return `http://127.0.0.1:${this.#relay.address().port}`;
  }

  /** Whatever is connected is reset, whoever comes is turned away. */
  cut() {
    this.#whole = false;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  mend() {
    this.#whole = true;
  }

  close() {
    this.cut();
    this.#relay.close();
  }
}

/** @param {import("node:test").TestContext} t @param {import("./server.mjs").Server} server */
export async function networkTo(t, server) {
  const network = new Network(server.port);
  await network.listen();
  atEnd(t, () => network.close());
  return network;
}
