/**
 * <sx-toolbar aria-label>: one stop of the Tab key for buttons that stand in a row; ← and → go from one to the next,
 * around its ends. The stop is where the focus was last. What its buttons open keeps its own keys, and so do Home and
 * End, which are the page's.
 */

const STEPS = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1 });

export class Toolbar extends HTMLElement {
  /** @type {HTMLElement | null} */
  #stop = null;
  #changed = new MutationObserver(() => this.#settle());

  connectedCallback() {
    this.setAttribute("role", "toolbar");
    this.addEventListener("keydown", this.#onKey);
    this.addEventListener("focusin", this.#onFocus);
    this.#changed.observe(this, { childList: true, subtree: true });
    this.#settle();
  }

  disconnectedCallback() {
    this.#changed.disconnect();
  }

  /** Those in the row, not those in what they open. */
  get #buttons() {
    return [...this.querySelectorAll("button")].filter((button) => !button.closest("[popover]"));
  }

  #settle() {
    const buttons = this.#buttons;
    if (!buttons.some((button) => button === this.#stop)) this.#stop = buttons[0] ?? null;
    for (const button of buttons) button.tabIndex = button === this.#stop ? 0 : -1;
  }

  #onFocus = (/** @type {FocusEvent} */ { target }) => {
    if (!(target instanceof HTMLElement) || !this.#buttons.some((button) => button === target)) return;
    this.#stop = target;
    this.#settle();
  };

  #onKey = (/** @type {KeyboardEvent} */ event) => {
    const step = STEPS[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const buttons = this.#buttons;
    const here = buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    if (here < 0) return;
    event.preventDefault();
    buttons.at((here + step) % buttons.length)?.focus();
  };
}

customElements.define("sx-toolbar", Toolbar);
