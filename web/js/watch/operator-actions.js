/**
 * What the operator asks for on the watch page that takes the server or the browser a moment: one thing at a time, and
 * what went wrong with it.
 */

import { describeFilter, wireFilter } from "../query/server-filter-text.js";
import { exportShown } from "./export-file.js";
import { openKeyDialog } from "../services/key-dialog.js";
import { openShareDialog } from "../services/share-dialog.js";

/** @typedef {import("./watch-page.js").WatchPage} WatchPage */

export class OperatorActions {
  busy = false;
  /** What went wrong last; "" if nothing did. */
  problem = "";
  #page;

  /** @param {WatchPage} page */
  constructor(page) {
    this.#page = page;
  }

  /** What went wrong is told no longer. */
  forget() {
    this.problem = "";
    this.#page.requestUpdate();
  }

  createKey() {
    return this.#attempt(async (api, serviceId) => {
      await openKeyDialog({ api, service: await api.service(serviceId), tab: "curl" });
    });
  }

  sendTest() {
    return this.#attempt((api, serviceId) => api.testEntry(serviceId));
  }

  share() {
    return this.#attempt(async (api, serviceId) => {
      const filter = this.#page.watch?.filter;
      const service = await api.service(serviceId);
      void openShareDialog({
        api,
        service,
        filter: !filter || filter.empty ? null : { filter: wireFilter(filter), words: describeFilter(filter) },
      });
    });
  }

  /** @param {import("../entry/export.js").Format} format */
  exportAs(format) {
    const { watch } = this.#page;
    return this.#once(async () => void (watch && (await exportShown(watch, format))));
  }

  /**
   * @param {(api: import("../api/client.js").Api, serviceId: string) => Promise<unknown>} action what only an operator
   * can do
   */
  #attempt(action) {
    const { api, serviceId } = this.#page;
    return this.#once(async () => void (api && (await action(api, serviceId))));
  }

  /** @param {() => Promise<void>} action */
  async #once(action) {
    if (this.busy) return;
    this.busy = true;
    this.forget();
    try {
      await action();
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      this.busy = false;
      this.#page.requestUpdate();
    }
  }
}
