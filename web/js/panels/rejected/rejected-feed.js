/** What the server could not take or record of a service lately, asked for while somebody looks at the page. */

import { ApiError } from "../../api/client.js";
import { poll } from "../../api/poll.js";

/** @typedef {import("../../api/client.js").Rejected} Rejected */

const EVERY_MS = 5000;

/** The latest rejected entries of a service, asked for again while it stands. Call `stop` at the end. */
export class RejectedFeed {
  /** Newest first, at most 100; null until the server has said. @type {readonly Rejected[] | null} */
  list = null;
  /** Names of stream keys by id. @type {ReadonlyMap<string, string>} */
  keys = new Map();
  /** Stream keys whose requests bring nothing. @type {readonly import("../../api/client.js").StreamKey[]} */
  refused = [];
  /** The first seq that history does not record; null: it does, or there is none. @type {number | null} */
  paused = null;
  /** Why it is not fresh. @type {string | null} */
  problem = null;
  #asking;

  /**
   * @param {import("../../api/client.js").Api} api
   * @param {string} serviceId
   * @param {() => void} changed
   */
  constructor(api, serviceId, changed) {
    this.#asking = poll(async (signal) => {
      try {
        const [list, keys, { stats }] = await Promise.all([
          api.rejected(serviceId, { signal }),
          api.streamKeys(serviceId, { signal }),
          api.service(serviceId, { signal }),
        ]);
        this.list = list;
        this.keys = new Map(keys.map(({ id, name }) => [id, name]));
        this.refused = keys.filter(({ refused, active }) => refused && active);
        this.paused = stats.paused ?? null;
        this.problem = null;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        this.problem = error.code === "unreachable" || error.code === "sign_in_required" ? null : error.detail;
        throw error; // a longer pause
      } finally {
        changed();
      }
    }, EVERY_MS);
  }

  /** Asks now: somebody wants to see it. */
  now() {
    this.#asking.now();
  }

  stop() {
    this.#asking.stop();
  }
}
