/**
 * <sx-spark>: how many came lately, stacked by level; without other words, in a service's last minute. Its numbers
 * stand beside it; a screen reader gets them here.
 */

import { html, svg } from "../../vendor/lit.js";
import { count } from "../lib/format.js";
import { HEIGHT, sparkPaths, sparkSummary } from "../lib/sparkline-path.js";
import { LightElement } from "./element.js";

export class Sparkline extends LightElement {
  static properties = { history: { attribute: false }, time: {}, bar: {} };

  constructor() {
    super();
    /** @type {import("../lib/sparkline-path.js").Bucket[]} */
    this.history = [];
    /** What the whole is, and what one bar is. */
    this.time = "Last minute";
    this.bar = "a second";
  }

  render() {
    const { all, errors, peak } = sparkSummary(this.history);
    const sum = `${count(all, "entry", "entries")}, ${count(errors, "error")}`;
    const said = `${this.time}: ${sum}, at most ${peak} ${this.bar}.`;
    return html`<svg
      class="spark"
      viewBox="0 0 ${Math.max(1, this.history.length)} ${HEIGHT}"
      preserveAspectRatio="none"
      role="img"
    >
      <title>${said}</title>
      ${sparkPaths(this.history).map(({ level, d }) => svg`<path data-level=${level} d=${d} />`)}
    </svg>`;
  }
}

customElements.define("sx-spark", Sparkline);
