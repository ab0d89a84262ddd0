/** The services as the server last told them: one list that the switcher and the services page share. */

import { observed } from "../lib/store.js";

/** @typedef {import("../api/client.js").Service} Service */

/** The operator's services, as the server told them last; every part of the page shares them. */
export class ServiceList {
  #api;

  /** null until the first answer. @type {import("../lib/store.js").Observed<Service[] | null>} */
  #services = observed(/** @type {Service[] | null} */ (null));

  /** @param {import("../api/client.js").Api} api */
  constructor(api) {
    this.#api = api;
  }

  get() {
    return this.#services.get();
  }

  /** @param {(services: Service[] | null) => void} listener */
  subscribe(listener) {
    return this.#services.subscribe(listener);
  }

  /** @param {string | undefined} id @returns {Service | undefined} */
  find(id) {
    return this.get()?.find((service) => service.id === id);
  }

  /**
   * Asks the server. Rejects with an ApiError; the list then stays as it was.
   * @param {{ history?: number, signal?: AbortSignal }} [options]
   */
  async refresh(options) {
    const services = await this.#api.services(options);
    this.#services.set(services.sort(byName));
    return services;
  }

  /** Forgets everything, when the operator signs out. */
  clear() {
    this.#services.set(null);
  }
}

const COLLATOR = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** @param {Service} one @param {Service} other */
function byName(one, other) {
  return COLLATOR.compare(one.name, other.name);
}
