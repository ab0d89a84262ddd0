/** <sx-spark>: a service's last minute, stacked by level. Its numbers stand beside it; a screen reader gets them here. */

import { html, svg } from "../../vendor/lit.js";
import { count } from "../format.js";
import { HEIGHT, sparkPaths, sparkSummary } from "../sparkline.js";
import { LightElement } from "./element.js";

export class Sparkline extends LightElement {
  static properties = { history: { attribute: false } };

  constructor() {
    super();
    /** @type {import("../sparkline.js").Bucket[]} */
    this.history = [];
  }

  render() {
    const { all, errors, peak } = sparkSummary(this.history);
    const said = `Last minute: ${count(all, "entry", "entries")}, ${count(errors, "error")}, at most ${peak} a second.`;
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
