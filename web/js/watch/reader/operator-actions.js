/**
 * What the operator asks for on the watch page that takes the server or the browser a moment: one thing at a time, and
 * what went wrong with it.
 */

/** @typedef {import("../../entry/export.js").Format} Format */
/**
 * @typedef {object} Doings what is done, and rejects with an error that says why not
 * @property {() => Promise<unknown>} createKey
 * @property {() => Promise<unknown>} sendTest
 * @property {(columns: string[] | null) => Promise<unknown>} share ids of those that were chosen
 * @property {(format: Format) => Promise<unknown>} exportAs
 * @property {import("./reader-span.js").First | null} [first] null: the server can't be asked
 */

export class OperatorActions {
  busy = false;
  /** What went wrong last; "" if nothing did. */
  problem = "";
  #doings;
  #changed;

  /** @param {Doings} doings @param {() => void} changed */
  constructor(doings, changed) {
    this.#doings = doings;
    this.#changed = changed;
  }

  /** What went wrong is told no longer. */
  forget() {
    this.problem = "";
    this.#changed();
  }

  createKey() {
    return this.#once(this.#doings.createKey);
  }

  sendTest() {
    return this.#once(this.#doings.sendTest);
  }

  /** @param {string[] | null} columns ids of those that were chosen; null: none were */
  share(columns) {
    return this.#once(() => this.#doings.share(columns));
  }

  /** @param {Format} format */
  exportAs(format) {
    return this.#once(() => this.#doings.exportAs(format));
  }

  /** @param {() => Promise<unknown>} action */
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
      this.#changed();
    }
  }
}
