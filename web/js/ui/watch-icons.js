/** The watch page's own icons, on the shell's grid of 16 px and with its stroke. */

import { html, svg } from "../../vendor/lit.js";

/** @param {import("../../vendor/lit.js").SVGTemplateResult} shape */
function icon(shape) {
  return html`<svg
    width="16"
    height="16"
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    stroke-width="1.5"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${shape}
  </svg>`;
}

export const WATCH_ICONS = {
  clear: icon(svg`<path d="M2.75 13.25h10.5M5.5 10.5 3 8l6-5.25 4 4.5-3.75 3.25H5.5Z" />`),
  column: icon(svg`<path d="M2.75 3.25h10.5v9.5H2.75zM6.5 3.25v9.5m3.5-9.5v9.5" />`),
  command: icon(svg`<path d="m3 5 3 3-3 3m5 0h5" />`),
  compare: icon(svg`<path d="M4.5 13V7m3.5 6V3m3.5 10V9" />`),
  context: icon(svg`<path d="M3 3.5h10M3 12.5h10M5 6.25h6v3.5H5z" />`),
  exclude: icon(svg`<circle cx="8" cy="8" r="5.25" /><path d="M5.5 8h5" />`),
  help: icon(svg`<circle cx="8" cy="8" r="5.75" /><path d="M6.25 6.4a1.75 1.75 0 1 1 2.4 1.6c-.45.2-.65.5-.65 1m0 2h.01" />`),
  include: icon(svg`<circle cx="8" cy="8" r="5.25" /><path d="M5.5 8h5M8 5.5v5" />`),
  mark: icon(svg`<path d="M4.5 13.25V2.75h7l-2 2.75 2 2.75h-7" />`),
  export: icon(svg`<path d="M8 2.5v7m-3-3 3 3 3-3M2.75 11v2.25h10.5V11" />`),
  facets: icon(svg`<path d="M2.5 4h11M4.5 8h7M6.5 12h3" />`),
  follow: icon(svg`<path d="M8 2.5v8m-3.5-3 3.5 3.5 3.5-3.5M3 13.5h10" />`),
  next: icon(svg`<path d="m4 6.5 4 4 4-4" />`),
  pause: icon(svg`<path d="M5.5 3.5v9m5-9v9" stroke-width="2" />`),
  play: icon(svg`<path d="M5 3.25v9.5l7.5-4.75L5 3.25Z" />`),
  previous: icon(svg`<path d="m4 9.5 4-4 4 4" />`),
  renew: icon(svg`<path d="M13 8a5 5 0 1 1-1.6-3.7M13.25 2.25V5h-2.75" />`),
  share: icon(svg`<circle cx="4" cy="8" r="1.75" /><circle cx="12" cy="3.75" r="1.75" /><circle cx="12" cy="12.25" r="1.75" /><path d="m5.6 7.1 4.8-2.5M5.6 8.9l4.8 2.5" />`),
};
