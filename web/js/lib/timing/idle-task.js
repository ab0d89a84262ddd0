/**
 * Something to do in a while, when the page has nothing better to do: a drawing that may wait, whatever asks for it how
 * often.
 */

export class IdleTask {
  #timer = 0;
  #act;
  #pace;

  /**
   * @param {() => void} act
   * @param {number} pace milliseconds that it waits at least, and as many more at most for an idle moment
   */
  constructor(act, pace) {
    this.#act = act;
    this.#pace = pace;
  }

  /** @param {number} [wait] milliseconds */
  plan(wait = this.#pace) {
    this.#timer ||= window.setTimeout(() => this.#whenIdle(), wait);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = -1; // nothing is planned any more
  }

  #whenIdle() {
    const act = () => {
      if (this.#timer === -1) return;
      this.#timer = 0;
      this.#act();
    };
    if ("requestIdleCallback" in globalThis) requestIdleCallback(act, { timeout: this.#pace });
    else act();
  }
}
